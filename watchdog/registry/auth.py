"""Proving who asks: one challenge is answered, once, and what was learnt is remembered.

Token flow: distribution's docs/content/spec/auth/token.md. Quay grants a token without rights to
an account that lacks them and refuses it on use; that is a denial, and nothing is tried again.
"""

import re
import threading
import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from watchdog.core.oci import decode_json
from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, MalformedError
from watchdog.registry.challenge import Challenge, parse_challenge
from watchdog.registry.credentials import Credentials, Login
from watchdog.registry.exchange import Origin, Reply, Request
from watchdog.registry.failures import refusal
from watchdog.registry.transport import Transport

TOKEN_MAX_BYTES = 64 * 1024
TOKEN_DEFAULT_LIFE_S = 60.0
TOKEN_MAX_LIFE_S = 3600.0
TOKEN_MARGIN_S = 10.0
"""A token is given up this long before it expires, for clocks and for the request's own time."""
REMEMBERED_MAX = 10_000
_TOKEN = re.compile(r"[!-~]+")

_K = TypeVar("_K")
_V = TypeVar("_V")

PULL = "pull"
PULL_AND_PUSH = "pull,push"


@dataclass(frozen=True, slots=True)
class _Token:
    header: str = field(repr=False)
    good_until: float


class Authenticator:
    """Sends requests with the proof that their registry is known to want; thread safe."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self._transport = transport
        self._credentials = credentials
        self._lock = threading.Lock()
        self._challenges: dict[tuple[Repository, str], Challenge] = {}
        self._tokens: dict[tuple[str, str, str], _Token] = {}

    def exchange(self, request: Request, repository: Repository, actions: str) -> Reply:
        """Exchange, answering one challenge; any status but 401 and 403 is left to the caller.

        Raises DeniedError where the answer does not satisfy, and whatever the transport raises.
        """
        with self._lock:
            known = self._challenges.get((repository, actions))
        if known is not None:
            request = self._prove(request, known, repository, actions)
        reply = self._transport.exchange(request)
        if reply.status == HTTPStatus.UNAUTHORIZED and reply.origin == Origin.of(request.url):
            request = self._answer(request, reply, repository, actions)
            if request.authorization is not None:
                reply = self._transport.exchange(request)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self._forget(repository, actions)
            raise refusal(reply, request.about, as_whom=_as_whom(request, self._login(repository)))
        return reply

    def _answer(
        self, request: Request, refused: Reply, repository: Repository, actions: str
    ) -> Request:
        """Prove anew what the challenge asks for; without a proof where it asks nothing known."""
        self._forget(repository, actions)
        challenge = parse_challenge(refused.headers.get("WWW-Authenticate", ""))
        if challenge is None:
            return replace(request, authorization=None)
        with self._lock:
            _bounded(self._challenges)[repository, actions] = challenge
        return self._prove(request, challenge, repository, actions)

    def _login(self, repository: Repository) -> Login | None:
        return self._credentials.find(repository)

    def _forget(self, repository: Repository, actions: str) -> None:
        with self._lock:
            challenge = self._challenges.pop((repository, actions), None)
            if challenge is not None:
                self._tokens.pop(_token_key(challenge, repository, actions), None)

    def _prove(
        self, request: Request, challenge: Challenge, repository: Repository, actions: str
    ) -> Request:
        login = self._login(repository)
        if challenge.realm is not None:
            token = self._token(request, challenge, repository, actions)
            return replace(request, authorization=token.header)
        if login is None:
            raise DeniedError(
                f"{request.about}: {request.registry} wants a login and there is none for it; "
                "set REGISTRY_AUTH_FILE or use podman login"
            )
        return replace(request, authorization=login.basic)

    def _token(
        self, request: Request, challenge: Challenge, repository: Repository, actions: str
    ) -> _Token:
        """Take the token from memory, or fetch one (one exchange)."""
        key = _token_key(challenge, repository, actions)
        now = time.monotonic()
        with self._lock:
            token = self._tokens.get(key)
        if token is None or token.good_until <= now:
            asked = self._token_request(request, challenge, repository, actions)
            reply = self._transport.exchange(asked)
            if reply.status != HTTPStatus.OK:
                raise refusal(reply, asked.about, as_whom=_as_whom(asked, self._login(repository)))
            token = _read_token(reply, asked.about, now)
            with self._lock:
                _bounded(self._tokens)[key] = token
        return token

    def _token_request(
        self, request: Request, challenge: Challenge, repository: Repository, actions: str
    ) -> Request:
        """Build the request to the token endpoint; refuses to send a login in clear elsewhere."""
        about = f"{request.about} (asking for a token)"
        try:
            origin = Origin.of(challenge.realm or "")
        except MalformedError as error:
            raise MalformedError(f"{about}: {request.registry} names no token endpoint") from error
        realm = urlsplit(challenge.realm or "")
        login = self._login(repository)
        if origin.scheme == "http":
            plain = self._transport.settings(request.registry).plain_http
            if not plain or (login and origin.host != Origin.of(request.url).host):
                raise DeniedError(
                    f"{about}: {request.registry} wants its login sent to {origin} without TLS; "
                    "not done"
                )
        query = [*parse_qsl(realm.query), ("scope", f"repository:{repository.path}:{actions}")]
        if challenge.service:
            query.insert(0, ("service", challenge.service))
        return Request(
            method="GET",
            url=urlunsplit((realm.scheme, realm.netloc, realm.path, urlencode(query), "")),
            registry=request.registry,
            about=about,
            max_bytes=TOKEN_MAX_BYTES,
            authorization=login.basic if login else None,
        )


def _token_key(challenge: Challenge, repository: Repository, actions: str) -> tuple[str, str, str]:
    return challenge.realm or "", challenge.service, f"repository:{repository.path}:{actions}"


def _read_token(reply: Reply, about: str, asked_at: float) -> _Token:
    document = decode_json(reply.body, f"{about}: the answer of {reply.origin}")
    text = document.get("token") or document.get("access_token")
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise MalformedError(f"{about}: the answer of {reply.origin} holds no token")
    life = document.get("expires_in")
    if not isinstance(life, int | float) or life <= 0:
        life = TOKEN_DEFAULT_LIFE_S
    return _Token(f"Bearer {text}", asked_at + min(life, TOKEN_MAX_LIFE_S) - TOKEN_MARGIN_S)


def _as_whom(request: Request, login: Login | None) -> str:
    return f"as {login.user!r}" if login and request.authorization else ""


def _bounded(memory: dict[_K, _V]) -> dict[_K, _V]:
    """Start again when names that nobody watches have filled the memory."""
    if len(memory) >= REMEMBERED_MAX:
        memory.clear()
    return memory
