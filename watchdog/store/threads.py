"""What channels remember of a thread: where its first message stands, so that later ones join it.

The text is the channel's own; nobody else reads it. Writing is composed here and carried out in the
transaction that takes a message out of the outbox.
"""

from typing import Any

import redis

from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write

# After the last message of a thread. Reminders of what lasts end long before.
REMEMBERED_S = 60 * 86_400
SCAN_COUNT = 1000


class Threads:
    """Reads what channels remember; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def recall(self, channel: str, thread: str) -> str | None:
        """Read what a channel remembers of a thread; None where that is nothing, or too old."""
        with store_errors(f"reading what {channel} remembers"):
            text = self._client.get(keys.thread(channel, thread))
        return text.decode() if text else None

    def knows(self, channel: str, thread: str) -> bool:
        """Tell whether a message of a thread has arrived there, whatever is remembered of it."""
        with store_errors(f"reading what {channel} remembers"):
            return bool(self._client.exists(keys.thread(channel, thread)))

    def all_of(self, channel: str) -> tuple[str, ...]:
        """Read all that a channel remembers; goes over all keys of the store, by and by."""
        with store_errors(f"reading what {channel} remembers"):
            named = list(self._client.scan_iter(match=keys.thread(channel, "*"), count=SCAN_COUNT))
            texts = self._client.mget(named) if named else []
        return tuple(text.decode() for text in texts if text)


def thread_writes(channel: str, thread: str, text: str) -> list[Write]:
    """Let a channel remember this of a thread ("": that it was told), for REMEMBERED_S."""
    return [("SET", keys.thread(channel, thread), text, "EX", REMEMBERED_S)]
