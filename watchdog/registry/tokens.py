"""Bearer tokens: asked for at the endpoint that a challenge names, kept until they expire.

Protocol: distribution's docs/content/spec/auth/token.md (GET) and oauth.md (POST, with an identity
token). Whether a challenge is to be answered at all is decided in `auth`.
"""

import re
import threading
import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from watchdog.core.document import decode_json
from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, MalformedError
from watchdog.registry.challenge import Challenge
from watchdog.registry.exchange import Origin, Reply, Request
from watchdog.registry.failures import refusal
from watchdog.registry.login import Login
from watchdog.registry.transport import Transport

TOKEN_MAX_BYTES = 64 * 1024
TOKEN_DEFAULT_LIFE_S = 60.0
TOKEN_MAX_LIFE_S = 3600.0
TOKEN_MARGIN_S = 10.0
"""A token is given up this long before it expires, for clocks and for the request's own time."""
REMEMBERED_MAX = 10_000
CLIENT_ID = "registry-watchdog"
_TOKEN = re.compile(r"[!-~]+")

_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a token is for; `registry` keeps one that was made for a host from every other."""

    challenge: Challenge
    repository: Repository
    actions: str

    def __str__(self) -> str:
        return f"repository:{self.repository.path}:{self.actions}"


@dataclass(frozen=True, slots=True)
class _Token:
    header: str = field(repr=False)
    good_until: float


class Tokens:
    """Fetches tokens and reuses them, one for each scope; thread safe."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._tokens: dict[Scope, _Token] = {}

    def header(self, request: Request, scope: Scope, login: Login | None) -> str:
        """Take the Authorization header from memory, or fetch a token (one exchange).

        Raises DeniedError, MalformedError and whatever the transport raises.
        """
        now = time.monotonic()
        with self._lock:
            token = self._tokens.get(scope)
        if token is None or token.good_until <= now:
            asked = self._request(request, scope, login)
            reply = self._transport.exchange(asked)
            if reply.status != HTTPStatus.OK:
                raise refusal(reply, asked.about, as_whom=login.as_whom if login else "")
            token = _read_token(reply, asked.about, now)
            with self._lock:
                bounded(self._tokens)[scope] = token
        return token.header

    def forget(self, scope: Scope) -> None:
        """Give a token up that was refused."""
        with self._lock:
            self._tokens.pop(scope, None)

    def _request(self, request: Request, scope: Scope, login: Login | None) -> Request:
        """Build the request to the token endpoint; refuses to send a login in clear elsewhere."""
        about = f"{request.about} (asking for a token)"
        realm = self._realm(request, scope.challenge, about, login)
        service = scope.challenge.service
        wanted = [*([("service", service)] if service else []), ("scope", str(scope))]
        bare = Request("GET", realm, request.registry, about, TOKEN_MAX_BYTES)
        if login is not None and login.identity_token:
            form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, **dict(wanted)}
            form["refresh_token"] = login.identity_token
            return replace(
                bare,
                method="POST",
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
            )
        parts = urlsplit(realm)
        query = urlencode([*parse_qsl(parts.query), *wanted])
        return replace(
            bare,
            url=parts._replace(query=query, fragment="").geturl(),
            authorization=login.basic if login else None,
        )

    def _realm(
        self, request: Request, challenge: Challenge, about: str, login: Login | None
    ) -> str:
        """Check where a token is to be had: over TLS, or at a plain registry's own host."""
        realm = challenge.realm or ""
        try:
            origin = Origin.of(realm)
        except MalformedError as error:
            raise MalformedError(f"{about}: {request.registry} names no token endpoint") from error
        if origin.scheme == "http":
            plain = self._transport.settings(request.registry).plain_http
            if not plain or (login and origin.host != Origin.of(request.url).host):
                raise DeniedError(
                    f"{about}: {request.registry} wants its login sent to {origin} without TLS; "
                    "not done"
                )
        return realm


def _read_token(reply: Reply, about: str, asked_at: float) -> _Token:
    document = decode_json(reply.body, f"{about}: the answer of {reply.origin}")
    text = document.get("token") or document.get("access_token")
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise MalformedError(f"{about}: the answer of {reply.origin} holds no token")
    life = document.get("expires_in")
    if not isinstance(life, int | float) or life <= 0:
        life = TOKEN_DEFAULT_LIFE_S
    return _Token(f"Bearer {text}", asked_at + min(life, TOKEN_MAX_LIFE_S) - TOKEN_MARGIN_S)


def bounded(memory: dict[_K, _V]) -> dict[_K, _V]:
    """Start again when names that nobody watches have filled a memory."""
    if len(memory) >= REMEMBERED_MAX:
        memory.clear()
    return memory
