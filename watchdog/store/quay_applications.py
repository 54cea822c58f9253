"""Which OAuth application the token of a Quay belongs to, learnt from what it did."""

from typing import Any

import redis

from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write


class QuayApplications:
    """Reads them by host; raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def read(self, host: str) -> str:
        """Read the application's id; "" while it is not known."""
        with store_errors("reading our application's id"):
            known = self._client.hget(keys.QUAY_APPLICATIONS, host)
        return known.decode() if known else ""


def application_writes(host: str, application: str) -> list[Write]:
    """Keep the id of the application that a host's token belongs to."""
    return [("HSET", keys.QUAY_APPLICATIONS, host, application)]
