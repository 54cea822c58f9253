"""Quay's own API, `/api/v1`, as recorded from quay/quay ffba0c70e, for the simulator."""
