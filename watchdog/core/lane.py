"""What of a lane is told next, when it could not be told in time.

What was never told and is over becomes one message; a reminder of what is told only now, or beside
anything newer, is worth nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from watchdog.core.message import Message, Stage, plain
from watchdog.core.telling import Telling

LATE_AFTER = timedelta(minutes=10)
"""A message that waited for so long, or failed once, is late."""
_REMINDERS = {Telling.REMINDER, Telling.LAST_REMINDER}
_WHAT_IT_WAS = "What it was"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The message to send, and the positions in the lane that are settled once it has arrived."""

    message: Message
    settles: tuple[int, ...]


def next_parcel(lane: Sequence[Message], told: Collection[str], *, late: bool) -> Parcel:
    """Say what a lane that is not empty sends next; `told` are threads whose beginning arrived."""
    head = lane[0]
    if not late or head.thread is None:
        return Parcel(head, (0,))
    same = [index for index, message in enumerate(lane) if message.thread == head.thread]
    newest = lane[same[-1]]
    if len(same) > 1 and newest.stage is Stage.RESOLVED and head.thread not in told:
        return Parcel(told_at_once(head, newest), tuple(same))
    chosen = next(i for i in same if lane[i] is newest or lane[i].kind not in _REMINDERS)
    stale = (i for i in same if i < chosen or lane[i].kind == Telling.REMINDER)
    return Parcel(lane[chosen], tuple(sorted({chosen, *stale})))


def beside(lane: Sequence[Message], turn: int) -> tuple[int, ...]:
    """Say where the messages of another thread than the head's stand: of each in its turn.

    What belongs to no thread stands alone; without another thread there is nothing.
    """
    threads: dict[str | int, list[int]] = {}
    for position, message in enumerate(lane):
        threads.setdefault(message.thread or position, []).append(position)
    others = list(threads.values())[1:]
    return tuple(others[turn % len(others)]) if others else ()


def told_at_once(opening: Message, end: Message) -> Message:
    """Make one message of a beginning that was never told and of its end.

    It has the end's id: the end is told by nothing else.
    """
    since = opening.since or opening.at
    span = f"{_minute(since)} to {_minute(end.at)} UTC"
    return replace(
        end,
        title=plain(f"{end.title} (all of it from {span})"),
        facts=(
            (_WHAT_IT_WAS, opening.title),
            ("Told late", "this could not be told before"),
            *end.facts,
        ),
        since=since,
    )


def tells_all(message: Message) -> bool:
    """Tell whether an end is also the first that is heard of its beginning, and so is news."""
    if message.kind == Telling.WAS_WRONG:
        return True
    return any(name == _WHAT_IT_WAS for name, _ in message.facts)


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
