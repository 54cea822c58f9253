"""What a tag held, and from when to when, as its registry or a hook tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.reference import Digest


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
        """Whether the tag holds it still."""
        return self.until is None or self.until > now


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a tag's history was read: the newest row's second, and how many rows bear it."""

    second: datetime
    rows: int


def mark_of(rows: Sequence[Held]) -> Mark | None:
    """Mark where a history, newest first, ends now; None for an empty one."""
    if not rows or rows[0].since is None:
        return None
    newest = rows[0].since
    return Mark(newest, sum(row.since == newest for row in rows))


def rows_after(rows: Sequence[Held], mark: Mark) -> tuple[Held, ...]:
    """Take the rows, newest first, that came after a mark.

    Rows of one second are told apart by their number only: their order is right, and what was
    there before is the oldest of them.
    """
    later = [row for row in rows if row.since and row.since > mark.second]
    same = [row for row in rows if row.since == mark.second]
    return (*later, *same[: max(len(same) - mark.rows, 0)])
