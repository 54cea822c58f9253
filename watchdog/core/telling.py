"""What can be told of a tag, and what following a look comes to."""

from dataclasses import dataclass
from enum import StrEnum

from watchdog.core.memory import TagMemory


class Telling(StrEnum):
    """What is told; the `kind` of a message, a stable word for programs."""

    WRONG = "wrong"
    WRONG_AGAIN = "wrong-again"
    WAS_WRONG = "was-wrong"
    RIGHT = "right"
    INFORMATION = "information"
    REVERTED = "reverted"
    REVERT_FAILED = "revert-failed"
    OVERTAKEN = "overtaken"
    LAGGING = "lagging"
    CAUGHT_UP = "caught-up"
    DELETED = "deleted"
    RETURNED = "returned"
    UNREACHABLE = "unreachable"
    REACHABLE = "reachable"


@dataclass(frozen=True, slots=True)
class Followed:
    """The memory with its incident and conditions brought up to date, and what to tell."""

    memory: TagMemory
    tellings: tuple[Telling, ...] = ()
