"""What people answered: decisions about builds, orders that wait for a look, silences.

Reading is direct, all that one look needs in one round trip. What a look does with it is written
in the look's own transaction, by the functions that compose writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.commits import Revision
from watchdog.core.decisions import Decisions, Rejection
from watchdog.core.memory import Approval
from watchdog.core.order import Order
from watchdog.core.reference import Digest, Tag
from watchdog.core.silence import Silence
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write

ENDED_SILENCES_KEPT = 500

_APPROVAL = TypeAdapter(Approval)
_REJECTION = TypeAdapter(Rejection)
_ORDER = TypeAdapter(Order)
_SILENCE = TypeAdapter(Silence)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered about one tag, and what is silenced."""

    decisions: Decisions = Decisions()  # noqa: RUF009  (frozen, and made of tuples)
    orders: tuple[Order, ...] = ()
    silences: tuple[Silence, ...] = ()


class Answers:
    """Reads what people answered; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def read(self, tag: Tag) -> Answered:
        """Read all that a look at a tag needs, the oldest orders first."""
        name = str(tag)
        pipeline = self._client.pipeline(transaction=False)
        for key in (keys.approvals(name), keys.rejections(name), keys.orders(name), keys.SILENCES):
            pipeline.hvals(key)
        with store_errors(f"reading what people said of {tag}"):
            approvals, rejections, orders, silences = pipeline.execute()
        waiting = map(_ORDER.validate_json, orders)
        return Answered(
            Decisions(
                tuple(map(_APPROVAL.validate_json, approvals)),
                tuple(map(_REJECTION.validate_json, rejections)),
            ),
            tuple(sorted(waiting, key=lambda order: (order.at, order.id))),
            tuple(map(_SILENCE.validate_json, silences)),
        )

    def silences(self) -> tuple[Silence, ...]:
        """Read every silence that is not over, or was not yet found to be."""
        with store_errors("reading the silences"):
            packed = self._client.hvals(keys.SILENCES)
        found = map(_SILENCE.validate_json, packed)
        return tuple(sorted(found, key=lambda silence: (silence.until, silence.id)))

    def ended_silences(self, limit: int) -> tuple[Silence, ...]:
        """Read the silences that are over, the newest end first."""
        with store_errors("reading the silences that are over"):
            packed = self._client.lrange(keys.SILENCES_ENDED, 0, limit - 1)
        return tuple(map(_SILENCE.validate_json, packed))


def approval_writes(tag: Tag, approval: Approval) -> list[Write]:
    """Keep an approval; a person's without an end takes back a rejection of the same build."""
    field = subject_of(approval.digest, approval.revision)
    kept: Write = ("HSET", keys.approvals(str(tag)), field, _APPROVAL.dump_json(approval))
    if not approval.by_person or approval.once:
        return [kept]
    return [kept, ("HDEL", keys.rejections(str(tag)), field)]


def rejection_writes(tag: Tag, rejection: Rejection) -> list[Write]:
    """Keep a rejection; it ends an approval of the same build."""
    field = subject_of(rejection.digest, rejection.revision)
    packed = _REJECTION.dump_json(rejection)
    return [
        ("HSET", keys.rejections(str(tag)), field, packed),
        ("HDEL", keys.approvals(str(tag)), field),
    ]


def used_writes(tag: Tag, approval: Approval, digest: Digest) -> list[Write]:
    """Note which build an approval was for, unless another one took its place since it was read.

    Only for a fenced transaction.
    """
    key, field = keys.approvals(str(tag)), subject_of(approval.digest, approval.revision)
    packed = _APPROVAL.dump_json(replace(approval, used=digest))
    return [("IF-AT", key, field, _at(approval), "HSET", key, field, packed)]


def approvals_over_writes(tag: Tag, approvals: Iterable[Approval]) -> list[Write]:
    """End approvals, but none that was given since these were read.

    Only for a fenced transaction.
    """
    key = keys.approvals(str(tag))
    named = [(subject_of(one.digest, one.revision), _at(one)) for one in approvals]
    return [("IF-AT", key, field, at, "HDEL", key, field) for field, at in named]


def _at(approval: Approval) -> str:
    """Write when it was given, as the record has it."""
    return str(_APPROVAL.dump_python(approval, mode="json")["at"])


def order_writes(tag: Tag, order: Order) -> list[Write]:
    """Let an order wait for a look."""
    return [("HSET", keys.orders(str(tag)), order.id, _ORDER.dump_json(order))]


def order_done_writes(tag: Tag, orders: Iterable[Order]) -> list[Write]:
    """Take orders out that a look has taken in."""
    names = [order.id for order in orders]
    return [("HDEL", keys.orders(str(tag)), *names)] if names else []


def silence_writes(silence: Silence) -> list[Write]:
    """Keep a silence, or what became of it."""
    return [("HSET", keys.SILENCES, silence.id, _SILENCE.dump_json(silence))]


def silence_over_writes(silence: Silence) -> list[Write]:
    """Put a silence to those that are over."""
    return [
        ("HDEL", keys.SILENCES, silence.id),
        ("LPUSH", keys.SILENCES_ENDED, _SILENCE.dump_json(silence)),
        ("LTRIM", keys.SILENCES_ENDED, 0, ENDED_SILENCES_KEPT - 1),
    ]


def subject_of(digest: Digest | None, revision: Revision | None) -> str:
    """Name what a decision is about: a digest, or all builds of a revision."""
    return str(digest or revision)
