"""A cache of what registries keep by digest, shared by all workers and kept over restarts.

Bounded in bytes and in time. It is a convenience: a store that is down is a miss, and is left alone
for a while. Whether a body still hashes to its digest is for the reader to check.
"""

import logging
import time
from typing import Any

import redis

from watchdog.core.reference import Digest
from watchdog.errors import StoreError
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.scripts import Script

CONTENT_MAX_BYTES = 32 * 1024 * 1024
BODY_MAX_BYTES = 4 * 1024 * 1024
KEPT_S = 30 * 86_400
LEFT_ALONE_S = 30.0

logger = logging.getLogger(__name__)


class ContentStore:
    """Keeps bodies by digest; thread safe. Neither method ever raises."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        max_bytes: int = CONTENT_MAX_BYTES,
        kept_s: float = KEPT_S,
        left_alone_s: float = LEFT_ALONE_S,
    ) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client
        self._keep = Script(client, "keep_content")
        self._max_bytes = max_bytes
        self._kept_ms = round(kept_s * 1000)
        self._left_alone_s = left_alone_s
        self._back_at = 0.0

    def get(self, digest: Digest) -> bytes | None:
        """Return a body; None where it is not kept or the store is down."""
        if time.monotonic() < self._back_at:
            return None
        try:
            with store_errors(f"looking for {digest}"):
                body: bytes | None = self._client.hget(keys.CONTENT, str(digest))
        except StoreError as error:
            self._leave_alone(error)
            return None
        return body

    def put(self, digest: Digest, body: bytes) -> None:
        """Keep a body; the ones put first make room."""
        if len(body) > min(BODY_MAX_BYTES, self._max_bytes) or time.monotonic() < self._back_at:
            return
        names = (keys.CONTENT, keys.CONTENT_AGES, keys.CONTENT_SIZE)
        try:
            self._keep(
                f"keeping {digest}", names, (str(digest), body, self._kept_ms, self._max_bytes)
            )
        except StoreError as error:
            self._leave_alone(error)

    def _leave_alone(self, error: StoreError) -> None:
        self._back_at = time.monotonic() + self._left_alone_s
        logger.debug("The cache of content is left alone: %s", error)
