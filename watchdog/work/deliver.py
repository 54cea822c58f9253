"""Delivering what the outbox holds, in order in each lane, until it has arrived."""

import logging
from dataclasses import dataclass

from watchdog.core.channel_health import is_given_up
from watchdog.core.lane import LATE_AFTER, Parcel, beside, next_parcel, tells_all
from watchdog.core.message import Stage, plain
from watchdog.errors import RemoteError
from watchdog.notify.channels import Channel
from watchdog.store.due import Claim, Write
from watchdog.store.outbox import CHANNELS_CHORE, Lane, channel_of
from watchdog.store.records import moment
from watchdog.store.threads import thread_writes
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A claimed lane, the channel's name, and what of the lane is sent now."""

    claim: Claim
    name: str
    lane: Lane
    parcel: Parcel

    @property
    def settled(self) -> tuple[bytes, ...]:
        """What leaves the lane with it."""
        return tuple(self.lane.packed[position] for position in self.parcel.settles)


def deliver(tools: Tools, claim: Claim) -> None:
    """Deliver the first message of the claimed lane; a failure keeps it for later.

    Sending happens before the outbox is told: a crash between the two sends the message again,
    with the same id. What the channel is to remember of the message's thread stands in the same
    transaction as that it was delivered: either both are so, or the message is sent again with
    what was remembered before. Raises StaleLeaseError and StoreError.
    """
    name, lane = channel_of(claim.member), tools.outbox.lane(claim)
    if not lane.messages:
        tools.outbox.empty(claim)
        return
    delivery = _Delivery(claim, name, lane, _parcel(tools, claim, lane))
    channel = tools.channels.get(name)
    if channel is None:
        error = RemoteError(f"the channel {name} is not configured here", retryable=True)
        _failed(tools, delivery, error)
        return
    if wait_ms := tools.gates.enter(name, claim.member):
        tools.outbox.put_off(claim, wait_ms)
        return
    try:
        _attempt(tools, delivery, channel)
    finally:
        tools.gates.leave(name)


def _parcel(tools: Tools, claim: Claim, lane: Lane) -> Parcel:
    """Say what is sent: late, less may be worth telling than what waits."""
    late = lane.failure is not None or moment(claim.now_ms) - lane.messages[0].at >= LATE_AFTER
    thread = lane.messages[0].thread
    told = late and thread and tools.threads.knows(channel_of(claim.member), thread)
    return next_parcel(lane.messages, (thread,) if told and thread else (), late=late)


def _attempt(tools: Tools, delivery: _Delivery, channel: Channel) -> None:
    """Send, and write what came of it.

    Where that is refused for good once more and another thread is taken, the message is to blame
    and not the channel: it is given up, for else it would hold up all that is told of its subject.
    """
    try:
        writes = _sent(tools, delivery, channel)
    except RemoteError as error:
        other = None if error.retryable else _beside(tools, delivery)
        if other is None or (writes_of_other := _tried(tools, other, channel)) is None:
            _failed(tools, delivery, error)
            return
        _told(tools, other, writes_of_other, refused=delivery.settled)
        _log_given_up(delivery, error)
        tools.chores.announce(CHANNELS_CHORE)
        return
    _told(tools, delivery, writes)
    if delivery.lane.failure:
        tools.chores.announce(CHANNELS_CHORE)


def _sent(tools: Tools, delivery: _Delivery, channel: Channel) -> list[Write]:
    """Send, and return what is to be written then; raises RemoteError."""
    name, message = delivery.name, delivery.parcel.message
    remembered = tools.threads.recall(name, message.thread) if message.thread else None
    try:
        remember = channel.send(message, remembered)
    except RemoteError as error:
        if error.retryable:
            tools.gates.failed(name, delivery.claim.member, error.retry_after)
        raise
    tools.gates.took(name)
    if not message.thread:
        return []
    return thread_writes(name, message.thread, remember or remembered or "")


def _beside(tools: Tools, refused: _Delivery) -> _Delivery | None:
    """Choose what else of the lane is tried, a thread at each attempt; None: there is nothing."""
    failure = refused.lane.failure
    if not (failure and failure.refused_since):
        return None
    positions = beside(refused.lane.messages, failure.attempts - 1)
    if not positions:
        return None
    lane = refused.lane.only(positions)
    other = _Delivery(refused.claim, refused.name, lane, _parcel(tools, refused.claim, lane))
    message = other.parcel.message
    if message.stage is not Stage.RESOLVED or tells_all(message):
        return other
    # Not every channel posts the end of what it never told: that would prove nothing.
    known = message.thread and tools.threads.knows(refused.name, message.thread)
    return other if known else None


def _tried(tools: Tools, other: _Delivery, channel: Channel) -> list[Write] | None:
    """Send it as `_sent` does; None where it is not taken either."""
    try:
        return _sent(tools, other, channel)
    except RemoteError as error:
        logger.info("Nor did %s take %s: %s", other.name, other.parcel.message.kind, error)
        return None


def _told(
    tools: Tools, delivery: _Delivery, writes: list[Write], refused: tuple[bytes, ...] = ()
) -> None:
    """Note that the channel took the message."""
    tools.outbox.delivered(delivery.claim, writes, delivery.settled, refused)
    message = delivery.parcel.message
    logger.info("Told %s: %s (%s)", delivery.name, message.kind, message.subject)


def _failed(tools: Tools, delivery: _Delivery, error: RemoteError) -> None:
    """Keep the message for later, or give it up; the other channels are told where that matters."""
    claim, name, message = delivery.claim, delivery.name, delivery.parcel.message
    failure = delivery.lane.failure
    if failure and is_given_up(message, failure, moment(claim.now_ms)):
        tools.outbox.given_up(claim, delivery.settled)
        _log_given_up(delivery, error)
        tools.chores.announce(CHANNELS_CHORE)
        return
    refused = not error.retryable
    reason = plain(str(error))
    wait_s = tools.outbox.failed(claim, reason, error.retry_after, refused=refused)
    logger.warning("Could not tell %s (%s); again in %d s", name, error, wait_s)
    if refused and not (failure and failure.refused_since):
        tools.chores.announce(CHANNELS_CHORE)


def _log_given_up(delivery: _Delivery, error: RemoteError) -> None:
    name, message = delivery.name, delivery.parcel.message
    logger.error("Gave up telling %s: %s (%s): %s", name, message.kind, message.subject, error)
