"""A tag that changes all the time is told once to do so, and summed up when it is calm again."""

from dataclasses import replace
from datetime import datetime

from watchdog.core.memory import Flapping, TagMemory
from watchdog.core.rule import FlappingRule
from watchdog.core.telling import Followed, Telling

CHANGES = frozenset(
    {
        Telling.WRONG,
        Telling.WRONG_AGAIN,
        Telling.WAS_WRONG,
        Telling.RIGHT,
        Telling.REVERTED,
        Telling.OVERTAKEN,
    }
)
"""What counts as a change of a tag."""
_UNTOLD_MEANWHILE = CHANGES | {Telling.REMINDER, Telling.REVERT_FAILED}


def calm(followed: Followed, rule: FlappingRule, now: datetime) -> Followed:
    """Keep back what a flapping tag would tell; it is summed up when nothing changes any more."""
    memory, tellings = followed.memory, followed.tellings
    count = sum(telling in CHANGES for telling in tellings)
    if flapping := memory.flapping:
        return _flapping(followed, flapping, count, now)
    recent = [at for at in memory.changes if now - at < rule.within]
    changes = (*recent, *([now] * count))[-rule.changes - 1 :]
    if not count or len(changes) <= rule.changes:
        return replace(followed, memory=replace(memory, changes=tuple(changes)))
    begun = Flapping(changes[0], now, len(changes), rule.within)
    kept = tuple(telling for telling in tellings if telling not in CHANGES)
    memory = replace(memory, changes=(), flapping=begun)
    return replace(followed, memory=memory, tellings=(*kept, Telling.FLAPPING))


def settles_at(memory: TagMemory) -> datetime | None:
    """Say when a flapping tag is calm again, unless it changes once more."""
    return memory.flapping.last + memory.flapping.within if memory.flapping else None


def _flapping(followed: Followed, flapping: Flapping, count: int, now: datetime) -> Followed:
    kept = tuple(t for t in followed.tellings if t not in _UNTOLD_MEANWHILE)
    if count:
        flapping = replace(flapping, last=now, changes=flapping.changes + count)
        memory = replace(followed.memory, flapping=flapping)
        return replace(followed, memory=memory, tellings=kept)
    if now - flapping.last < flapping.within:
        return replace(followed, tellings=kept)
    memory = replace(followed.memory, flapping=None)
    return replace(followed, memory=memory, tellings=(*kept, Telling.SETTLED))
