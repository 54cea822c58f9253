"""The life of an incident: opened, joined, acknowledged, reminded of, resolved.

A pure state machine: from the memory before and after a look to the incident and what is to be
told. The words themselves are `wording`'s.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from watchdog.core.conditions import is_there
from watchdog.core.doubt import may_be_taken_back, unconfirmed
from watchdog.core.incident_record import (
    BUILDS_MAX,
    Acknowledgement,
    BadBuild,
    Entry,
    Happening,
    Incident,
    noted,
)
from watchdog.core.memory import Move, TagMemory
from watchdog.core.rule import Enforce, Rule
from watchdog.core.telling import Followed, Telling
from watchdog.core.verdict import TOLD_THOUGH_ACCEPTED, Code, Finding, Outcome

REMIND_AFTER = (
    timedelta(hours=1),
    timedelta(hours=6),
    *(timedelta(days=day) for day in range(1, 6)),
)
"""When people are reminded, counted from when they were told; once more a day later, the last."""
LAST_REMINDER_AFTER = REMIND_AFTER[-1] + timedelta(days=1)


def follow(
    before: TagMemory, after: TagMemory, rule: Rule, now: datetime, *, silenced: bool = False
) -> Followed:
    """Follow a look: `after` has the new verdict, its incident is still the one before.

    While `silenced`, nothing of an incident is told; it is when the silence ends.
    """
    there = is_there(after, rule)
    followed = _judged(before, there.memory, rule, now, silenced=silenced)
    return replace(followed, tellings=(*there.tellings, *followed.tellings))


def remind(memory: TagMemory, now: datetime, *, silenced: bool = False) -> Followed:
    """Tell of an open incident what is due: that it is open, or still is."""
    incident = memory.incident
    if not incident or silenced:
        return Followed(memory)
    if incident.told_at is None:
        told = replace(memory, incident=replace(incident, told_at=now, reminded_from=now))
        return Followed(told, (Telling.WRONG,))
    if incident.unheard:
        told = replace(memory, incident=replace(incident, unheard=False))
        return Followed(told, (Telling.WRONG_AGAIN,))
    due, began = reminder_due(memory), incident.reminded_from or incident.told_at
    if due is None or now < due:
        return Followed(memory)
    # One reminder stands for all that nobody was there to send.
    steps = sum(began + after <= now for after in (*REMIND_AFTER, LAST_REMINDER_AFTER))
    last = steps > len(REMIND_AFTER)
    reminded = replace(incident, reminders=steps)
    words = "the last reminder" if last else f"reminder {steps}"
    incident = noted(reminded, Entry(now, Happening.REMINDED, words))
    telling = Telling.LAST_REMINDER if last else Telling.REMINDER
    return Followed(replace(memory, incident=incident), (telling,))


def reminder_due(memory: TagMemory) -> datetime | None:
    """Say when people are reminded next; None if they are not, for what they know of."""
    incident = memory.incident
    if not incident or not incident.told_at or incident.reminders > len(REMIND_AFTER):
        return None
    if incident.acknowledged and incident.acknowledged.digest == memory.digest:
        return None
    began = incident.reminded_from or incident.told_at
    return began + (*REMIND_AFTER, LAST_REMINDER_AFTER)[incident.reminders]


def acknowledge(memory: TagMemory, answer: Acknowledgement) -> Followed:
    """Take a person's word that they know of this very build of an open incident."""
    incident = memory.incident
    known = incident.acknowledged if incident else None
    if not incident or not incident.build(answer.digest) or answer.digest != memory.digest:
        return Followed(memory)
    if known and known.digest == answer.digest:
        return Followed(memory)
    entry = Entry(answer.at, Happening.ACKNOWLEDGED, answer.reason, answer.digest, answer.by)
    incident = noted(replace(incident, acknowledged=answer, unheard=False), entry)
    return Followed(replace(memory, incident=incident), (Telling.ACKNOWLEDGED,))


def tell_passed(
    before: TagMemory,
    followed: Followed,
    wrong: Sequence[Move],
    now: datetime,
    *,
    silenced: bool = False,
) -> Followed:
    """Tell once of the bad builds that the tag held since the last look and holds no more.

    They belong to the incident that is open or has just ended; without one they are an incident
    that is over. What was told of already, or rests on findings that a second look may take back,
    is in the history alone.
    """
    told = before.incident.digests if before.incident else ()
    news = [row for row in wrong if row.digest not in told and not may_be_taken_back(row.findings)]
    builds = tuple(build for row in news if (build := _passed(row, now)))
    if not builds:
        return followed
    tellings = (*(() if silenced else (Telling.WAS_WRONG,)), *followed.tellings)
    memory, closed = followed.memory, followed.closed
    if memory.incident:
        memory = replace(memory, incident=_all_joined(memory.incident, builds, now))
    elif closed:
        closed = _all_joined(closed, builds, now)
    else:
        opened = Entry(now, Happening.OPENED, builds[0].detail, builds[0].digest)
        number, since = f"{memory.number}-passed", builds[0].since
        told_at = None if silenced else now
        over = Incident(number, now, since, builds, told_at=told_at, story=(opened,))
        closed = _resolved(over, now, news[-1].until or now, "another build took its place")
    return Followed(memory, tellings, closed)


def tell_unreverted(memory: TagMemory, now: datetime, words: str = "") -> Followed:
    """Tell once of each build of an incident that it could not be put back."""
    incident, digest = memory.incident, memory.digest
    build = incident.build(digest) if incident else None
    if not incident or not build or build.unreverted:
        return Followed(memory)
    known = _with_build(incident, replace(build, unreverted=True))
    known = noted(known, Entry(now, Happening.REVERT_FAILED, words, digest))
    return Followed(replace(memory, incident=known), (Telling.REVERT_FAILED,))


def tell_overtaken(memory: TagMemory, now: datetime, words: str) -> Followed:
    """Tell that a push came while the trusted build was put back."""
    incident = memory.incident
    if incident:
        entry = Entry(now, Happening.OVERTAKEN, words, memory.digest)
        memory = replace(memory, incident=noted(incident, entry))
    return Followed(memory, (Telling.OVERTAKEN,))


def heard(followed: Followed, *, silenced: bool) -> Followed:
    """Drop what people do not want to hear, or what is about something they were never told of."""
    incident = followed.closed or followed.memory.incident
    if not silenced or (followed.closed and incident and incident.told_at):
        return followed
    return replace(followed, tellings=())


def close(memory: TagMemory, now: datetime, words: str) -> Followed:
    """End an incident that nobody is to hear of any more; those who were told hear that."""
    incident = memory.incident
    told = incident is not None and incident.told_at is not None
    closed = _resolved(incident, now, now, words)
    return Followed(replace(memory, incident=None), (Telling.CLOSED,) if told else (), closed)


def put_back(memory: TagMemory, now: datetime, words: str = "", by: str = "") -> Followed:
    """End the incident: the trusted build was put back, because somebody ordered it or by rule."""
    incident = memory.incident
    said = f"{by or 'the watchdog'} put the trusted build back"
    closed = _resolved(incident, now, now, f"{said}; {words}" if words else said)
    return Followed(replace(memory, incident=None), (Telling.REVERTED,), closed)


def _judged(
    before: TagMemory, after: TagMemory, rule: Rule, now: datetime, *, silenced: bool
) -> Followed:
    """Open an incident, let a build join it, remind of it, or end it."""
    if rule.enforce is Enforce.OBSERVE:
        return close(after, now, "the rule only observes now")
    outcome = after.verdict.outcome
    if outcome is Outcome.REJECTED and not unconfirmed(after, now):
        return _wrong(before, after, now, silenced=silenced)
    if outcome is not Outcome.ACCEPTED:
        return remind(after, now, silenced=silenced)
    incident = after.incident
    tellings: tuple[Telling, ...] = (Telling.RIGHT,) if incident and incident.told_at else ()
    news = TOLD_THOUGH_ACCEPTED.intersection(after.verdict.codes)
    if news and (before.digest != after.digest or news.isdisjoint(before.verdict.codes)):
        tellings += (Telling.INFORMATION,)
    since = after.since if before.digest != after.digest and after.since else now
    closed = _resolved(incident, now, since, _closing(before, after))
    return Followed(replace(after, incident=None), tellings, closed)


def _wrong(before: TagMemory, memory: TagMemory, now: datetime, *, silenced: bool) -> Followed:
    """Open an incident, or let a further bad build join it; the same build is told once."""
    build = _bad(memory, now)
    if not build:  # Defensive: a rejected verdict is about some digest.
        return Followed(memory)
    incident = memory.incident
    if not incident:
        entry = Entry(now, Happening.OPENED, build.detail, build.digest)
        opened = Incident(f"{memory.number}", now, build.since, (build,), story=(entry,))
        return remind(replace(memory, incident=opened), now, silenced=silenced)
    known = incident.build(build.digest)
    if known and before.digest == build.digest:
        return remind(memory, now, silenced=silenced)
    unheard = silenced and bool(incident.told_at) and (incident.unheard or not known)
    joined = replace(memory, incident=replace(_joined(incident, build, now), unheard=unheard))
    if known or silenced or incident.told_at is None:
        return remind(joined, now, silenced=silenced)
    return Followed(joined, (Telling.WRONG_AGAIN,))


def _bad(memory: TagMemory, now: datetime) -> BadBuild | None:
    if not memory.digest:
        return None
    why = _rejecting(memory.findings)
    return BadBuild(
        memory.digest,
        memory.since or now,
        why.code if why else None,
        why.detail if why else "",
        memory.source,
        memory.revision,
    )


def _passed(row: Move, now: datetime) -> BadBuild | None:
    why = _rejecting(row.findings)
    if not row.digest or not why:  # Defensive: such a row is of a rejected digest.
        return None
    since = row.since or now
    return BadBuild(row.digest, since, why.code, why.detail, row.source, row.revision)


def _rejecting(findings: Sequence[Finding]) -> Finding | None:
    return next((f for f in findings if f.outcome is Outcome.REJECTED), None)


def _joined(incident: Incident, build: BadBuild, now: datetime) -> Incident:
    """Let a build join, or come again; an acknowledgement is for the build it was given for."""
    known = incident.build(build.digest)
    if known:
        counted = _with_build(incident, replace(known, times=known.times + 1))
        return noted(counted, Entry(now, Happening.CAME_AGAIN, "", build.digest))
    builds = sorted((*incident.builds, build), key=lambda one: one.since)
    joined = replace(
        incident,
        builds=tuple(builds[-BUILDS_MAX:]),
        acknowledged=None,
        reminders=0,
        reminded_from=now,
    )
    return noted(joined, Entry(now, Happening.JOINED, build.detail, build.digest))


def _all_joined(incident: Incident, builds: Sequence[BadBuild], now: datetime) -> Incident:
    for build in builds:
        incident = _joined(incident, build, now)
    return incident


def _with_build(incident: Incident, build: BadBuild) -> Incident:
    builds = (build if old.digest == build.digest else old for old in incident.builds)
    return replace(incident, builds=tuple(builds))


def _resolved(
    incident: Incident | None, now: datetime, right_since: datetime, closing: str
) -> Incident | None:
    if not incident:
        return None
    entry = Entry(now, Happening.RESOLVED, closing)
    ended = replace(incident, resolved_at=now, right_since=right_since, closing=closing)
    return noted(ended, entry)


def _closing(before: TagMemory, after: TagMemory) -> str:
    """Say what made the tag right again."""
    codes = after.verdict.codes
    if Code.APPROVED in codes:
        return after.findings[0].detail
    if Code.RESTORED in codes:
        return "a person restored a build that was trusted before"
    if before.digest == after.digest:
        return "the same build is accepted now: the policy or the source has changed"
    return "the trusted build is back" if Code.UNCHANGED in codes else "a right build was pushed"
