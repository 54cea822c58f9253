"""What is wrong with the watchdog itself: its conditions, and when people are told of one.

They are apart from the incidents of tags: no verdict knows them. What is wrong is found out anew at
each check; here is what follows from that, and the words are those of `core.self_trouble`. Channels
that fail are told of by `core.channel_health`: that cannot go through all of them.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.duration import format_duration
from watchdog.core.message import Message, Severity, Stage, plain
from watchdog.core.telling import message_id

SUBJECT = "the watchdog"


class SelfCode(StrEnum):
    """What can be wrong with the watchdog: stable words, and the kinds of the messages."""

    SWEEP_LATE = "sweep-late"
    HOOK_DISABLED = "hook-disabled"
    QUAY_ACCESS_LOST = "quay-access-lost"
    MIRROR_FAILING = "mirror-failing"
    STORE_UNSAFE = "store-unsafe"
    STORE_WRITE_FAILED = "store-write-failed"
    DISK_LOW = "disk-low"
    CLOCK_APART = "clock-apart"


TOLD_AFTER = {
    SelfCode.SWEEP_LATE: timedelta(minutes=10),
    # Both were found by a chore that has made sure, and each is a loss already.
    SelfCode.HOOK_DISABLED: timedelta(),
    SelfCode.QUAY_ACCESS_LOST: timedelta(),
    SelfCode.MIRROR_FAILING: timedelta(minutes=15),
    SelfCode.STORE_UNSAFE: timedelta(minutes=5),
    SelfCode.STORE_WRITE_FAILED: timedelta(minutes=5),
    SelfCode.DISK_LOW: timedelta(minutes=15),
    SelfCode.CLOCK_APART: timedelta(minutes=10),
}
"""How long each must have lasted before people are told."""
OVER_AFTER = timedelta(minutes=5)
"""What was told must have been well for so long before it is told to be over."""
TOLD_AGAIN_AFTER = timedelta(days=1)
"""No condition is told to be wrong twice within this, however often it comes and goes."""
REMINDERS_MAX = 7
OVER_KINDS = {code: f"{code}-over" for code in SelfCode} | {
    SelfCode.QUAY_ACCESS_LOST: "quay-access-back"
}
"""The kinds of the messages that one is over."""
SELF_KINDS = (*map(str, SelfCode), *OVER_KINDS.values())
_LAST = "This is the last reminder; the status page shows it until it is over."


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a check found wrong now; `about` tells apart what has the same code.

    `title` says it in one sentence, `over` that it is well again. None of it holds a secret.
    """

    code: SelfCode
    about: str
    title: str
    over: str
    facts: tuple[tuple[str, str], ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What makes it one condition and no other."""
        return f"{self.code}|{self.about}"


@dataclass(frozen=True, slots=True)
class SelfCondition:
    """A trouble that lasts, as it was found last; `over_at` once it is over.

    `told` says whether people know of it; `told_at` is when they last heard that it is wrong, also
    of an earlier time: it outlives the condition by a day. `well_since` is set while nothing of it
    is found and it is not called over yet.
    """

    trouble: Trouble
    since: datetime
    well_since: datetime | None = None
    told: bool = False
    told_at: datetime | None = None
    reminders: int = 0
    over_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is wrong now, or was a moment ago."""
        return self.over_at is None


Step = tuple[SelfCondition | None, Message | None]
"""What is to be kept of a condition after a check, and what to tell."""


def follow_trouble(
    before: SelfCondition | None, found: Trouble | None, now: datetime, link: str | None = None
) -> Step:
    """Bring one condition up to date: told once it has lasted, reminded of daily, and once over."""
    if found is None:
        return _well(before, now, link) if before else (None, None)
    if before is None or not before.is_open:
        condition = SelfCondition(found, now, told_at=before.told_at if before else None)
    else:
        condition = replace(before, trouble=found, well_since=None)
    if not _is_due(condition, now):
        return condition, None
    reminders = condition.reminders + condition.told
    condition = replace(condition, told=True, told_at=now, reminders=reminders)
    return condition, self_message(condition, now, link)


def _is_due(condition: SelfCondition, now: datetime) -> bool:
    """Tell whether people are to hear of it now."""
    if condition.told_at and now - condition.told_at < TOLD_AGAIN_AFTER:
        return False
    if condition.told:
        return condition.reminders < REMINDERS_MAX
    return now - condition.since >= TOLD_AFTER[condition.trouble.code]


def _well(before: SelfCondition, now: datetime, link: str | None) -> Step:
    """Follow what was not found any more; what was told a short while ago is remembered."""
    if before.is_open and before.told:
        well_since = before.well_since or now
        if now - well_since < OVER_AFTER:
            return replace(before, well_since=well_since), None
        over = replace(before, over_at=now, well_since=None)
        return over, self_message(over, now, link)
    if before.told_at is None or now - before.told_at >= TOLD_AGAIN_AFTER:
        return None, None
    return replace(before, over_at=before.over_at or now), None


def self_message(condition: SelfCondition, now: datetime, link: str | None = None) -> Message:
    """Write that a condition is wrong, still is, or is over; its id is that of this one telling."""
    trouble, over = condition.trouble, not condition.is_open
    began = f"{condition.since.timestamp():.0f}"
    last = condition.reminders == REMINDERS_MAX
    since = f"{condition.since:%Y-%m-%d %H:%M} UTC ({format_duration(now - condition.since)})"
    said = () if over else tuple((name, plain(text)) for name, text in trouble.facts)
    return Message(
        id=message_id(trouble.name, f"{began}-{condition.reminders}", "over" if over else "wrong"),
        subject=SUBJECT,
        kind=OVER_KINDS[trouble.code] if over else trouble.code.value,
        severity=Severity.RIGHT if over else Severity.WARNING,
        title=plain(trouble.over if over else trouble.title),
        facts=(("Since", since), *said),
        advice=() if over else (*trouble.advice, *((_LAST,) if last else ())),
        at=now,
        link=link,
        thread=message_id(trouble.name, began, trouble.code),
        since=condition.since,
        stage=Stage.RESOLVED if over else Stage.OPEN,
    )
