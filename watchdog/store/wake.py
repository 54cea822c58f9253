"""Waking idle workers at once when something became due."""

from typing import TYPE_CHECKING

import redis

from watchdog.store import keys
from watchdog.store.connection import SOCKET_TIMEOUT_S, store_errors

if TYPE_CHECKING:
    from redis.client import PubSub


class Waker:
    """Sleeps until a due set has something; a missed message costs one sleep, never a look."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._subscription: PubSub | None = None

    def wait(self, timeout_s: float) -> None:
        """Return when something was announced, and after `timeout_s` at the latest.

        The first call, and the first after a lost connection, subscribes and returns at once:
        what was announced before is not told again, so look before sleeping. Raises StoreError.
        """
        with store_errors("waiting for something to do"):
            try:
                self._wait(timeout_s)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Give the connection back."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            subscription.close()

    def _wait(self, timeout_s: float) -> None:
        if self._subscription is None:
            self._subscription = self._client.pubsub()  # type: ignore[no-untyped-call]  # redis has no types there
            self._subscription.subscribe(keys.WAKE_CHANNEL)
            # Only once the server has confirmed it can nothing slip between look and sleep.
            if self._subscription.get_message(timeout=SOCKET_TIMEOUT_S) is None:
                raise redis.TimeoutError("no answer to SUBSCRIBE")
        elif self._subscription.get_message(timeout=timeout_s) is not None:
            # One look serves a burst of announcements.
            while self._subscription.get_message(timeout=0) is not None:
                pass
