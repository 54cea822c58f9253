"""When a tag is looked at next."""

from datetime import datetime, timedelta
from itertools import accumulate

from watchdog.core.conditions import DELETED_AFTER
from watchdog.core.doubt import CONFIRM_AFTER, unconfirmed
from watchdog.core.flapping import next_summary
from watchdog.core.incident import reminder_due
from watchdog.core.memory import TagMemory
from watchdog.core.rule import Rule
from watchdog.core.verdict import ConditionCode

# A hook that finds nothing new may have come before a lagging replica: look again after these.
REPEAT_AFTER = tuple(timedelta(seconds=s) for s in (2, 5, 15, 60))
# A registry's log may come after the move that it tells of: it is asked again as often. Meanwhile
# nothing is put back that a person may have moved.
LOG_ASKED_AFTER = tuple(accumulate(REPEAT_AFTER))
LOG_GRACE = LOG_ASKED_AFTER[-1]
LOG_ASKED_FOR = timedelta(hours=1)
"""For so long it is asked at each look what is missing in the history."""
FAILED_AFTER = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, 60, 120, 300))
UNREADABLE_AFTER = timedelta(hours=1)
ABANDONED_LEASES_MAX = 3


def repeats(before: TagMemory, after: TagMemory, *, announced: bool) -> int:
    """Count the looks in a row, after a hook, that found nothing new (0: no repeat is wanted)."""
    if before.digest != after.digest:
        return 0
    if announced:
        return 1
    return before.repeats + 1 if 0 < before.repeats <= len(REPEAT_AFTER) else 0


def next_look(memory: TagMemory, rule: Rule, look_every: timedelta, now: datetime) -> timedelta:
    """Say how long to wait: until the timed look, or earlier where something is open.

    What is overdue already waits for the timed look: a look has just been at it, in vain.
    """
    waits = [look_every]
    if memory.verdict.blind:
        waits.append(FAILED_AFTER[min(max(memory.failures, 1), len(FAILED_AFTER)) - 1])
    elif 0 < memory.repeats <= len(REPEAT_AFTER):
        waits.append(REPEAT_AFTER[memory.repeats - 1])
    if unconfirmed(memory, now) and memory.doubted_since:
        waits.append(memory.doubted_since + CONFIRM_AFTER - now)
    takes = {ConditionCode.LAGGING: rule.max_lag, ConditionCode.DELETED: DELETED_AFTER}
    waits += [
        condition.since + lasted - now
        for condition in memory.conditions
        if (lasted := takes[condition.code]) and not condition.in_force
    ]
    if memory.sought_since:
        waits += [memory.sought_since + after - now for after in LOG_ASKED_AFTER]
    waits += [due - now for due in (reminder_due(memory), next_summary(memory)) if due]
    return min(wait for wait in waits if wait > timedelta())
