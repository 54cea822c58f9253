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
from watchdog.core.tag_history import Held, Mark, mark_of, rows_after
from watchdog.errors import MalformedError, NotFoundError, WatchdogError
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.work.look import Look
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passed:
    """A digest that the tag held; `actor` is who pushed it, if a hook said so."""

    held: Held
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What the tag held since the last look, oldest first, and what it holds `now`.

    `now` and `mark` (how far the history was read) are None where hooks are all there is.
    """

    passed: tuple[Passed, ...] = ()
    now: Held | None = None
    mark: Mark | None = None

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
    """Read what the tag held since the last look; a history that cannot be read is none."""
    if tools.policy.is_quay(look.tag.repository):
        try:
            rows = read_tag_history(tools.quay, look.tag, look.before.mark)
        except NotFoundError:
            pass
        except WatchdogError as error:
            logger.info("Looking at %s without its history: %s", look.tag, error)
        else:
            if rows and rows[0].alive(look.now):
                return Past(tuple(_passed(rows, look.before)), rows[0], mark_of(rows))
    return Past(tuple(_hinted(read_hints(look.claim.hints))))


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
    return Found.HOOK if look.claim.hints or look.before.repeats else Found.TIMER


def _passed(rows: Sequence[Held], before: TagMemory) -> Iterator[Passed]:
    """Take the rows since the mark, oldest first, less pushes of what the tag held already."""
    if not before.mark:
        return
    digest = before.digest
    for row in reversed(rows_after(rows, before.mark)[1:]):
        if row.digest != digest:
            yield Passed(row)
        digest = row.digest


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
