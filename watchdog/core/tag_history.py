"""What a tag held, and from when to when, as its registry or a hook tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watchdog.core.reference import Digest

CLOCK_SKEW_MAX = timedelta(minutes=1)
LAG_MAX = timedelta(minutes=5)
"""No replica lags for longer: a history that ends before a mark of so long ago has lost rows."""


@dataclass(frozen=True, slots=True)
class Held:
    """One digest that a tag held; times are None where nobody said them.

    `until` in the future is when a tag that is alive expires. `restored` says that the registry's
    own restore put it there, not a push.
    """

    digest: Digest
    since: datetime | None = None
    until: datetime | None = None
    restored: bool = False

    def alive(self, now: datetime) -> bool:
        """Whether the tag holds it still, though the registry's clock may be ahead of ours."""
        return self.until is None or self.until > now + CLOCK_SKEW_MAX


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a tag's history was read: the newest row's second, how many bear it, its digest."""

    second: datetime
    rows: int
    digest: Digest | None = None


def mark_of(rows: Sequence[Held]) -> Mark | None:
    """Mark where a history, newest first, ends now; None for an empty one."""
    if not rows or rows[0].since is None:
        return None
    newest = rows[0].since
    return Mark(newest, sum(row.since == newest for row in rows), rows[0].digest)


def rows_after(rows: Sequence[Held], mark: Mark) -> tuple[Held, ...]:
    """Take the rows, newest first, that came after a mark.

    Rows of one second are told apart by their number only: their order is right, and what was
    there before is the oldest of them.
    """
    later = [row for row in rows if row.since and row.since > mark.second]
    same = [row for row in rows if row.since == mark.second]
    return (*later, *same[: max(len(same) - mark.rows, 0)])


def is_behind(rows: Sequence[Held], mark: Mark | None, now: datetime) -> bool:
    """Tell whether a history ends before a mark: a replica answered that has not seen the newest.

    The newest row is what the tag holds, which no registry forgets; so where it is the one of the
    mark, fewer rows of its second are only old ones that were forgotten.
    """
    if not mark or now - mark.second > LAG_MAX:
        return False
    newest = mark_of(rows)
    if not newest or newest.second != mark.second:
        return not newest or newest.second < mark.second
    return newest.rows < mark.rows and newest.digest != mark.digest


@dataclass(frozen=True, slots=True)
class Returned:
    """A push that the watchdog wrote over and gave the tag back to at once.

    `above` marks the history as it was right before that: with the push, and what was written over
    it, and nothing newer.
    """

    push: Held
    above: Mark

    def as_pushed(self, row: Held, rows: Sequence[Held]) -> Held:
        """Show the row that gave the tag back as the push that it gave it back to; others as is."""
        later = rows_after(rows, self.above)
        given_back = later[-1] if later and len(later) < len(rows) else None
        if row != given_back or row.digest != self.push.digest:
            return row
        return replace(self.push, until=row.until)
