"""Content that was read and verified once, by its digest, which it can never change."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from watchdog.core.reference import Digest

CACHE_MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SecondLevel:
    """A larger or longer memory behind the first one; neither function may raise or lag."""

    get: Callable[[Digest], bytes | None]
    put: Callable[[Digest, bytes], None]


class ContentCache:
    """Keeps the bodies used last, up to a number of bytes in all; thread safe."""

    def __init__(self, max_bytes: int = CACHE_MAX_BYTES, second: SecondLevel | None = None) -> None:
        self._max_bytes = max_bytes
        self._second = second
        self._bytes = 0
        self._bodies: OrderedDict[Digest, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: Digest) -> bytes | None:
        """Return the body, if it is still kept; what the second level says is verified."""
        with self._lock:
            if digest in self._bodies:
                self._bodies.move_to_end(digest)
                return self._bodies[digest]
        body = self._second.get(digest) if self._second else None
        if body is None or not digest.matches(body):
            return None
        self._keep(digest, body)
        return body

    def put(self, digest: Digest, body: bytes) -> None:
        """Keep a body that hashes to the digest; the ones not used for longest make room."""
        self._keep(digest, body)
        if self._second:
            self._second.put(digest, body)

    def _keep(self, digest: Digest, body: bytes) -> None:
        if len(body) > self._max_bytes:
            return
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(digest, b""))
            self._bodies[digest] = body
            while self._bytes > self._max_bytes:
                _, dropped = self._bodies.popitem(last=False)
                self._bytes -= len(dropped)
