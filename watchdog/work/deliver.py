"""Delivering what the outbox holds, in order in each lane, until it has arrived."""

import logging
from dataclasses import dataclass

from watchdog.core.channel_health import is_given_up
from watchdog.core.lane import LATE_AFTER, Parcel, next_parcel
from watchdog.core.message import plain
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
    """Send, and write what came of it."""
    name, message = delivery.name, delivery.parcel.message
    remembered = tools.threads.recall(name, message.thread) if message.thread else None
    try:
        remember = channel.send(message, remembered)
    except RemoteError as error:
        if error.retryable:
            tools.gates.failed(name, delivery.claim.member, error.retry_after)
        _failed(tools, delivery, error)
        return
    tools.gates.took(name)
    writes: list[Write] = []
    if message.thread:
        writes = thread_writes(name, message.thread, remember or remembered or "")
    tools.outbox.delivered(delivery.claim, writes, delivery.settled)
    logger.info("Told %s: %s (%s)", name, message.kind, message.subject)
    if delivery.lane.failure:
        tools.chores.announce(CHANNELS_CHORE)


def _failed(tools: Tools, delivery: _Delivery, error: RemoteError) -> None:
    """Keep the message for later, or give it up; the other channels are told where that matters."""
    claim, name, message = delivery.claim, delivery.name, delivery.parcel.message
    failure = delivery.lane.failure
    if failure and is_given_up(message, failure, moment(claim.now_ms)):
        tools.outbox.given_up(claim, delivery.settled)
        logger.error("Gave up telling %s: %s (%s): %s", name, message.kind, message.subject, error)
        tools.chores.announce(CHANNELS_CHORE)
        return
    refused = not error.retryable
    reason = plain(str(error))
    wait_s = tools.outbox.failed(claim, reason, error.retry_after, refused=refused)
    logger.warning("Could not tell %s (%s); again in %d s", name, error, wait_s)
    if refused and not (failure and failure.refused_since):
        tools.chores.announce(CHANNELS_CHORE)
