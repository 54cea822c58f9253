"""The chore that says that the watchdog works, to a dead man's switch: a GET after each full sweep.

It says that looks are taken in time, chores end and messages are sent off, no more: that a registry
is away is told as an alert, and looks that find that out are looks. While something is late there
is no GET, and the switch raises the alarm that a dead or stuck watchdog cannot.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from watchdog.core.duration import format_duration
from watchdog.core.reference import Tag
from watchdog.errors import RemoteError
from watchdog.notify.post import Call, demand, exchange
from watchdog.store.due import Claim, DueSet
from watchdog.store.records import moment
from watchdog.work.tools import Tools

CHORE = "heartbeat"
LATE_AFTER = timedelta(minutes=5)
"""How long what is due may wait, and how long a chore may take or fail."""
AGAIN_MS = 30_000
"""When it is tried again after a GET that failed, or while something is late."""
TOTAL_TIMEOUT_S = 10.0
NAMED_MAX = 3

logger = logging.getLogger(__name__)


def beat(tools: Tools, claim: Claim) -> None:
    """Send the heartbeat if all is in time; raises StaleLeaseError and StoreError."""
    url = tools.heartbeat_url
    if url is None:
        tools.chores.drop(claim)
        return
    sent = False
    if reasons := list(faults(tools, moment(claim.now_ms))):
        logger.warning("No heartbeat: %s", "; ".join(reasons))
    else:
        sent = _send(url)
    every_ms = round(tools.look_every.total_seconds() * 1000)
    tools.chores.complete(claim, next_in_ms=every_ms if sent else AGAIN_MS)


def faults(tools: Tools, now: datetime) -> Iterator[str]:
    """Say what keeps the watchdog from its work, each in words; raises StoreError."""
    yield from _unseen(tools)
    names = (("looks", tools.looks), ("messages", tools.lanes), ("chores", tools.chores))
    for name, due in names:
        waiting = _waiting(due, now)
        if waiting > LATE_AFTER:
            yield f"{name} have been due for {format_duration(waiting)}"
    for chore, since in sorted(tools.undone.since().items()):
        if chore != CHORE and now - since > LATE_AFTER:
            yield f"the chore {chore} has not ended since {since:%Y-%m-%d %H:%M} UTC"


def _waiting(due: DueSet, now: datetime) -> timedelta:
    """Say how long the member that has been due longest has waited for somebody."""
    oldest = due.oldest_due_ms()
    return now - moment(oldest) if oldest is not None else timedelta()


def _unseen(tools: Tools) -> Iterator[str]:
    """Name tags that nobody has looked at, and those that nobody is to look at again."""
    seen = set(tools.records.tags())
    watched = [
        tag
        for tag in dict.fromkeys((*tools.policy.literal_tags, *seen))
        if tools.policy.rule_for(tag)
    ]
    if new := [tag for tag in watched if tag not in seen]:
        yield f"not looked at yet: {_named(new)}"
    left = [tag for tag in watched if tag in seen]
    # Twice: one that was claimed, or given back, in between is in neither of the first two.
    for read in (tools.records.next_looks, tools.records.lease_ends) * 2:
        known = read(left)
        left = [tag for tag in left if tag not in known]
    if left:
        yield f"never to be looked at again: {_named(left)}"


def _named(tags: list[Tag]) -> str:
    more = f" and {len(tags) - NAMED_MAX} more" if len(tags) > NAMED_MAX else ""
    return f"{', '.join(map(str, tags[:NAMED_MAX]))}{more}"


def _send(url: str) -> bool:
    """Send it, and log if that fails: the host alone, for the rest of the address is a secret."""
    call = Call("the dead man's switch", "GET", url)
    try:
        demand(call, exchange(call, TOTAL_TIMEOUT_S))
    except RemoteError as error:
        logger.warning("No heartbeat arrived: %s", error)
        return False
    logger.debug("Heartbeat sent")
    return True
