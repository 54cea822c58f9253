"""What can be told of a tag, and what following a look comes to."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from watchdog.core.incident_record import Incident
from watchdog.core.memory import TagMemory


class Telling(StrEnum):
    """What is told; the `kind` of a message, a stable word for programs."""

    WRONG = "wrong"
    WRONG_AGAIN = "wrong-again"
    WAS_WRONG = "was-wrong"
    REMINDER = "reminder"
    LAST_REMINDER = "last-reminder"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    FLAPPING = "flapping"
    SETTLED = "settled"
    RIGHT = "right"
    INFORMATION = "information"
    REVERTED = "reverted"
    REVERT_FAILED = "revert-failed"
    OVERTAKEN = "overtaken"
    ORDER_FAILED = "order-failed"
    LAGGING = "lagging"
    CAUGHT_UP = "caught-up"
    DELETED = "deleted"
    RETURNED = "returned"
    UNREACHABLE = "unreachable"
    REACHABLE = "reachable"


def message_id(subject: str, occasion: str, telling: str) -> str:
    """Make an id that is stable over retries and restarts, and safe in a URL."""
    return f"{hashlib.sha256(subject.encode()).hexdigest()[:12]}-{occasion}-{telling}"


@dataclass(frozen=True, slots=True)
class Followed:
    """The memory with its incident and conditions brought up to date, and what to tell.

    `closed` is an incident that ended with it.
    """

    memory: TagMemory
    tellings: tuple[Telling, ...] = ()
    closed: Incident | None = None
