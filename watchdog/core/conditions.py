"""What is wrong with a tag rather than with a build: it lags, or it is gone."""

from dataclasses import replace
from datetime import datetime, timedelta

from watchdog.core.commits import Lead
from watchdog.core.memory import Condition, TagMemory
from watchdog.core.rule import Enforce, Rule
from watchdog.core.telling import Followed, Telling
from watchdog.core.verdict import ConditionCode

DELETED_AFTER = timedelta(seconds=30)
"""A registry must say for so long that it has no such tag: its replicas lag."""


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


def is_there(memory: TagMemory, rule: Rule) -> Followed:
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
