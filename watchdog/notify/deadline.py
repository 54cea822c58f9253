"""A bound on a whole HTTP exchange.

The timeouts of requests are per read, so a server that drips its answer would never end. When the
time is up, the sockets that the exchange opened are shut down, which ends whatever waits on them.
Left to the timeouts alone: looking up the name, connecting, and the TLS handshake.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool


class DeadlineAdapter(HTTPAdapter):
    """An adapter for one exchange, which never retries; `expired` tells whether time ran out."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.expired = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        """Return requests' own pool, whose connections tell this adapter of their sockets."""
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if isinstance(pool, HTTPConnectionPool):
            pool.ConnectionCls = _recorded(pool.ConnectionCls, self)
        return pool

    def opened(self, sock: socket.socket) -> None:
        """Keep a socket to be shut down, or do so now if the time is already up."""
        with self._lock:
            self._sockets.append(sock)
        if self.expired:
            self.expire()

    def expire(self) -> None:
        """Shut down every socket of the exchange."""
        self.expired = True
        with self._lock:
            for sock in self._sockets:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)


@contextmanager
def deadline(seconds: float) -> Iterator[DeadlineAdapter]:
    """Give an adapter whose connections end after this time; no thread outlives the block."""
    adapter = DeadlineAdapter()
    timer = threading.Timer(seconds, adapter.expire)
    timer.daemon = True
    timer.start()
    try:
        yield adapter
    finally:
        timer.cancel()
        timer.join()


def _recorded(base: Any, adapter: DeadlineAdapter) -> type[HTTPConnection]:
    class Recorded(base):  # type: ignore[misc]  # plain or TLS: known at run time only
        def connect(self) -> None:
            super().connect()
            adapter.opened(self.sock)

    return Recorded
