"""The outbox: messages that were decided and not yet delivered.

A lane holds the messages of one channel about one subject, in order. It stands in the due set
`lanes` while it has any: claim, back-off and recovery are the due set's.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.message import Message
from watchdog.core.routing import Routes
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Claim, DueSet, Write

BACKOFF_S = (1, 5, 15, 60, 300, 600)

_MESSAGE = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Posting:
    """Messages on their way into the outbox: the writes, and the lanes to wake."""

    writes: list[Write]
    announce: list[tuple[str, str]]


def post(messages: Iterable[Message], routes: Routes) -> Posting:
    """Put each message into its lane of every channel that it goes to."""
    writes: list[Write] = []
    announce: list[tuple[str, str]] = []
    for message in messages:
        packed = _MESSAGE.dump_json(message)
        for channel in routes.channels_of(message):
            member = f"{channel}|{message.subject}"
            writes.append(("RPUSH", keys.lane(member), packed))
            announce.append((keys.LANES, member))
    return Posting(writes, announce)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Messages that a channel did not take; `reason` is why most of their last attempts failed."""

    channel: str
    messages: int
    reason: str


def undelivered(client: redis.Redis) -> tuple[Undelivered, ...]:
    """Read what failed to be delivered and is tried again, by channel; raises StoreError."""
    with store_errors("reading the outbox"):
        # Any: the library's types leave open whether replies are decoded; they are not.
        reasons: Any = client.hgetall(keys.LANE_ERRORS)
        pipeline = client.pipeline(transaction=False)
        for member in reasons:
            pipeline.llen(keys.lane(member.decode()))
        waiting = dict(zip(reasons, pipeline.execute(), strict=True))
    channels: dict[str, Counter[str]] = {}
    for member, count in waiting.items():
        name = member.decode().partition("|")[0]
        channels.setdefault(name, Counter())[reasons[member].decode()] += count
    return tuple(
        Undelivered(name, said.total(), said.most_common(1)[0][0])
        for name, said in sorted(channels.items())
        if said.total()
    )


class Outbox:
    """Hands out the first message of each lane that is due; every method raises StoreError."""

    def __init__(self, client: redis.Redis, lanes: DueSet) -> None:
        self._client = client
        self._lanes = lanes

    def first(self, claim: Claim) -> tuple[str, Message] | None:
        """Read the channel and the first message of a lane; None if it is empty."""
        with store_errors("reading the outbox"):
            packed = self._client.lindex(keys.lane(claim.member), 0)
        channel = claim.member.partition("|")[0]
        return (channel, _MESSAGE.validate_json(packed)) if packed else None

    def delivered(self, claim: Claim, writes: Iterable[Write] = ()) -> None:
        """Take the first message out and write what follows from it, in one transaction.

        The rest of the lane is due at once.
        """
        with store_errors("reading the outbox"):
            left = int(self._client.llen(keys.lane(claim.member))) - 1
        taken: list[Write] = [
            ("LPOP", keys.lane(claim.member)),
            ("HDEL", keys.LANE_ATTEMPTS, claim.member),
            ("HDEL", keys.LANE_ERRORS, claim.member),
        ]
        again_in = 0 if left > 0 else None
        self._lanes.complete(claim, next_in_ms=again_in, writes=[*taken, *writes])

    def failed(self, claim: Claim, reason: str, retry_after_s: float | None) -> float:
        """Keep the message for a later attempt and return in how many seconds that is."""
        with store_errors("noting a failed delivery"):
            attempts = int(self._client.hincrby(keys.LANE_ATTEMPTS, claim.member, 1))
            self._client.hset(keys.LANE_ERRORS, claim.member, reason)
        delay = BACKOFF_S[min(attempts, len(BACKOFF_S)) - 1]
        wait_s = min(max(delay, retry_after_s or 0), BACKOFF_S[-1])
        self._lanes.give_back(claim, in_ms=round(wait_s * 1000))
        return wait_s

    def empty(self, claim: Claim) -> None:
        """Take an empty lane out of the due set."""
        self._lanes.complete(claim, next_in_ms=None)
