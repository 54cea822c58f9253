"""The outbox: messages that were decided and not yet delivered.

A lane holds the messages of one channel about one subject, in order. It stands in the due set
`lanes` while it has any: claim, back-off and recovery are the due set's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.channel_health import Failure
from watchdog.core.message import Message
from watchdog.core.routing import Routes
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Claim, DueSet, Write
from watchdog.store.records import moment

BACKOFF_S = (1, 5, 15, 60, 300, 600)
REFUSED_BACKOFF_S = (60, 600, 3600)
"""What was refused for good is tried seldom: until somebody has repaired the channel."""
RETRY_AFTER_MAX_S = 3600
LANE_READ_MAX = 500
CHANNELS_CHORE = "channels"

_MESSAGE = TypeAdapter(Message)
_FAILURE = TypeAdapter(Failure)


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


def channel_of(lane: str) -> str:
    """Name the channel of a lane."""
    return lane.partition("|")[0]


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits in a lane, oldest first: at most LANE_READ_MAX messages, as they are kept, too."""

    messages: tuple[Message, ...]
    packed: tuple[bytes, ...]
    failure: Failure | None

    def only(self, positions: Iterable[int]) -> "Lane":
        """Return of the lane what stands there."""
        chosen = tuple(positions)
        messages = tuple(self.messages[position] for position in chosen)
        return Lane(messages, tuple(self.packed[position] for position in chosen), self.failure)


class Outbox:
    """Hands out the lanes that are due; every method raises StoreError."""

    def __init__(self, client: redis.Redis, lanes: DueSet) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client
        self._lanes = lanes

    def lane(self, claim: Claim) -> Lane:
        """Read what waits in a lane, and why its last attempt failed."""
        with store_errors("reading the outbox"):
            packed = self._client.lrange(keys.lane(claim.member), 0, LANE_READ_MAX - 1)
            failure = self._client.hget(keys.LANE_FAILURES, claim.member)
        return Lane(
            tuple(map(_MESSAGE.validate_json, packed)),
            tuple(packed),
            _FAILURE.validate_json(failure) if failure else None,
        )

    def delivered(
        self,
        claim: Claim,
        writes: Iterable[Write] = (),
        settled: Sequence[bytes] = (),
        refused: Sequence[bytes] = (),
    ) -> None:
        """Take out what is settled (the first message) and write what follows, all at once.

        `refused`: what is given up, and counted, because this was taken where that was not. The
        rest of the lane is due at once.
        """
        told: Write = (
            "HSET",
            keys.CHANNELS_DELIVERED,
            channel_of(claim.member),
            claim.now_ms,
        )
        forget: Write = ("HDEL", keys.LANE_FAILURES, claim.member)
        counted = [_counted(claim, refused)] if refused else []
        self._taken(claim, [*refused, *settled], [told, forget, *counted, *writes])

    def given_up(self, claim: Claim, settled: Sequence[bytes]) -> None:
        """Take out what is tried no more, and count it."""
        self._taken(claim, settled, [_counted(claim, settled)])

    def failed(
        self, claim: Claim, reason: str, retry_after_s: float | None, *, refused: bool = False
    ) -> float:
        """Keep the message for a later attempt and return in how many seconds that is.

        `refused`: the channel said that it will never take it. That is tried again all the same.
        """
        before = self.lane(claim).failure
        now = moment(claim.now_ms)
        attempts = before.attempts + 1 if before else 1
        refused_since = (before.refused_since if before else None) or now
        failure = Failure(
            before.since if before else now, attempts, reason, refused_since if refused else None
        )
        with store_errors("noting a failed delivery"):
            self._client.hset(keys.LANE_FAILURES, claim.member, _FAILURE.dump_json(failure))
        steps = REFUSED_BACKOFF_S if refused else BACKOFF_S
        delay = steps[min(attempts, len(steps)) - 1]
        wait_s = max(delay, min(retry_after_s or 0, RETRY_AFTER_MAX_S))
        self.put_off(claim, round(wait_s * 1000))
        return wait_s

    def put_off(self, claim: Claim, wait_ms: int) -> None:
        """Try a lane later, as if it had not been claimed."""
        self._lanes.give_back(claim, in_ms=wait_ms)

    def empty(self, claim: Claim) -> None:
        """Take an empty lane out of the due set."""
        forget: list[Write] = [("HDEL", keys.LANE_FAILURES, claim.member)]
        self._lanes.complete(claim, next_in_ms=None, writes=forget)

    def failing(self) -> tuple[str, ...]:
        """Name the lanes whose last attempt failed."""
        with store_errors("reading the outbox"):
            names = self._client.hkeys(keys.LANE_FAILURES)
        return tuple(name.decode() for name in names)

    def _taken(self, claim: Claim, settled: Sequence[bytes], writes: Sequence[Write]) -> None:
        """Take messages out of a lane, the first where none is named; the rest is due at once."""
        key = keys.lane(claim.member)
        with store_errors("reading the outbox"):
            left = int(self._client.llen(key)) - (len(settled) or 1)
        # Each of them once, from the oldest on: two messages of a lane may be alike.
        taken: list[Write] = [("LREM", key, 1, packed) for packed in settled] or [("LPOP", key)]
        if left <= 0:
            taken.append(("HDEL", keys.LANE_FAILURES, claim.member))
        again_in = 0 if left > 0 else None
        self._lanes.complete(claim, next_in_ms=again_in, writes=[*taken, *writes])


def _counted(claim: Claim, given_up: Sequence[bytes]) -> Write:
    return ("HINCRBY", keys.CHANNELS_GIVEN_UP, channel_of(claim.member), len(given_up))
