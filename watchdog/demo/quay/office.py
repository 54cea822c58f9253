"""A Quay's own API in one object, with the strings that a test pulls: tokens, people, weather."""

import threading
from collections import deque

from watchdog.core.reference import Digest, Tag
from watchdog.demo.quay import labels, logs, notifications, repositories, tags
from watchdog.demo.quay.answers import (
    RefusedError,
    document,
    not_found,
    too_many_requests,
    without_session,
)
from watchdog.demo.quay.books import Books
from watchdog.demo.quay.calls import Call, Endpoint
from watchdog.demo.quay.grants import Actor, Grant, Grants, Scope
from watchdog.demo.quay.hooks import Notifications
from watchdog.demo.quay.usage_log import UsageLog
from watchdog.demo.registry_content import RegistryContent
from watchdog.demo.registry_hooks import HookSender
from watchdog.demo.registry_http import Answer, Asked

PREFIX = "/api/v1/"
READ_ONLY = (
    "System is currently read-only. Pulls will succeed but all write operations are currently "
    "suspended."
)
APPLICATION_ID = "0TYVCQDD4VT904DMTLAH"
ENDPOINTS: tuple[Endpoint, ...] = (
    *tags.ENDPOINTS,
    *labels.ENDPOINTS,
    *logs.ENDPOINTS,
    *notifications.ENDPOINTS,
    *repositories.ENDPOINTS,
    repositories.DESCRIBE,
)


class QuayOffice:
    """Answers `/api/v1/…` from the registry's content; its methods are what tests pull."""

    def __init__(self, content: RegistryContent, lock: threading.Lock, sender: HookSender) -> None:
        clock = content.clock
        self._lock = lock
        self._books = Books(clock, content, Grants(clock), UsageLog(clock), Notifications(sender))
        self._weather: deque[Answer] = deque()
        self.read_only = False
        """Whether its operators let nobody write anything (quay/quay endpoints/decorated.py)."""

    @property
    def log(self) -> UsageLog:
        """The usage log, whose attributes make it late, gappy or unavailable."""
        return self._books.log

    @property
    def notifications(self) -> Notifications:
        """Whom it tells of pushes; its `sender` can be paced, held and released."""
        return self._books.notifications

    @property
    def grants(self) -> Grants:
        """The OAuth tokens."""
        return self._books.grants

    def grant(  # noqa: PLR0913 - what the form in Quay asks
        self,
        token: str,
        *,
        scope: str = "repo:write",
        person: str = "admin",
        application: str = "watchdog",
        application_id: str = APPLICATION_ID,
        expires_in_s: float | None = None,
    ) -> Grant:
        """Make an OAuth token known; its scopes are separated by spaces."""
        with self._lock:
            clock, known = self._books.clock, self._books.grants.by_token
            ends = None if expires_in_s is None else clock.now_ms + round(expires_in_s * 1000)
            scopes = frozenset(Scope(name) for name in scope.split())
            known[token] = Grant(
                token, scopes, person, application, application_id, len(known) + 1, ends
            )
            return known[token]

    def revoke(self, token: str) -> None:
        """Make an OAuth token worthless."""
        with self._lock:
            del self._books.grants.by_token[token]

    def restore_by(self, person: str, tag: Tag, digest: Digest) -> None:
        """Let a person restore a digest in the browser: no hook, and no application in the log."""
        path = tag.repository.path
        with self._lock:
            self._books.content.at(path).restore(tag.name, digest)
            self.log.act(
                "revert_tag", path, Actor(person), tags.reverted(path, person, tag.name, digest)
            )

    def protect(self, tag: Tag, *, immutable: bool = True) -> None:
        """Make a living tag immutable."""
        with self._lock:
            content = self._books.content.at(tag.repository.path)
            content.moves.protect(tag.name, immutable=immutable)

    def create(self, path: str, *, public: bool = True, state: str = "NORMAL") -> None:
        """Make a repository, or change one: private, READ_ONLY, MIRROR."""
        with self._lock:
            content = self._books.content.at(path)
            content.public, content.state = public, state

    def delete(self, path: str) -> None:
        """Delete a repository with all that it holds; raises KeyError."""
        with self._lock:
            del self._books.content.repositories[path]

    def time_machine(self, namespace: str, seconds: int) -> None:
        """Say how long a namespace remembers what its tags held; 0 remembers nothing."""
        with self._lock:
            self._books.content.windows_s[namespace] = seconds

    def forget(self, path: str, digest: Digest) -> None:
        """Take a digest out of the time machine, for good."""
        with self._lock:
            self._books.content.at(path).moves.forget(digest)

    def stale_history(self, times: int) -> None:
        """Answer the next reads of a history as a replica that has not seen the newest move."""
        with self._lock:
            self._books.stale_histories = times

    def limit_rate(self, times: int = 1) -> None:
        """Answer the next requests to the API as nginx does where there were too many."""
        with self._lock:
            self._weather.extend([too_many_requests()] * times)

    def garble(self, times: int = 1) -> None:
        """Answer the next requests to the API with what makes no sense."""
        with self._lock:
            self._weather.extend([Answer(200, {}, b"<html>")] * times)

    def answer(self, asked: Asked, host: str) -> Answer:
        """Answer a request under `/api/v1/`; the caller holds the lock."""
        if self._weather:
            return self._weather.popleft()
        call = Call(asked, host, self._books, self._books.grants.of(asked))
        try:
            return self._find(call)
        except RefusedError as refusal:
            return refusal.answer

    def _find(self, call: Call) -> Answer:
        if call.grant is None and call.asked.method not in {"GET", "HEAD"}:
            raise without_session()
        if self.read_only and call.asked.method not in {"GET", "HEAD"}:
            return document({"message": READ_ONLY, "is_readonly": True}, 503)
        method = "GET" if call.asked.method == "HEAD" else call.asked.method
        for endpoint in ENDPOINTS:
            found = endpoint.pattern.fullmatch(call.asked.path)
            if found and endpoint.method == method:
                return endpoint.answer(call, *found.groups())
        raise not_found(call.host)
