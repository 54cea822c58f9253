"""Proving who asks: one challenge is answered, once, and what was learnt is remembered.

Quay grants a token without rights to an account that lacks them and refuses it on use; that is a
denial, and nothing is tried again. Where tokens come from is left to `tokens`.
"""

import threading
from dataclasses import replace
from http import HTTPStatus

from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, RemoteError
from watchdog.registry.challenge import Challenge, parse_challenge
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import Origin, Reply, Request
from watchdog.registry.failures import refusal
from watchdog.registry.tokens import Scope, Tokens, bounded
from watchdog.registry.transport import Transport

PULL = "pull"
PULL_AND_PUSH = "pull,push"


class Authenticator:
    """Sends requests with the proof that their registry is known to want; thread safe."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        self._transport = transport
        self._credentials = credentials
        self._tokens = Tokens(transport)
        self._lock = threading.Lock()
        self._challenges: dict[tuple[Repository, str], Challenge] = {}

    def exchange(
        self, request: Request, repository: Repository, actions: str, *, at_once: bool = False
    ) -> Reply:
        """Exchange, answering one challenge; any status but 401 and 403 is left to the caller.

        With `at_once` a challenge is not answered, for that takes time: RemoteError, retryable.
        Raises DeniedError where the answer does not satisfy, and whatever the transport or a
        credential helper raises.
        """
        with self._lock:
            known = self._challenges.get((repository, actions))
        if known is not None:
            request = self._prove(request, Scope(known, repository, actions))
        reply = self._transport.exchange(request)
        if reply.status == HTTPStatus.UNAUTHORIZED and at_once:
            raise RemoteError(f"{request.about}: the token ran out in between", retryable=True)
        if reply.status == HTTPStatus.UNAUTHORIZED and reply.origin == Origin.of(request.url):
            request = self._answer(request, reply, repository, actions)
            if request.authorization is not None:
                reply = self._transport.exchange(request)
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            self._forget(repository, actions)
            raise self._refusal(request, reply, repository)
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
            bounded(self._challenges)[repository, actions] = challenge
        return self._prove(request, Scope(challenge, repository, actions))

    def _refusal(self, request: Request, reply: Reply, repository: Repository) -> Exception:
        login = self._credentials.find(repository) if request.authorization else None
        self._credentials.forget(repository)
        return refusal(reply, request.about, as_whom=login.as_whom if login else "")

    def _forget(self, repository: Repository, actions: str) -> None:
        with self._lock:
            challenge = self._challenges.pop((repository, actions), None)
        if challenge is not None:
            self._tokens.forget(Scope(challenge, repository, actions))

    def _prove(self, request: Request, scope: Scope) -> Request:
        login = self._credentials.find(scope.repository)
        if not scope.challenge.is_basic:
            try:
                header = self._tokens.header(request, scope, login)
            except DeniedError:
                self._credentials.forget(scope.repository)
                raise
            return replace(request, authorization=header)
        if login is None or login.identity_token:
            raise DeniedError(
                f"{request.about}: {request.registry} wants a user and a password and there is "
                "none for it; set REGISTRY_AUTH_FILE or use podman login"
            )
        return replace(request, authorization=login.basic)
