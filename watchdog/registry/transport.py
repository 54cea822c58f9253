"""One bounded HTTP exchange: a byte cap, one deadline, redirects followed by hand.

What an answer means is left to `failures`, proving who asks to `auth`. Credentials reach only the
scheme, host and port that they were made for (OCI distribution-spec, "Authentication").
"""

import threading
import time
from collections.abc import Mapping
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import requests
import urllib3
from requests.auth import AuthBase

from watchdog.core.step import Observer, Step
from watchdog.errors import ConfigurationError, MalformedError, RemoteError
from watchdog.registry.connection import Session, addresses_of, is_public
from watchdog.registry.exchange import HostSettings, Origin, Reply, Request
from watchdog.registry.failures import root_of, unreachable
from watchdog.registry.pause import HostPause

EXCHANGE_TIMEOUT_S = 20.0
REDIRECTS_MAX = 3
ERROR_MAX_BYTES = 16 * 1024
CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Transport:
    """Carries requests out; thread safe, with its own kept-alive connections in each thread.

    Proxies and REQUESTS_CA_BUNDLE are taken from the environment, as everywhere with requests. An
    observer is told each exchange, redirects one by one, without its query and headers.
    """

    def __init__(
        self,
        hosts: Mapping[str, HostSettings],
        *,
        timeout_s: float = EXCHANGE_TIMEOUT_S,
        pause: HostPause | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._hosts = dict(hosts)
        self._timeout_s = timeout_s
        self._pause = pause or HostPause()
        self._observer = observer
        self._local = threading.local()
        self._sessions: WeakSet[Session] = WeakSet()
        self._lock = threading.Lock()
        for host, settings in hosts.items():
            if settings.ca_file is not None and not settings.ca_file.is_file():
                raise ConfigurationError(f"{host}: there is no CA file {settings.ca_file}")

    def settings(self, host: str) -> HostSettings:
        """Say how a host is reached: over HTTPS unless the policy says otherwise."""
        return self._hosts.get(host, HostSettings())

    def close(self) -> None:
        """Close the idle connections of all threads."""
        with self._lock:
            sessions = tuple(self._sessions)
        for session in sessions:
            session.close()

    def exchange(self, request: Request) -> Reply:
        """Send a request and read the whole answer, whatever its status, within the deadline.

        Follows at most REDIRECTS_MAX redirects, of GET and HEAD only. Raises RemoteError
        (retryable where the network failed, or without asking while the host is paused) and
        MalformedError (compressed, too large, no HTTP).
        """
        deadline = time.monotonic() + self._timeout_s
        url = request.url
        for _ in range(REDIRECTS_MAX + 1):
            reply = self._ask(request, url, deadline)
            if reply.status not in _REDIRECTS or request.method not in {"GET", "HEAD"}:
                return reply
            url = self._target(request, url, reply)
        raise RemoteError(
            f"{request.about}: {request.registry} redirects more than {REDIRECTS_MAX} times",
            retryable=False,
        )

    def _target(self, request: Request, url: str, reply: Reply) -> str:
        """Find where a redirect leads; only to HTTPS, or to the same host of a plain registry."""
        location = reply.headers.get("Location", "")
        try:
            target = urljoin(url, location)
            origin = Origin.of(target)
        except (ValueError, MalformedError) as error:
            raise MalformedError(f"{request.about}: {reply.origin} redirects nowhere") from error
        if not location:
            raise MalformedError(f"{request.about}: {reply.origin} redirects nowhere")
        plain = self.settings(request.registry).plain_http and origin.host == _host(request)
        if origin.scheme != "https" and not plain:
            raise RemoteError(
                f"{request.about}: {reply.origin} redirects to {origin} without TLS; not followed",
                retryable=False,
            )
        return target

    def _ask(self, request: Request, url: str, deadline: float) -> Reply:
        """Send to one host, unless that is paused, and note how it fared."""
        origin = Origin.of(url)
        host = str(origin)
        self._pause.enter(host, request.about)
        reply, failed, began = None, False, time.monotonic()
        try:
            reply = self._send(request, url, origin, deadline)
        except RemoteError as error:
            failed = error.retryable
            raise
        finally:
            self._tell(request.method, url, reply, time.monotonic() - began)
            if failed:
                self._pause.leave_failed(host)
            else:
                self._pause.leave_answered(host, reply)
        return reply

    def _tell(self, method: str, url: str, reply: Reply | None, took_s: float) -> None:
        if self._observer:
            result, size = (str(reply.status), len(reply.body)) if reply else ("no answer", 0)
            shown = urlsplit(url)._replace(query="", fragment="").geturl()
            self._observer(Step(method, shown, result, size, took_s * 1000))

    def _send(self, request: Request, url: str, origin: Origin, deadline: float) -> Reply:
        session = self._session(public_only=self._public_only(request, origin))
        authorization = request.authorization if origin == Origin.of(request.url) else None
        try:
            with session.request(
                request.method,
                url,
                headers=dict(request.headers),
                data=request.body,
                auth=_Authorization(authorization),
                timeout=_time_left(deadline),
                stream=True,
                allow_redirects=False,
                verify=self._verify(url),
            ) as response:
                return _read(response, request, origin)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise unreachable(error, request.about, str(origin), self._timeout_s) from root_of(
                error
            )

    def _verify(self, url: str) -> str | bool:
        ca_file = self.settings(urlsplit(url).netloc).ca_file
        return True if ca_file is None else str(ca_file)

    def _public_only(self, request: Request, origin: Origin) -> bool:
        """Decide whether private addresses are refused; raises RemoteError for a literal one.

        A registry may send us to another host, and ours may see hosts that the registry does not.
        Only a registry that is private itself may send us to a private address.
        """
        if origin.host == _host(request):
            return False
        if not all(is_public(address) for address in addresses_of(_host(request))):
            return False
        if _is_private_literal(origin.host):
            raise RemoteError(
                f"{request.about}: {request.registry} sends us to the private address "
                f"{origin.host}; not followed",
                retryable=False,
            )
        return True

    def _session(self, *, public_only: bool) -> Session:
        name = "public_only" if public_only else "any_address"
        session: Session | None = getattr(self._local, name, None)
        if session is None:
            session = Session(public_only=public_only)
            setattr(self._local, name, session)
            with self._lock:
                self._sessions.add(session)
        return session


class _Authorization(AuthBase):
    """Sets the header itself: without an `auth`, requests would look into ~/.netrc."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            r.headers["Authorization"] = self._value
        return r


def _host(request: Request) -> str:
    return urlsplit(f"//{request.registry}").hostname or ""


def _is_private_literal(host: str) -> bool:
    try:
        return not is_public(str(ip_address(host)))
    except ValueError:
        return False


def _time_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


def _read(response: requests.Response, request: Request, origin: Origin) -> Reply:
    """Read the body as it is on the wire, up to the cap of its kind."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise MalformedError(
            f"{request.about}: {origin} compressed its answer ({encoding[:40]!r}) unasked"
        )
    wanted = HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES
    most = request.max_bytes if wanted else ERROR_MAX_BYTES
    body = bytearray()
    while len(body) <= most:
        chunk = response.raw.read1(CHUNK_BYTES, decode_content=False)
        if not chunk:
            return Reply(response.status_code, response.headers, bytes(body), origin)
        body += chunk
    if wanted:
        raise MalformedError(f"{request.about}: {origin} answered with more than {most} bytes")
    return Reply(response.status_code, response.headers, bytes(body[:most]), origin)
