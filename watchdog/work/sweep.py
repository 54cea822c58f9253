"""What concerns all tags at once: making them due, and the outages that many of them share.

A chore is done by one worker at a time: it is a member of a due set like any other.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from watchdog.core.message import Message
from watchdog.core.outage import Outage, outage_message
from watchdog.core.telling import Telling
from watchdog.store.answering import SILENCES_CHORE
from watchdog.store.due import Claim, Write
from watchdog.store.outbox import CHANNELS_CHORE, post
from watchdog.store.records import (
    OutageRecord,
    moment,
    outage_forgotten_writes,
    outage_told_writes,
)
from watchdog.work import heartbeat, renew
from watchdog.work.channels import follow_channels
from watchdog.work.quay_hooks import check_hooks
from watchdog.work.quay_moves import CHORE, list_namespace, quay_chores
from watchdog.work.quay_token import CHECK_ACCESS, check_access
from watchdog.work.self_check import SELF_CHECK, check_self
from watchdog.work.silences import end_silences
from watchdog.work.tools import Tools

SPREAD_MS = 60_000
OUTAGE_TOLD_AFTER = timedelta(minutes=15)
OUTAGES_EVERY_MS = 15_000


def make_all_due(tools: Tools) -> int:
    """Make every watched tag and base due within a minute; returns how many there are.

    Done at every start and at every return of the store: whatever hook was answered meanwhile,
    its tag is looked at.
    """
    policy = tools.policy
    known = (tag for tag in tools.records.tags() if policy.rule_for(tag))
    tags = dict.fromkeys((*policy.bases, *policy.literal_tags, *known))
    # Spread, so that a thousand tags are not a thousand requests in one second; not a secret.
    delays = ((str(tag), random.randrange(SPREAD_MS)) for tag in tags)  # noqa: S311
    tools.looks.schedule(delays)
    for chore in CHORES:
        tools.chores.announce(chore)
    # What failed is tried at once: a reload may have repaired its channel.
    tools.lanes.schedule((lane, 0) for lane in tools.outbox.failing())
    lists = quay_chores(policy)
    tools.chores.schedule((chore, random.randrange(SPREAD_MS)) for chore in lists)  # noqa: S311
    return len(tags)


def do_chore(tools: Tools, claim: Claim) -> None:
    """Do the claimed chore and complete it; raises StaleLeaseError and StoreError."""
    chore = CHORES.get(claim.member) or CHORES_OF.get(claim.member.partition(":")[0])
    if chore is None:
        tools.chores.drop(claim)
        tools.undone.end(claim.member)
        return
    tools.undone.begin(claim.member, moment(claim.now_ms))
    chore(tools, claim)
    tools.undone.end(claim.member)


def tell_outages(tools: Tools, claim: Claim) -> None:
    """Tell of each outage once it has lasted and once when it is over, for all its tags."""
    now = moment(claim.now_ms)
    writes: list[Write] = []
    messages: list[Message] = []
    for subject, record in tools.records.outages().items():
        told, changed = _outage_step(tools, subject, record, now)
        writes += changed
        messages += told
    posting = post(messages, tools.routes)
    tools.chores.complete(
        claim,
        next_in_ms=OUTAGES_EVERY_MS,
        writes=[*writes, *posting.writes],
        announce=posting.announce,
    )


def _outage_step(
    tools: Tools, subject: str, record: OutageRecord, now: datetime
) -> tuple[list[Message], list[Write]]:
    """Say what an outage calls for now: a message, a note, or nothing."""
    count, first = tools.records.outage_tags(subject)
    since = first or record.since
    if not count:
        over = Outage(subject, record.since, record.tags, record.detail)
        messages = [outage_message(Telling.REACHABLE, over, now)] if record.told else []
        return messages, outage_forgotten_writes(subject)
    if record.told or now - since < OUTAGE_TOLD_AFTER:
        return [], []
    outage = Outage(subject, since, count, record.detail)
    told = OutageRecord(since, record.detail, told=True, tags=count)
    return [outage_message(Telling.UNREACHABLE, outage, now)], outage_told_writes(subject, told)


CHORES: dict[str, Callable[[Tools, Claim], None]] = {
    CHANNELS_CHORE: follow_channels,
    "outages": tell_outages,
    SILENCES_CHORE: end_silences,
    "quay-hooks": check_hooks,
    CHECK_ACCESS: check_access,
    heartbeat.CHORE: heartbeat.beat,
    renew.CHORE: renew.renew_alerts,
    SELF_CHECK: check_self,
}
CHORES_OF: dict[str, Callable[[Tools, Claim], None]] = {CHORE: list_namespace}
"""Chores of which there are several: their name, a colon, and what each is about."""
