"""What is kept of Quay's hooks: how they stand, when they came last, what they did not tell.

A move that a timed look finds waits among the unannounced: its hook may be late. What is never
announced counts as missed.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import redis
from pydantic import TypeAdapter, ValidationError

from watchdog.core.quay_hook_health import HookHealth, HookReport
from watchdog.core.reference import Repository, Tag
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write
from watchdog.store.records import milliseconds, moment

_HEALTH = TypeAdapter(HookHealth)
_KEYS = (
    keys.HOOKS,
    keys.HOOKS_HEARD,
    keys.HOOKS_MISSED,
    keys.HOOKS_MISSED_AT,
    keys.HOOKS_DOUBTED,
)

logger = logging.getLogger(__name__)


class QuayHooks:
    """Reads what is kept; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def reports(self) -> dict[Repository, HookReport]:
        """Read all that is known, by repository and ordered by name; a damaged part is left out."""
        pipeline = self._client.pipeline(transaction=False)
        for key in _KEYS:
            pipeline.hgetall(key)
        with store_errors("reading how hooks stand"):
            health, heard, missed, missed_at, doubted = pipeline.execute()
        return {
            Repository.parse(name.decode()): HookReport(
                _health(name, health.get(name)),
                moment(int(heard[name])) if name in heard else None,
                int(missed.get(name, 0)),
                moment(int(missed_at[name])) if name in missed_at else None,
                moment(int(doubted[name])) if name in doubted else None,
            )
            for name in sorted({*health, *heard, *missed})
        }

    def unannounced(self, before: datetime) -> tuple[Tag, ...]:
        """Name the tags that a timed look found moved before that, and no hook announced since."""
        with store_errors("reading what no hook announced"):
            names = self._client.zrangebyscore(keys.UNANNOUNCED, "-inf", milliseconds(before))
        return tuple(Tag.parse(name.decode()) for name in names)


def health_writes(repository: Repository, health: HookHealth) -> list[Write]:
    """Keep how a hook stands."""
    return [("HSET", keys.HOOKS, str(repository), _HEALTH.dump_json(health))]


def health_forgotten_writes(repositories: Iterable[Repository]) -> list[Write]:
    """Forget how hooks stood that are nobody's business any more."""
    return [("HDEL", keys.HOOKS, str(repository)) for repository in repositories]


def heard_writes(tag: Tag, now: datetime) -> list[Write]:
    """Note that a hook told of a tag."""
    return [
        ("HSET", keys.HOOKS_HEARD, str(tag.repository), milliseconds(now)),
        ("ZREM", keys.UNANNOUNCED, str(tag)),
    ]


def unannounced_writes(tag: Tag, now: datetime, *, certain: bool = True) -> list[Write]:
    """Note that a timed look found a tag moved; unless `certain`, it was perhaps no push."""
    at, name = milliseconds(now), str(tag.repository)
    doubted: list[Write] = [] if certain else [("HSET", keys.HOOKS_DOUBTED, name, at)]
    return [("ZADD", keys.UNANNOUNCED, at, str(tag)), *doubted]


def unmissed_writes(tag: Tag) -> list[Write]:
    """Take back that a tag's move is waiting for its hook: it was no push."""
    return [("ZREM", keys.UNANNOUNCED, str(tag))]


def missed_writes(tag: Tag, now: datetime) -> list[Write]:
    """Count a move that no hook announced."""
    name = str(tag.repository)
    return [
        ("ZREM", keys.UNANNOUNCED, str(tag)),
        ("HINCRBY", keys.HOOKS_MISSED, name, 1),
        ("HSET", keys.HOOKS_MISSED_AT, name, milliseconds(now)),
    ]


def _health(name: bytes, packed: bytes | None) -> HookHealth | None:
    if packed is None:
        return None
    try:
        return _HEALTH.validate_json(packed)
    except ValidationError as error:
        said = error.errors()[0]["msg"]
        logger.error("How the hook of %r stands is damaged: %s", name, said)  # noqa: TRY400  (its words say it all)
        return None
