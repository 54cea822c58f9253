"""Who is told what, and when: a tag going wrong, staying wrong, being right again.

A pure state machine: from the memory before and after a look to the incident and what is to be
told. The words themselves are `wording`'s.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.commits import Lead
from watchdog.core.memory import Condition, Incident, Move, TagMemory
from watchdog.core.rule import Enforce, Rule
from watchdog.core.verdict import (
    TOLD_THOUGH_ACCEPTED,
    TOLD_WHEN_CONFIRMED,
    ConditionCode,
    Finding,
    Outcome,
)

CONFIRM_AFTER = timedelta(minutes=2)
DELETED_AFTER = timedelta(seconds=30)
"""A registry must say for so long that it has no such tag: its replicas lag."""
TOLD_DIGESTS_MAX = 100


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


def unconfirmed(memory: TagMemory, now: datetime) -> bool:
    """Tell whether a rejection rests on findings that a second look may still take back."""
    if not doubtful(memory) or not memory.doubted_since:
        return False
    return now - memory.doubted_since < CONFIRM_AFTER


def doubtful(memory: TagMemory) -> bool:
    """Tell whether every rejecting finding is of the kind that git may yet explain."""
    return _may_be_taken_back(memory.findings)


def _may_be_taken_back(findings: Iterable[Finding]) -> bool:
    rejected = [f.code for f in findings if f.outcome is Outcome.REJECTED]
    return bool(rejected) and TOLD_WHEN_CONFIRMED.issuperset(rejected)


def with_doubt(before: TagMemory, after: TagMemory, now: datetime) -> TagMemory:
    """Note since when the verdict is a doubtful one, on this digest or on one before it.

    Once a build was told, another one has its own time: git may be behind the registry again.
    """
    told = before.incident is not None and before.digest in before.incident.digests
    anew = told and before.digest != after.digest
    since = (before.doubted_since if not anew else None) or now
    return replace(after, doubted_since=since if doubtful(after) else None)


def follow(before: TagMemory, after: TagMemory, rule: Rule, now: datetime) -> Followed:
    """Follow a look: `after` has the new verdict, its incident is still the one before."""
    there = _is_there(after, rule)
    followed = _judged(before, there.memory, rule, now)
    return Followed(followed.memory, (*there.tellings, *followed.tellings))


def _judged(before: TagMemory, after: TagMemory, rule: Rule, now: datetime) -> Followed:
    """Open an incident, let a build join it, or end it."""
    if rule.enforce is Enforce.OBSERVE:
        return Followed(replace(after, incident=None))
    outcome = after.verdict.outcome
    if outcome is Outcome.REJECTED and not unconfirmed(after, now):
        return _wrong(after, now)
    if outcome is not Outcome.ACCEPTED:
        return Followed(after)
    tellings: tuple[Telling, ...] = (Telling.RIGHT,) if after.incident else ()
    news = TOLD_THOUGH_ACCEPTED.intersection(after.verdict.codes)
    if news and (before.digest != after.digest or news.isdisjoint(before.verdict.codes)):
        tellings += (Telling.INFORMATION,)
    return Followed(replace(after, incident=None), tellings)


def _wrong(memory: TagMemory, now: datetime) -> Followed:
    """Open an incident, or let a further bad build join it; the same build is told once."""
    if not memory.digest:  # Defensive: a rejected verdict is about some digest.
        return Followed(memory)
    incident = memory.incident
    if not incident:
        opened = Incident(f"{memory.number}", now, (memory.digest,))
        return Followed(replace(memory, incident=opened), (Telling.WRONG,))
    if memory.digest in incident.digests:
        return Followed(memory)
    joined = replace(incident, digests=(*incident.digests[1 - TOLD_DIGESTS_MAX :], memory.digest))
    return Followed(replace(memory, incident=joined), (Telling.WRONG_AGAIN,))


def tell_passed(before: TagMemory, after: TagMemory, wrong: Sequence[Move], rule: Rule) -> Followed:
    """Tell once of the bad builds that the tag held since the last look and holds no more.

    They join the incident, if there is one. What was told of already, or rests on findings that a
    second look may take back, is in the history alone.
    """
    told = before.incident.digests if before.incident else ()
    news = [row for row in wrong if row.digest not in told and not _may_be_taken_back(row.findings)]
    if not news or rule.enforce is Enforce.OBSERVE:
        return Followed(after)
    if incident := after.incident:
        joined = dict.fromkeys((*(row.digest for row in news if row.digest), *incident.digests))
        digests = tuple(joined)[-TOLD_DIGESTS_MAX:]
        after = replace(after, incident=replace(incident, digests=digests))
    return Followed(after, (Telling.WAS_WRONG,))


def tell_unreverted(memory: TagMemory) -> Followed:
    """Tell once of each build of an incident that it could not be put back."""
    incident, digest = memory.incident, memory.digest
    if not incident or not digest or digest in incident.unreverted:
        return Followed(memory)
    told = (*incident.unreverted[1 - TOLD_DIGESTS_MAX :], digest)
    noted = replace(memory, incident=replace(incident, unreverted=told))
    return Followed(noted, (Telling.REVERT_FAILED,))


def watch_lag(memory: TagMemory, lead: Lead | None, rule: Rule, now: datetime) -> Followed:
    """Follow the condition `lagging`: a branch has been ahead for longer than the rule allows."""
    old = next((c for c in memory.conditions if c.code is ConditionCode.LAGGING), None)
    others = tuple(c for c in memory.conditions if c.code is not ConditionCode.LAGGING)
    if not lead or rule.max_lag is None:
        over = (Telling.CAUGHT_UP,) if old and old.in_force and rule.max_lag else ()
        return _told(replace(memory, conditions=others), over, rule)
    key = f"{lead.ref} {lead.oldest}"
    same = old if old and old.key == key else None
    since = same.since if same else now
    current = Condition(
        ConditionCode.LAGGING,
        key,
        since,
        f"{lead.ref} is {lead.count} commit{'s' if lead.count > 1 else ''} ahead",
        in_force=now - since >= rule.max_lag,
    )
    tellings: tuple[Telling, ...] = ()
    if old and old.in_force and not same:
        tellings += (Telling.CAUGHT_UP,)
    if current.in_force and not (same and same.in_force):
        tellings += (Telling.LAGGING,)
    return _told(replace(memory, conditions=(*others, current)), tellings, rule)


def watch_deletion(memory: TagMemory, detail: str, rule: Rule, now: datetime) -> Followed:
    """Follow the condition `deleted`: a tag that was seen is gone, and its repository is not.

    It is in force once it was found DELETED_AFTER after the first time. The verdict on the build
    that the tag held, the trust in it and the incident stay as they are.
    """
    old = next((c for c in memory.conditions if c.code is ConditionCode.DELETED), None)
    others = tuple(c for c in memory.conditions if c.code is not ConditionCode.DELETED)
    since = old.since if old else now
    current = Condition(
        ConditionCode.DELETED,
        f"{since.timestamp():.0f}",
        since,
        detail,
        in_force=now - since >= DELETED_AFTER,
    )
    news = current.in_force and not (old and old.in_force)
    after = replace(memory, conditions=(*others, current))
    return _told(after, (Telling.DELETED,) if news else (), rule)


def _is_there(memory: TagMemory, rule: Rule) -> Followed:
    """End the condition `deleted`: the tag was read."""
    old = next((c for c in memory.conditions if c.code is ConditionCode.DELETED), None)
    if not old:
        return Followed(memory)
    others = tuple(c for c in memory.conditions if c is not old)
    tellings = (Telling.RETURNED,) if old.in_force else ()
    return _told(replace(memory, conditions=others), tellings, rule)


def _told(memory: TagMemory, tellings: tuple[Telling, ...], rule: Rule) -> Followed:
    """Keep silent where the rule only observes."""
    return Followed(memory, () if rule.enforce is Enforce.OBSERVE else tellings)
