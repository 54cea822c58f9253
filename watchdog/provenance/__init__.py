"""Whether an attestation is genuine, and what it then says."""
