"""Which chores were begun and did not end: what fails again and again stands here since its first.

A chore that ends takes itself out; one that a fault ended, or that hangs, stays.
"""

from datetime import datetime
from typing import Any

import redis

from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.records import milliseconds, moment


class Undone:
    """Marks chores as begun and ended; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def begin(self, chore: str, now: datetime) -> None:
        """Note that a chore begins, unless it was begun before and did not end."""
        with store_errors(f"noting that {chore} begins"):
            self._client.hsetnx(keys.CHORES_UNDONE, chore, milliseconds(now))

    def end(self, chore: str) -> None:
        """Note that a chore ended as it should."""
        with store_errors(f"noting that {chore} ended"):
            self._client.hdel(keys.CHORES_UNDONE, chore)

    def since(self) -> dict[str, datetime]:
        """Read which chores did not end, and since when."""
        with store_errors("reading which chores did not end"):
            begun = self._client.hgetall(keys.CHORES_UNDONE)
        return {name.decode(): moment(float(at)) for name, at in begun.items()}
