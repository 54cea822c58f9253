"""An attempt to put a trusted build back, and how it ended."""

from dataclasses import dataclass
from enum import StrEnum

from watchdog.core.memory import PendingRevert, TagMemory
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.tag_history import Held, Mark, Returned
from watchdog.store.due import Claim


class Fate(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    """A push came in between, was given way to if that could be done, and a person has to know."""
    MOVED = "moved"
    """The tag is not what was judged: it is looked at anew."""
    REFUSED = "refused"
    FAILED = "failed"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The end of an attempt, in words for people; `written` if the tag may have been written."""

    fate: Fate
    words: str = ""
    written: bool = False
    mark: Mark | None = None
    """How far the registry's history of the tag is dealt with."""
    ours: Held | None = None
    """The row of that history that a restore of this attempt made."""
    returned: Returned | None = None
    """The push that the write displaced, and that the tag was given back to."""


@dataclass(frozen=True, slots=True)
class Task:
    """A revert that was decided, on a tag whose lease is held."""

    claim: Claim
    tag: Tag
    rule: Rule
    memory: TagMemory
    pending: PendingRevert
    silenced: bool = False
    """Whether people do not want to hear of the tag's incidents now."""
