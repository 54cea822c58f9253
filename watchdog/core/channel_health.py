"""How the channels fare, and who is told that one of them fails: the remaining ones, once."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.duration import format_duration
from watchdog.core.message import Message, Severity, Stage, plain
from watchdog.core.telling import message_id

GIVE_UP_AFTER = timedelta(days=3)
"""A message that is so old, in a lane that has failed for so long, is given up."""
FAILING_AFTER = timedelta(hours=1)
"""A channel that refuses is told of at once, one that is away after this time."""
TOLD_AGAIN_AFTER = timedelta(days=1)


class ChannelTelling(StrEnum):
    """What is told of a channel; the `kind` of a message, a stable word for programs."""

    FAILING = "channel-failing"
    WORKS = "channel-works"
    GAVE_UP = "channel-gave-up"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a lane's last attempt failed, how many did, since when, and since when for good."""

    since: datetime
    attempts: int
    reason: str
    refused_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How one channel fares; `failure` is the oldest of its lanes', a refusal before others.

    `kind` is "" where no worker has such a channel any more.
    """

    name: str
    kind: str = ""
    delivered_at: datetime | None = None
    waiting: int = 0
    failure: Failure | None = None
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class ChannelTold:
    """What people were told of a channel: since when it fails, and how much was given up."""

    failing_since: datetime | None = None
    failing_at: datetime | None = None
    given_up: int = 0
    given_up_at: datetime | None = None


def follow_channel(
    state: ChannelState, told: ChannelTold, now: datetime
) -> tuple[ChannelTold, tuple[Message, ...]]:
    """Say what is to be told of a channel now: never the same more than once a day."""
    messages: list[Message] = []
    failure, since = state.failure, told.failing_since
    if since and not failure and state.delivered_at and state.delivered_at >= since:
        messages.append(_works(state.name, since, now))
        told = replace(told, failing_since=None)
    elif failure and not since and _matters(state, failure, now) and _again(told.failing_at, now):
        messages.append(_failing(state, failure, now))
        told = replace(told, failing_since=failure.since, failing_at=now)
    if state.given_up > told.given_up and _again(told.given_up_at, now):
        messages.append(_gave_up(state, state.given_up - told.given_up, now))
        told = replace(told, given_up=state.given_up, given_up_at=now)
    return told, tuple(messages)


def is_given_up(message: Message, failure: Failure, now: datetime) -> bool:
    """Tell whether a message that could not be delivered is tried no more."""
    return now - failure.since >= GIVE_UP_AFTER and now - message.at >= GIVE_UP_AFTER


def _matters(state: ChannelState, failure: Failure, now: datetime) -> bool:
    """Tell whether people are to know; a channel that was taken away was so on purpose."""
    lasting = failure.refused_since is not None or now - failure.since >= FAILING_AFTER
    return bool(state.kind) and lasting


def _again(told_at: datetime | None, now: datetime) -> bool:
    return told_at is None or now - told_at >= TOLD_AGAIN_AFTER


def _failing(state: ChannelState, failure: Failure, now: datetime) -> Message:
    refuses = failure.refused_since is not None
    title = f"the channel {state.name} {'refuses' if refuses else 'does not take'} messages"
    return Message(
        id=_id(state.name, failure.since, ChannelTelling.FAILING),
        subject=_subject(state.name),
        kind=ChannelTelling.FAILING.value,
        severity=Severity.WARNING,
        title=plain(title),
        facts=(
            ("Reason", plain(failure.reason)),
            ("Since", f"{failure.since:%Y-%m-%d %H:%M} UTC"),
            ("Waiting", f"{state.waiting} message{'' if state.waiting == 1 else 's'}"),
        ),
        advice=(
            f"`watchdog notify test {state.name}` says whether it works.",
            f"What waits for it is tried again, and given up {_AFTER} after it began to fail.",
        ),
        at=now,
        thread=_id(state.name, failure.since, "channel"),
        since=failure.since,
        stage=Stage.OPEN,
    )


def _works(name: str, since: datetime, now: datetime) -> Message:
    return Message(
        id=_id(name, since, ChannelTelling.WORKS),
        subject=_subject(name),
        kind=ChannelTelling.WORKS.value,
        severity=Severity.RIGHT,
        title=plain(f"the channel {name} works again after {format_duration(now - since)}"),
        facts=(),
        advice=(),
        at=now,
        thread=_id(name, since, "channel"),
        since=since,
        stage=Stage.RESOLVED,
    )


def _gave_up(state: ChannelState, count: int, now: datetime) -> Message:
    reason = state.failure.reason if state.failure else ""
    some, them = ("1 message was", "it") if count == 1 else (f"{count} messages were", "them")
    return Message(
        id=_id(state.name, now, ChannelTelling.GAVE_UP),
        subject=_subject(state.name),
        kind=ChannelTelling.GAVE_UP.value,
        severity=Severity.WARNING,
        title=plain(f"{some} given up: the channel {state.name} did not take {them}"),
        facts=(("Reason", plain(reason)),) if reason else (),
        advice=("The status page and the history have what they told of.",),
        at=now,
    )


_AFTER = format_duration(GIVE_UP_AFTER)


def _subject(name: str) -> str:
    return f"channel {name}"


def _id(name: str, at: datetime, what: str) -> str:
    return message_id(_subject(name), f"{at.timestamp():.0f}", what)
