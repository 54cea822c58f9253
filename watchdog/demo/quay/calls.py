"""One request to Quay's API: who makes it, of which repository, and what it needs to be allowed."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watchdog.core.reference import Digest
from watchdog.demo.quay.answers import RefusedError, invalid, message, not_found, problem
from watchdog.demo.quay.books import Books
from watchdog.demo.quay.grants import Actor, Grant, Scope
from watchdog.demo.registry_content import RepositoryContent
from watchdog.demo.registry_http import Answer, Asked
from watchdog.errors import MalformedError

_STATES = {"READ_ONLY": 1, "MIRROR": 2}


@dataclass(frozen=True, slots=True)
class Call:
    """A request with the grant that it is made with."""

    asked: Asked
    host: str
    books: Books
    grant: Grant | None

    @property
    def body(self) -> dict[str, Any]:
        """Read the JSON object that was sent; refuses anything else."""
        try:
            content = json.loads(self.asked.body or b"null")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise invalid(self.host, "Missing JSON body")
        return content

    @property
    def actor(self) -> Actor:
        """Say who is behind it; only where a grant was needed."""
        if self.grant is None:
            raise without_person(self.host)
        return Actor(self.grant.person, self.grant)

    def repository(self, path: str, scope: Scope) -> RepositoryContent:
        """Find a repository that the token may do this with, or refuse as Quay does."""
        content = self.books.content.repositories.get(path)
        public = content is not None and content.public and scope is Scope.READ
        if not public:
            self.permit(scope)
        if content is None:
            raise not_found(self.host)
        return content

    def permit(self, scope: Scope) -> None:
        """Refuse where the token does not have the scope."""
        if self.grant is None:
            raise problem(self.host, 401, "invalid_token", "Requires authentication")
        if not self.grant.may(scope):
            raise problem(self.host, 403, "insufficient_scope", "Unauthorized")

    def writable(self, path: str) -> RepositoryContent:
        """Find a repository that the token may write to and that is neither frozen nor a mirror."""
        content = self.repository(path, Scope.WRITE)
        if content.state != "NORMAL":
            state = _STATES[content.state]
            raise message(503, f"Repository is in read only or mirror mode: {state}")
        return content

    def note(self, kind: str, path: str, metadata: dict[str, object]) -> None:
        """Write what was done into the usage log."""
        self.books.log.act(kind, path, self.actor, metadata)

    def digest(self, text: object) -> Digest:
        """Read a digest; text that is none names nothing."""
        try:
            return Digest.parse(str(text))
        except MalformedError:
            raise not_found(self.host) from None


def without_person(host: str) -> RefusedError:
    """Refuse what only a person may ask."""
    first = {"session_required": False}
    return problem(host, 401, "invalid_token", "Requires authentication", first)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path; `answer` gets the call and what the pattern caught."""

    method: str
    pattern: re.Pattern[str]
    answer: Callable[..., Answer]


REPOSITORY = "/api/v1/repository/(?P<path>[^/]+/.+?)"


def endpoint(method: str, pattern: str, answer: Callable[..., Answer]) -> Endpoint:
    """Name an endpoint, its path below `/api/v1/repository/<repository>`."""
    return Endpoint(method, re.compile(REPOSITORY + pattern), answer)
