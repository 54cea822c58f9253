"""Who moved a tag, as far as the registry's log tells: a robot, a person, or nobody knows.

The texts come from a log that clients write to: a user agent is whatever the client says it is.
They are cleaned and shortened here, once; escaping is each channel's own work.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

from watchdog.core.message import plain
from watchdog.core.tag_history import Held

PUSHED = "push_repo"
"""The log's word for a push; of a tag that is moved in another way no hook is told."""
TEXT_MAX_CHARS = 120
CLIENT_MAX_CHARS = 60
# The first product of a user agent (RFC 9110, 10.1.5): no comma, space or sign of markup in it, so
# that no client writes a further fact into our sentence.
_PRODUCT = re.compile(r"[A-Za-z0-9.+-][A-Za-z0-9._+-]*(?:/[A-Za-z0-9._+-]+)?")


class PusherKind(StrEnum):
    """What moved a tag; an application acts for the person who made its token."""

    ROBOT = "robot"
    PERSON = "person"
    APPLICATION = "application"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Pusher:
    """Who moved a tag, and when the log says so; texts that are not known are empty.

    `agent` is the user agent, `application` the id of the OAuth application, `title` its name or
    that of a person's token, `deed` the log's own word for what was done, such as `push_repo`.
    `note` says why nothing better is known; where that is `pending`, the log may still tell.
    """

    kind: PusherKind
    name: str = ""
    ip: str = ""
    agent: str = ""
    application: str = ""
    title: str = ""
    at: datetime | None = None
    note: str = ""
    deed: str = ""
    pending: bool = False

    def __post_init__(self) -> None:
        """Clean every text; an address that is none is dropped."""
        for name in ("name", "ip", "agent", "application", "title", "note", "deed"):
            text = plain(getattr(self, name), TEXT_MAX_CHARS)
            object.__setattr__(self, name, _address(text) if name == "ip" else text)

    @property
    def by_hand(self) -> bool:
        """Whether a person did it, in the browser or through a token of their own."""
        return self.kind in {PusherKind.PERSON, PusherKind.APPLICATION}

    @property
    def is_push(self) -> bool | None:
        """Whether it was a push, of which hooks are told; None where that is not known."""
        return self.deed == PUSHED if self.deed else None

    @property
    def client(self) -> str:
        """The first product of the user agent; "" where it does not begin with one."""
        match = _PRODUCT.fullmatch(self.agent.partition(" ")[0])
        return match[0] if match and len(match[0]) <= CLIENT_MAX_CHARS else ""

    def sentence(self) -> str:
        """Say who it was, from where, with what: robot `acme+ci`, skopeo/1.9.3, 203.0.113.7."""
        return ", ".join(part for part in (self.who(), self.client, self.ip) if part)

    def who(self) -> str:
        """Say who it was, without address and program: what may stand on a page for everybody."""
        through = f" through the {self._means()} {_quoted(self.title)}" if self.title else ""
        if self.kind is PusherKind.UNKNOWN:
            why = self.note or (f"an access token, {_quoted(self.name)}" if self.name else "")
            unknown = "unknown so far" if self.pending else "unknown"
            return f"{unknown} ({why})" if why else unknown
        kind = "robot" if self.kind is PusherKind.ROBOT else "person"
        why = f" ({self.note})" if self.note else ""
        return f"{kind} {_quoted(self.name)}{through}" if self.name else f"a {kind}{through}{why}"

    def _means(self) -> str:
        return "application" if self.kind is PusherKind.APPLICATION else "token"


def mover(held: Held, logged: Pusher | None) -> Pusher | None:
    """Say who put there what a tag held: its registry's own restore was a person's, log or not."""
    if not held.restored or (logged and logged.kind is not PusherKind.UNKNOWN):
        return logged
    return Pusher(PusherKind.PERSON, at=held.since, note="by the registry's own restore")


def agreed(candidates: Sequence[Pusher]) -> Pusher | None:
    """Say who moved a tag where several may have: never the wrong one; None without candidates.

    Where all are the same, what they differ in is left out; where they are not, nobody is named,
    but that a person may have done it counts as a person's hand.
    """
    if not candidates:
        return None
    first = candidates[0]
    if any(_identity(other) != _identity(first) for other in candidates):
        note = "more than one moved it within a second"
        if any(other.by_hand for other in candidates):
            return Pusher(PusherKind.PERSON, at=first.at, note=f"perhaps: {note}")
        return Pusher(PusherKind.UNKNOWN, at=first.at, note=note)
    return replace(
        first,
        ip=_same(other.ip for other in candidates),
        agent=_same(other.agent for other in candidates),
        title=_same(other.title for other in candidates),
        deed=_same(other.deed for other in candidates),
    )


def _identity(pusher: Pusher) -> tuple[str, ...]:
    return (pusher.kind, pusher.name, pusher.application)


def _same(texts: Iterable[str]) -> str:
    said = set(texts)
    return said.pop() if len(said) == 1 else ""


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""


def _quoted(text: str) -> str:
    return f"`{text.replace('`', chr(39))}`"
