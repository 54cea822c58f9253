"""Who is told what, and when: a tag going wrong, staying wrong, being right again.

A pure state machine: from the memory before and after a look to the incident and what is to be
told. The words themselves are `wording`'s.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from watchdog.core.conditions import is_there
from watchdog.core.doubt import may_be_taken_back, unconfirmed
from watchdog.core.memory import Incident, Move, TagMemory
from watchdog.core.rule import Enforce, Rule
from watchdog.core.telling import Followed, Telling
from watchdog.core.verdict import TOLD_THOUGH_ACCEPTED, Outcome

TOLD_DIGESTS_MAX = 100


def follow(before: TagMemory, after: TagMemory, rule: Rule, now: datetime) -> Followed:
    """Follow a look: `after` has the new verdict, its incident is still the one before."""
    there = is_there(after, rule)
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
    news = [row for row in wrong if row.digest not in told and not may_be_taken_back(row.findings)]
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
