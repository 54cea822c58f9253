"""What a tag is now: reading and writing manifests through the OCI distribution API."""
