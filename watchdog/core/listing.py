"""What a list of repositories, read again and again, tells of each: moved, new, gone, back.

Quay lists when a living tag of a repository was written last, in whole seconds; its readers may be
replicas that lag. So a time that was read soon after itself may hide a second push. What is done
about a change is left to others.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

SECOND_PUSH_WITHIN = timedelta(seconds=60)
"""A time that was read this soon after itself counts as moved when it is read again."""
ABSENT_MAX = 2
"""So many lists in a row without it, and a repository has vanished."""


class Change(StrEnum):
    """What became of a repository since the list before."""

    NEW = "new"
    MOVED = "moved"
    MISSED = "missed"
    VANISHED = "vanished"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Known:
    """A repository as it was listed last; `settled`: no push of that second is still to be seen."""

    last_modified: datetime | None
    settled: bool
    absent: int = 0
    """Lists in a row without it."""


def listed(
    known: Known | None, last_modified: datetime | None, now: datetime
) -> tuple[Known, Change | None]:
    """Take in that a repository is listed; None says that its tags need no look."""
    settled = last_modified is None or now - last_modified >= SECOND_PUSH_WITHIN
    current = Known(last_modified, settled)
    if known is None:
        return current, Change.NEW
    if known.absent >= ABSENT_MAX:
        return current, Change.BACK
    if known.absent or not known.settled or known.last_modified != last_modified:
        return current, Change.MOVED
    return known, None


def not_listed(known: Known, *, counts: bool = True) -> tuple[Known, Change | None]:
    """Take in that a repository is missing; a second list must say so before it has vanished.

    Unless it `counts`, as nobody's list does not: what is private is missing from that.
    """
    if known.absent >= ABSENT_MAX or (known.absent and not counts):
        return known, None
    absent = known.absent + 1
    change = Change.VANISHED if absent == ABSENT_MAX else Change.MISSED
    return replace(known, absent=absent), change


def was_written(before: Known | None, current: Known) -> bool:
    """Tell whether a list shows that tags were written since the one before, and nothing else.

    An earlier time than before is a deleted tag's, or a lagging replica's.
    """
    if before is None or before.absent or before.last_modified is None:
        return False
    return current.last_modified is not None and current.last_modified >= before.last_modified


def written_since(before: Known | None) -> datetime | None:
    """Say from which second on tags may have been written unseen; None: since ever."""
    if before is None or before.last_modified is None:
        return None
    return before.last_modified + timedelta(seconds=1 if before.settled else 0)
