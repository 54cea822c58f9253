"""What came of a beat of the story, and whether it is what must come of it.

`observe` lets a beat happen and watches, over the watchdog's API, the registry's own state and the
people's channels; `faults` is pure.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from watchdog.core.reference import Digest
from watchdog.demo.product import Product
from watchdog.demo.receiver import Received
from watchdog.demo.scenes import Beat, Expected
from watchdog.demo.world import World

# How long to go on listening: what must be silent has this long to be loud.
SILENCE_S = 0.3
POLL_S = 0.02
CHANNELS = ("slack", "matrix", "webhook")
_KIND = re.compile(r" · ([a-z-]+) · \d{4}-")


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding or a condition, as the API shows it."""

    code: str
    detail: str
    outcome: str = "warning"


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of one beat. `before` and `held` are the tag's digests at its ends.

    `origin` is the source and commit that the watchdog read from what was pushed.
    The times run from the moment of the push (or commit), as seen from outside.
    """

    before: Digest | None
    pushed: Digest | None
    held: Digest | None
    origin: str = ""
    findings: tuple[Finding, ...] = ()
    conditions: tuple[Finding, ...] = ()
    judged_after_s: float | None = None
    restored_after_s: float | None = None
    said_reverted: bool = False
    messages: tuple[Received, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the verdict."""
        return tuple(finding.code for finding in self.findings)

    def kinds(self, channel: str) -> tuple[str, ...]:
        """The kinds of the messages that a channel got, in order."""
        return tuple(kind_of(taken) for taken in self.messages if taken.channel == channel)


def faults(expected: Expected, observed: Observed) -> tuple[str, ...]:
    """Say everything in which a beat came out otherwise than it must."""
    conditions = tuple(condition.code for condition in observed.conditions)
    right = observed.before if expected.reverted or not observed.pushed else observed.pushed
    compared: list[tuple[str, object, object]] = [
        ("the verdict", _words(expected.codes), _words(observed.codes)),
        ("the tag", right, observed.held),
        ("the history", _reverted(expected.reverted), _reverted(observed.said_reverted)),
        ("the conditions", _words(expected.conditions), _words(conditions)),
    ]
    compared += [
        (f"told to {channel}", _words(expected.messages), _words(observed.kinds(channel)))
        for channel in CHANNELS
    ]
    return tuple(
        f"{what}: should be {wanted}, is {found}"
        for what, wanted, found in compared
        if wanted != found
    )


def kind_of(taken: Received) -> str:
    """Read a message's kind where its channel shows it: `subject · kind · time`, or a field."""
    match taken.channel:
        case "slack":
            text = str(taken.body["blocks"][-1]["elements"][0]["text"])
        case "matrix":
            text = str(taken.body["body"])
        case _:
            return str(taken.body["kind"])
    found = _KIND.search(text)
    return found[1] if found else "without a kind"


def observe(world: World, product: Product, beat: Beat) -> Observed:
    """Let a beat happen and watch until it has come out as it must, or its time is over."""
    watch = _Watch(world, product, beat)
    deadline = time.monotonic() + beat.within_s
    while faults(beat.expected, watch.look()) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    time.sleep(SILENCE_S)
    return watch.look()


class _Watch:
    """Looks at the world and at what the watchdog says of it, since a beat happened."""

    def __init__(self, world: World, product: Product, beat: Beat) -> None:
        self._world, self._product = world, product
        self._told_before = len(world.receiver.received)
        self._before = world.held
        self._moves_before = {row["number"] for row in self._history()}
        self._pushed = beat.act(world)
        self._began = time.monotonic()
        self._times: dict[str, float] = {}

    def look(self) -> Observed:
        """Look once; a time is the first look's that saw the thing."""
        held = self._world.held  # before the history: a verdict is there before the revert is done
        moves = [row for row in self._history() if row["number"] not in self._moves_before]
        state = self._product.tag(str(self._world.tag)) or {}
        verdict = state if self._pushed is None else self._verdict(moves)
        findings, conditions = _findings(verdict, "findings"), _findings(state, "conditions")
        judged = bool(conditions if self._pushed is None else findings)
        restored = self._pushed is not None and held == self._before
        return Observed(
            before=self._before,
            pushed=self._pushed,
            held=held,
            origin=_origin(verdict),
            findings=findings,
            conditions=conditions,
            judged_after_s=self._first("judged", now=judged),
            restored_after_s=self._first("restored", now=restored),
            said_reverted=any(row["event"] == "revert" for row in moves),
            messages=self._world.receiver.received[self._told_before :],
        )

    def _history(self) -> list[dict[str, Any]]:
        return self._product.history(str(self._world.tag))

    def _verdict(self, moves: list[dict[str, Any]]) -> Mapping[str, Any]:
        pushed = (
            row for row in moves if (row["event"], row["digest"]) == ("verdict", str(self._pushed))
        )
        return next(pushed, {})

    def _first(self, what: str, *, now: bool) -> float | None:
        """Say after how many seconds something was seen first."""
        if now:
            self._times.setdefault(what, time.monotonic() - self._began)
        return self._times.get(what)


def _findings(said: Mapping[str, Any], key: str) -> tuple[Finding, ...]:
    """Read findings, or conditions, which have no outcome of their own: they warn."""
    known = ("code", "detail", "outcome")
    return tuple(
        Finding(**{name: row[name] for name in known if name in row}) for row in said.get(key, ())
    )


def _origin(verdict: Mapping[str, Any]) -> str:
    """Name source and commit; the demo's repositories are told apart by their paths."""
    if not verdict.get("source"):
        return ""
    return f"{urlsplit(verdict['source']).path.strip('/')}@{verdict['revision'][:12]}"


def _words(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "nothing"


def _reverted(reverted: bool) -> str:  # noqa: FBT001  (one word for each)
    return "a revert" if reverted else "no revert"
