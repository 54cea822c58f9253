"""The HTTP face: hooks in, pages and API out. Reads the store only; calls no registry, no git."""
