"""A tag that changes all the time is told to do so, and summed up when it is calm again.

While it flaps no bad build is told by itself; what people were told of before is told to have
ended. It is summed up every while that it goes on, so that nobody takes silence for calm.
"""

from dataclasses import replace
from datetime import datetime

from watchdog.core.incident import remind
from watchdog.core.memory import Flapping, TagMemory
from watchdog.core.rule import FlappingRule
from watchdog.core.telling import Followed, Telling

CHANGES = frozenset({Telling.WRONG, Telling.WRONG_AGAIN, Telling.WAS_WRONG, Telling.RIGHT})
"""What counts as a change of a tag; that the watchdog put a build back is none of its own."""
_UNTOLD_MEANWHILE = frozenset(
    {
        Telling.WRONG,
        Telling.WRONG_AGAIN,
        Telling.WAS_WRONG,
        Telling.REMINDER,
        Telling.LAST_REMINDER,
    }
)


def calm(followed: Followed, rule: FlappingRule, now: datetime) -> Followed:
    """Keep back what a flapping tag would tell; it is summed up when nothing changes any more."""
    memory, tellings = followed.memory, followed.tellings
    count = sum(telling in CHANGES for telling in tellings)
    if flapping := memory.flapping:
        return _flapping(_hushed(followed), flapping, count, now)
    recent = [at for at in memory.changes if now - at < rule.within]
    changes = (*recent, *([now] * count))[-rule.changes - 1 :]
    if not count or len(changes) <= rule.changes:
        return replace(followed, memory=replace(memory, changes=tuple(changes)))
    begun = Flapping(changes[0], now, len(changes), rule.within, told=now)
    hushed = _hushed(replace(followed, memory=replace(memory, changes=(), flapping=begun)))
    return replace(hushed, tellings=(*hushed.tellings, Telling.FLAPPING))


def next_summary(memory: TagMemory) -> datetime | None:
    """Say when a flapping tag is summed up next: because it is calm, or has not been for long."""
    flapping = memory.flapping
    return min(flapping.last, flapping.told) + flapping.within if flapping else None


def _flapping(followed: Followed, flapping: Flapping, count: int, now: datetime) -> Followed:
    """Count on; sum up what has gone on for a while, and what is over."""
    memory, tellings = followed.memory, followed.tellings
    if not count and now - flapping.last >= flapping.within:
        ended = remind(replace(memory, flapping=None), now)
        return replace(ended, tellings=(*tellings, Telling.SETTLED, *ended.tellings))
    if count:
        flapping = replace(flapping, last=now, changes=flapping.changes + count)
    if now - flapping.told >= flapping.within:
        flapping, tellings = replace(flapping, told=now), (*tellings, Telling.FLAPPING)
    return replace(followed, memory=replace(memory, flapping=flapping), tellings=tellings)


def _hushed(followed: Followed) -> Followed:
    """Keep back what is not told now, and note that it was not."""
    memory, incident, closed = followed.memory, followed.memory.incident, followed.closed
    kept = [telling for telling in followed.tellings if telling not in _UNTOLD_MEANWHILE]
    if closed and not closed.told_at:
        kept = [telling for telling in kept if telling is not Telling.REVERTED]
    if incident and Telling.WRONG in followed.tellings:
        incident = replace(incident, told_at=None)
    elif incident and Telling.WRONG_AGAIN in followed.tellings:
        incident = replace(incident, unheard=True)
    return replace(followed, memory=replace(memory, incident=incident), tellings=tuple(kept))
