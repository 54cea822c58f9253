"""Figures for monitoring: how late the due sets are, and what waits in the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.message import Message
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.outbox import channel_of
from watchdog.store.records import moment

DUE_SETS = (keys.LOOKS, keys.LANES, keys.CHORES)

_MESSAGE = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class DueFigures:
    """One due set: how many members wait, how many are leased.

    `earliest` is when the first of them is, or was, due, or its lease runs out: in the past for
    what nobody has claimed in time, and for what a dead worker held.
    """

    waiting: int
    leased: int
    earliest: datetime | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits for one channel, and when the oldest of it was written."""

    messages: int
    oldest: datetime


class Figures:
    """Reads the figures; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def due_sets(self) -> dict[str, DueFigures]:
        """Read how each due set stands, by its name."""
        pipeline = self._client.pipeline(transaction=False)
        for name in DUE_SETS:
            for key in keys.due_keys(name)[:2]:
                pipeline.zcard(key)
                pipeline.zrange(key, 0, 0, withscores=True)
        with store_errors("counting what is due"):
            replies = pipeline.execute()
        return {name: _due_figures(*replies[4 * n : 4 * n + 4]) for n, name in enumerate(DUE_SETS)}

    def outbox(self) -> dict[str, Backlog]:
        """Read what waits for each channel, in whatever lane; a channel without has none."""
        with store_errors("reading the outbox"):
            lanes = self._lanes()
            pipeline = self._client.pipeline(transaction=False)
            for lane in lanes:
                pipeline.llen(keys.lane(lane))
                pipeline.lindex(keys.lane(lane), 0)
            replies = pipeline.execute()
        backlogs: dict[str, Backlog] = {}
        for lane, count, first in zip(lanes, replies[::2], replies[1::2], strict=True):
            if first:
                waits = Backlog(count, _MESSAGE.validate_json(first).at)
                channel = channel_of(lane)
                backlogs[channel] = _together(backlogs.get(channel), waits)
        return backlogs

    def _lanes(self) -> list[str]:
        due, leased = keys.due_keys(keys.LANES)[:2]
        names: Iterable[bytes] = {
            *self._client.zrange(due, 0, -1),
            *self._client.zrange(leased, 0, -1),
        }
        return sorted(name.decode() for name in names)


def _due_figures(
    waiting: int,
    first_due: list[tuple[bytes, float]],
    leased: int,
    first_lease: list[tuple[bytes, float]],
) -> DueFigures:
    times = [score for _, score in (*first_due, *first_lease)]
    return DueFigures(waiting, leased, moment(min(times)) if times else None)


def _together(known: Backlog | None, more: Backlog) -> Backlog:
    if known is None:
        return more
    return replace(
        known, messages=known.messages + more.messages, oldest=min(known.oldest, more.oldest)
    )
