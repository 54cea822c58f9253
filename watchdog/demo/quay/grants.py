"""OAuth tokens: who acts through which application, and what the token's scopes let it do.

A token acts as the person who made it; here that person may do everything. A token that is not
known, or no longer valid, is nobody's: Quay says nothing about it.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from watchdog.demo.registry_clock import Clock
from watchdog.demo.registry_http import Asked


class Scope(StrEnum):
    """What a token may be used for; each `repo:` scope includes those before it."""

    READ = "repo:read"
    WRITE = "repo:write"
    ADMIN = "repo:admin"
    ORGANIZATION = "org:admin"
    USER = "user:read"


_INCLUDED = {
    Scope.READ: {Scope.READ, Scope.WRITE, Scope.ADMIN},
    Scope.WRITE: {Scope.WRITE, Scope.ADMIN},
}


@dataclass(frozen=True, slots=True)
class Grant:
    """One OAuth token; `expires_ms` is None for those that last."""

    token: str
    scopes: frozenset[Scope]
    person: str
    application: str
    application_id: str
    id: int
    expires_ms: int | None = None

    def may(self, scope: Scope) -> bool:
        """Tell whether the token's scopes include this one."""
        return bool(self.scopes & _INCLUDED.get(scope, {scope}))

    @property
    def named(self) -> dict[str, object]:
        """Name it as the usage log does."""
        return {
            "oauth_token_id": self.id,
            "oauth_token_application_id": self.application_id,
            "oauth_token_application": self.application,
        }


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a robot (`acme+ci`) or a person, perhaps through a token."""

    name: str
    grant: Grant | None = None

    @property
    def is_robot(self) -> bool:
        """Tell by the name, as people do."""
        return "+" in self.name


@dataclass
class Grants:
    """All tokens of one Quay."""

    clock: Clock
    by_token: dict[str, Grant] = field(default_factory=dict)

    def of(self, asked: Asked) -> Grant | None:
        """Find the grant that a request is made with; robots' passwords are worth nothing here."""
        kind, _, token = asked.headers.get("Authorization", "").partition(" ")
        return self.find(token) if kind.lower() == "bearer" else None

    def find(self, token: str) -> Grant | None:
        """Find a grant that is still valid."""
        grant = self.by_token.get(token)
        if grant is None or grant.expires_ms is None:
            return grant
        return grant if grant.expires_ms > self.clock.now_ms else None
