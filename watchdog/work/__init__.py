"""Looks, reverts and deliveries: where the core and the adapters meet."""
