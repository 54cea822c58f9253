"""What a tag held since the last look: by its registry's history where it has one, else by hooks.

A registry's history is its word, and complete: a bad build in it is told. A hook's digest is what
its sender says. Judging either is the work of `passing`.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import zip_longest

from watchdog.core.memory import Found, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.tag_history import Held, Mark, is_behind, mark_of, rows_after
from watchdog.errors import MalformedError, RemoteError, WatchdogError
from watchdog.registry.quay.tag_history import read_back_to, read_tag_history
from watchdog.work.look import Look
from watchdog.work.tools import Tools

HISTORY_TRIES = 3

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passed:
    """A digest that the tag held; `actor` is who pushed it, if a hook said so.

    `mark` is how far the history is read with it.
    """

    held: Held
    actor: str | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the tag held since the last look, oldest first, and what it holds `now`.

    `now` and `mark` (how far the history was read) are None where hooks are all there is.
    `unread` says that there were more moves than are read.
    """

    passed: tuple[Passed, ...] = ()
    now: Held | None = None
    mark: Mark | None = None
    unread: bool = False

    @property
    def certain(self) -> bool:
        """Whether the registry itself says so."""
        return self.now is not None


@dataclass(frozen=True, slots=True)
class Hint:
    """What a hook left beside the tag."""

    digest: Digest | None
    actor: str | None
    at: datetime | None


def read_past(tools: Tools, look: Look) -> Past:
    """Read what the tag held since the last look.

    A history that may not be read, or makes no sense, is none; one that cannot be read just now is
    a retryable RemoteError, HISTORY_TRIES times in a row, and so is one that a lagging replica
    tells: what it ends with was judged already.
    """
    hinted = Past(tuple(_hinted(read_hints(look.claim.hints))))
    if not tools.policy.is_quay(look.tag.repository):
        return hinted
    try:
        rows, whole = _history(tools, look)
    except WatchdogError as error:
        if error.retryable and look.before.failures < HISTORY_TRIES:
            raise
        logger.info("Looking at %s without its history: %s", look.tag, error)
        return hinted
    if not rows or not rows[0].alive(look.now):
        return hinted
    passed = tuple(
        replace(one, held=_as_pushed(one.held, rows, look.before))
        for one in _passed(rows, look.before.mark)
    )
    now = _as_pushed(rows[0], rows, look.before)
    return Past(passed, now, mark_of(rows), unread=not whole)


def _history(tools: Tools, look: Look) -> tuple[tuple[Held, ...], bool]:
    mark = look.before.mark
    if not mark:
        return read_tag_history(tools.quay, look.tag), True
    rows, whole = read_back_to(tools.quay, look.tag, mark)
    if is_behind(rows, mark, look.now):
        raise RemoteError(f"the history of {look.tag} lags behind what it told", retryable=True)
    return rows, whole


def read_hints(hints: Iterable[str]) -> tuple[Hint, ...]:
    """Read what hooks left beside the tag, in the order in which they came."""
    return tuple(map(_read, hints))


def actor_of(hints: Iterable[str], digest: Digest | None) -> str | None:
    """Say who moved the tag to a digest: the newest actor that no hook names for another one."""
    told = read_hints(hints)
    named = [hint.actor for hint in told if hint.actor and hint.digest in {None, digest}]
    return named[-1] if named else None


def found_by(look: Look) -> Found:
    """Say what this look came from: a hook, or the repetition of a look after one, or the timer."""
    repeated = look.before.hooked and look.before.repeats
    return Found.HOOK if look.claim.hints or repeated else Found.TIMER


def _passed(rows: Sequence[Held], mark: Mark | None) -> Iterator[Passed]:
    """Take the rows since the mark, oldest first, less pushes of what the tag held already."""
    if not mark:
        return
    digest, new = mark.digest, rows_after(rows, mark)
    for number in range(len(new) - 1, 0, -1):
        if new[number].digest != digest:
            yield Passed(new[number], mark=mark_of(rows[number:]))
        digest = new[number].digest


def _as_pushed(row: Held, rows: Sequence[Held], before: TagMemory) -> Held:
    """Take what the watchdog gave the tag back to for the push that it was."""
    return before.returned.as_pushed(row, rows) if before.returned else row


def _hinted(hints: Sequence[Hint]) -> Iterator[Passed]:
    """Name each digest of hooks once, by time where all have one; each was held until the next."""
    if all(hint.at for hint in hints):
        hints = sorted(hints, key=lambda hint: hint.at or datetime.min.replace(tzinfo=UTC))
    named: dict[Digest, Passed] = {}
    for hint in hints:
        if hint.digest:
            known = named.get(hint.digest)
            actor = hint.actor or (known.actor if known else None)
            since = known.held.since if known else hint.at
            named[hint.digest] = Passed(Held(hint.digest, since), actor)
    told = list(named.values())
    for passed, following in zip_longest(told, told[1:]):
        until = following.held.since if following and passed.held.since else None
        yield replace(passed, held=replace(passed.held, until=until))


def _read(hint: str) -> Hint:
    known = json.loads(hint)
    try:
        digest = Digest.parse(known["digest"]) if "digest" in known else None
    except MalformedError:  # Defensive: whoever wrote the hint had read the digest.
        digest = None
    at = datetime.fromtimestamp(known["at"], UTC) if "at" in known else None
    return Hint(digest, known.get("actor"), at)
