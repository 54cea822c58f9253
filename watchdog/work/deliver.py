"""Delivering what the outbox holds, in order in each lane, until it has arrived."""

import logging

from watchdog.core.message import plain
from watchdog.errors import RemoteError
from watchdog.store.due import Claim
from watchdog.store.threads import thread_writes
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


def deliver(tools: Tools, claim: Claim) -> None:
    """Deliver the first message of the claimed lane; a failure keeps it for later.

    Sending happens before the outbox is told: a crash between the two sends the message again,
    with the same id. What the channel is to remember of the message's thread stands in the same
    transaction as that it was delivered: either both are so, or the message is sent again with
    what was remembered before. Raises StaleLeaseError and StoreError.
    """
    first = tools.outbox.first(claim)
    if first is None:
        tools.outbox.empty(claim)
        return
    name, message = first
    channel = tools.channels.get(name)
    if channel is None:
        wait_s = tools.outbox.failed(claim, f"the channel {name} is not configured here", None)
        logger.warning("A message for %s waits: it is not configured; again in %d s", name, wait_s)
        return
    thread = message.thread
    remembered = tools.threads.recall(name, thread) if thread else None
    try:
        remember = channel.send(message, remembered)
    except RemoteError as error:
        wait_s = tools.outbox.failed(claim, plain(str(error)), error.retry_after)
        logger.warning("Could not tell %s (%s); again in %d s", name, error, wait_s)
        return
    writes = thread_writes(name, thread, remember) if thread and remember else []
    tools.outbox.delivered(claim, writes)
    logger.info("Told %s: %s (%s)", name, message.kind, message.subject)
