"""Quay's usage log: who did what, from where, with which program; what it leaves out, too.

A push has no digest in it. Whoever reads a manifest, even by HEAD or by digest, leaves a row.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from watchdog.demo.quay.answers import in_words
from watchdog.demo.quay.grants import Actor
from watchdog.demo.registry_clock import Clock

ADDRESS = "127.0.0.1"
_RESOLVED = {
    "provider": "internet",
    "service": None,
    "sync_token": "1645662201",
    "country_iso_code": None,
    "aws_region": None,
    "continent": None,
}


@dataclass(frozen=True, slots=True)
class Client:
    """A program that speaks the distribution protocol, and for whom (None: for nobody)."""

    actor: Actor | None
    agent: str
    address: str = ADDRESS


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    kind: str
    path: str
    metadata: dict[str, object]
    address: str
    at_ms: int
    actor: Actor | None

    @property
    def described(self) -> dict[str, object]:
        """Write it as the API does."""
        row: dict[str, object] = {
            "kind": self.kind,
            "metadata": self.metadata,
            "ip": self.address,
            "datetime": in_words(self.at_ms / 1000),
        }
        return row if self.actor is None else row | {"performer": _performer(self.actor)}


@dataclass
class UsageLog:
    """Everything that was done, the oldest first.

    `empty_pages` come before the entries, `late_by` hides the newest, `unavailable` reads fail;
    one that is kept `elsewhere` cannot be searched here.
    """

    clock: Clock
    entries: list[Entry] = field(default_factory=list)
    empty_pages: int = 0
    late_by: timedelta = timedelta(0)
    unavailable: int = 0
    elsewhere: bool = False

    def act(self, kind: str, path: str, actor: Actor, metadata: dict[str, object]) -> None:
        """Note what somebody did through the API or, without a grant, in the browser."""
        oauth = actor.grant.named if actor.grant else {}
        self._note(kind, path, metadata | oauth, ADDRESS, actor)

    def transfer(
        self, kind: str, path: str, client: Client, named: str, details: dict[str, object]
    ) -> None:
        """Note a push, a pull or a deletion, by the distribution protocol, of a tag or a digest."""
        namespace, _, name = path.partition("/")
        metadata: dict[str, object] = {
            "repo": name,
            "namespace": namespace,
            "user-agent": client.agent,
            "manifest_digest" if ":" in named else "tag": named,
            **details,
            **_named(client.actor),
            "resolved_ip": _RESOLVED,
        }
        self._note(kind, path, metadata, client.address, client.actor)

    def _note(
        self,
        kind: str,
        path: str,
        metadata: dict[str, object],
        address: str,
        actor: Actor | None,
    ) -> None:
        at_ms = self.clock.now_ms
        self.entries.append(Entry(kind, path, metadata, address, at_ms, actor))


def _named(actor: Actor | None) -> dict[str, object]:
    if actor is None:
        return {}
    oauth = actor.grant.named if actor.grant else {}
    return {**oauth, "username": actor.name, **({"is_robot": True} if actor.is_robot else {})}


def _performer(actor: Actor) -> dict[str, object]:
    mark = hashlib.sha256(actor.name.encode()).hexdigest()
    kind = "robot" if actor.is_robot else "user"
    avatar = {"name": actor.name, "hash": mark, "color": f"#{mark[:6]}", "kind": kind}
    return {"kind": "user", "name": actor.name, "is_robot": actor.is_robot, "avatar": avatar}
