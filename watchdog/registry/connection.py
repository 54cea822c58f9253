"""Connections that keep one deadline for a whole answer and can refuse private addresses.

A socket's own timeout starts anew with every byte, so a server that drips would hold a reader for
ever. Here each read gets only what is left of the deadline: headers, chunk sizes and body alike.
The one wait that no deadline bounds is the resolver's (see resolv.conf(5), `timeout`, `attempts`).
"""

import http.client
import io
import socket
import time
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection
from urllib3.util.timeout import Timeout

from watchdog import __version__
from watchdog.errors import RemoteError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECT_TIMEOUT_S = 5.0
"""For one address of a host: one that swallows packets must not use up the whole deadline."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is reachable by everybody; IPv4 in IPv6 counts as IPv4."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.is_global
    return parsed.is_global


def addresses_of(host: str, port: int | None = None) -> tuple[str, ...]:
    """Look a host's addresses up; none when it has none or the resolver does not answer."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class _DeadlineReader(io.RawIOBase):
    """A socket's reader whose every read gets what is left of one deadline (monotonic, s)."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: float) -> None:
        super().__init__()
        self._raw, self._sock, self._deadline = raw, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    """An answer that must be complete within the timeout its socket had when it was awaited."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        left = sock.gettimeout()
        if left is not None:
            reader = _DeadlineReader(self.fp.detach(), sock, time.monotonic() + left)
            self.fp = io.BufferedReader(reader)


class _Connection(HTTPConnection):
    """Connects to each address in turn under one deadline; urllib3 gives each the whole time."""

    response_class = _DeadlineResponse
    public_only = False

    def _new_conn(self) -> socket.socket:
        limit = Timeout.resolve_default_timeout(self.timeout)
        deadline = time.monotonic() + (CONNECT_TIMEOUT_S if limit is None else limit)
        found = addresses_of(self.host, self.port)
        if not found:
            reason = socket.gaierror(socket.EAI_NONAME, "its name has no address")
            raise NameResolutionError(self.host, self, reason) from reason
        if self.public_only and self.proxy is None and not all(map(is_public, found)):
            raise RemoteError(
                f"{self.host} has a private address, and a public registry sent us there; refused",
                retryable=False,
            )
        return self._connect_to_any(found, deadline)

    def _connect_to_any(self, found: tuple[str, ...], deadline: float) -> socket.socket:
        failure: OSError = TimeoutError("timed out")
        for address in found:
            left = min(CONNECT_TIMEOUT_S, deadline - time.monotonic())
            if left <= 0:
                break
            try:
                return create_connection(
                    (address, self.port), left, self.source_address, self.socket_options
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, f"connecting to {self.host} timed out") from failure
        raise NewConnectionError(self, str(failure)) from failure


class _TLSConnection(_Connection, HTTPSConnection):
    pass


class _PublicConnection(_Connection):
    public_only = True


class _PublicTLSConnection(_TLSConnection):
    public_only = True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _PublicPool(HTTPConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicTLSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicTLSConnection


_POOLS = {"http": _Pool, "https": _TLSPool}
_PUBLIC_POOLS = {"http": _PublicPool, "https": _PublicTLSPool}


class _Adapter(HTTPAdapter):
    def __init__(self, *, public_only: bool) -> None:
        self._pools = _PUBLIC_POOLS if public_only else _POOLS
        super().__init__()

    def send(self, *args: Any, **options: Any) -> requests.Response:
        # One total; requests would allow its number of seconds to connecting and again to reading.
        return super().send(*args, **options | {"timeout": Timeout(total=options["timeout"])})

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = self._pools
        return manager


class Session(requests.Session):
    """A session with those connections: no cookies, no compression, no redirect of its own.

    Its `timeout`, which must be given, is the total in seconds from connecting to the last byte.
    """

    def __init__(self, *, public_only: bool) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers.update(
            {"User-Agent": f"registry-watchdog/{__version__}", "Accept-Encoding": "identity"}
        )
        self.mount("http://", _Adapter(public_only=public_only))
        self.mount("https://", _Adapter(public_only=public_only))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Find no redirect: requests would read that answer's whole body, however large."""
