"""Content that was read and verified once, by its digest, which it can never change."""

import threading
from collections import OrderedDict

from watchdog.core.reference import Digest

CACHE_MAX_BYTES = 32 * 1024 * 1024


class ContentCache:
    """Keeps the bodies used last, up to a number of bytes in all; thread safe."""

    def __init__(self, max_bytes: int = CACHE_MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._bodies: OrderedDict[Digest, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: Digest) -> bytes | None:
        """Return the body, if it is still kept."""
        with self._lock:
            if digest not in self._bodies:
                return None
            self._bodies.move_to_end(digest)
            return self._bodies[digest]

    def put(self, digest: Digest, body: bytes) -> None:
        """Keep a body that hashes to the digest; the ones not used for longest make room."""
        if len(body) > self._max_bytes:
            return
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(digest, b""))
            self._bodies[digest] = body
            while self._bytes > self._max_bytes:
                _, dropped = self._bodies.popitem(last=False)
                self._bytes -= len(dropped)
