"""How the channels fare, read from what lanes and workers left: for the page and a chore."""

from collections.abc import Mapping
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.channel_health import ChannelState, ChannelTold, Failure
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write
from watchdog.store.outbox import channel_of
from watchdog.store.records import moment

_FAILURE = TypeAdapter(Failure)
_TOLD = TypeAdapter(ChannelTold)


class Channels:
    """Reads how the channels fare; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def states(self) -> tuple[ChannelState, ...]:
        """Say of each channel that there is, or that messages wait for, how it fares."""
        with store_errors("reading how the channels fare"):
            kinds = _words(self._client.hgetall(keys.CHANNELS))
            delivered = _words(self._client.hgetall(keys.CHANNELS_DELIVERED))
            given_up = _words(self._client.hgetall(keys.CHANNELS_GIVEN_UP))
            failures = self._client.hgetall(keys.LANE_FAILURES)
            waiting = self._waiting()
        failing = _worst(failures)
        return tuple(
            ChannelState(
                name,
                kinds.get(name, ""),
                moment(int(delivered[name])) if name in delivered else None,
                waiting.get(name, 0),
                failing.get(name),
                int(given_up.get(name, 0)),
            )
            for name in dict.fromkeys((*kinds, *sorted({*waiting, *failing})))
        )

    def told(self) -> dict[str, ChannelTold]:
        """Read what people were told of channels."""
        with store_errors("reading what was told of the channels"):
            packed = self._client.hgetall(keys.CHANNELS_TOLD)
        return {name.decode(): _TOLD.validate_json(text) for name, text in packed.items()}

    def _waiting(self) -> dict[str, int]:
        """Count the messages of each channel that wait, in whatever lane."""
        due, leased = keys.due_keys(keys.LANES)[:2]
        lanes = {*self._client.zrange(due, 0, -1), *self._client.zrange(leased, 0, -1)}
        names = [lane.decode() for lane in lanes]
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            pipeline.llen(keys.lane(name))
        counts: dict[str, int] = {}
        for name, count in zip(names, pipeline.execute(), strict=True):
            if count:
                counts[channel_of(name)] = counts.get(channel_of(name), 0) + count
        return counts


def channels_writes(kinds: Mapping[str, str]) -> list[Write]:
    """Say which channels there are, and of which kind."""
    pairs = [word for pair in kinds.items() for word in pair]
    return [("DEL", keys.CHANNELS), *([("HSET", keys.CHANNELS, *pairs)] if pairs else [])]


def told_writes(name: str, told: ChannelTold) -> list[Write]:
    """Keep what people were told of a channel."""
    return [("HSET", keys.CHANNELS_TOLD, name, _TOLD.dump_json(told))]


def _words(packed: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): text.decode() for name, text in packed.items()}


def _worst(failures: Mapping[bytes, bytes]) -> dict[str, Failure]:
    """Find the failure of each channel that says most: a refusal, else the oldest."""
    worst: dict[str, Failure] = {}
    for lane, packed in failures.items():
        name, failure = channel_of(lane.decode()), _FAILURE.validate_json(packed)
        known = worst.get(name)
        if known is None or _weight(failure) < _weight(known):
            worst[name] = failure
    return worst


def _weight(failure: Failure) -> tuple[bool, float]:
    return failure.refused_since is None, failure.since.timestamp()
