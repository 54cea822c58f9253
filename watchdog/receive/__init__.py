"""A registry's webhook becomes a Push: one module a registry, one row each in RECEIVERS."""
