"""Which OAuth application the token of a Quay belongs to, learnt from what it did."""

from typing import Any

import redis

from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write


class QuayApplications:
    """Reads them by host and by the mark that tells its tokens apart; raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def read(self, host: str, token_mark: str) -> str:
        """Read the id of a token's application; "" while it is not known."""
        with store_errors("reading our application's id"):
            known = self._client.hget(keys.QUAY_APPLICATIONS, _field(host, token_mark))
        return known.decode() if known else ""


def application_writes(host: str, token_mark: str, application: str) -> list[Write]:
    """Keep the id of the application that a host's token belongs to."""
    return [("HSET", keys.QUAY_APPLICATIONS, _field(host, token_mark), application)]


def _field(host: str, token_mark: str) -> str:
    return f"{host} {token_mark}"
