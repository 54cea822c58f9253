"""The incidents of all tags, open and over, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.incident_record import Incident, incident_id
from watchdog.core.reference import Tag
from watchdog.core.telling import Followed
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write
from watchdog.store.records import milliseconds

KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class KeptIncident:
    """An incident with its id and the tag that it is about."""

    id: str
    tag: str
    incident: Incident


_KEPT = TypeAdapter(KeptIncident)


class Incidents:
    """Reads the incidents; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def read(self, identifier: str) -> KeptIncident | None:
        """Read one; None if there is none, or no more."""
        with store_errors("reading an incident"):
            packed = self._client.hget(keys.INCIDENTS, identifier)
        return _KEPT.validate_json(packed) if packed else None

    def newest(self, limit: int, offset: int = 0) -> tuple[KeptIncident, ...]:
        """Read incidents by when they were opened, newest first."""
        with store_errors("reading the incidents"):
            names = self._client.zrevrange(keys.INCIDENTS_BY_TIME, offset, offset + limit - 1)
        return self._named(names)

    def open(self) -> tuple[KeptIncident, ...]:
        """Read those that are not over, the newest first."""
        with store_errors("reading the open incidents"):
            names = self._client.zrevrange(keys.INCIDENTS_OPEN, 0, -1)
        return self._named(names)

    def page(
        self, limit: int, after: str | None = None, *, only_open: bool = False
    ) -> tuple[KeptIncident, ...] | None:
        """Read the newest, or the next older ones than the one with the id `after`.

        That one may be over meanwhile; None if it is not kept any more, or never was.
        """
        key = keys.INCIDENTS_OPEN if only_open else keys.INCIDENTS_BY_TIME
        with store_errors("reading the incidents"):
            if after is None:
                names = self._client.zrevrange(key, 0, limit - 1)
            else:
                opened = self._client.zscore(keys.INCIDENTS_BY_TIME, after)
                if opened is None:
                    return None
                names = self._older(key, opened, after.encode(), limit)
        return self._named(names)

    def _older(self, key: str, opened: float, after: bytes, limit: int) -> list[bytes]:
        """Name what follows; those of the very same time are ordered by their names."""
        alike = self._client.zrevrangebyscore(key, opened, opened)
        older = self._client.zrevrangebyscore(key, f"({opened!r}", "-inf", start=0, num=limit)
        return [*(name for name in alike if name < after), *older][:limit]

    def superfluous(self) -> tuple[str, ...]:
        """Name the oldest ones beyond KEPT_MAX that are over."""
        with store_errors("counting the incidents"):
            names = self._client.zrange(keys.INCIDENTS_BY_TIME, 0, -KEPT_MAX - 1)
            still = {name for name in names if self._client.zscore(keys.INCIDENTS_OPEN, name)}
        return tuple(name.decode() for name in names if name not in still)

    def _named(self, names: Iterable[bytes]) -> tuple[KeptIncident, ...]:
        wanted = list(names)
        if not wanted:
            return ()
        with store_errors("reading the incidents"):
            packed = self._client.hmget(keys.INCIDENTS, wanted)
        return tuple(_KEPT.validate_json(value) for value in packed if value)


def incident_writes(tag: Tag, before: Incident | None, followed: Followed) -> list[Write]:
    """Keep what became of a tag's incident, and of one that ended or began meanwhile."""
    now = followed.memory.incident
    changed = [one for one in (followed.closed, now) if one and one != before]
    return [write for one in changed for write in _kept(tag, one)]


def forget_incident_writes(identifiers: Iterable[str]) -> list[Write]:
    """Forget incidents."""
    names = tuple(identifiers)
    if not names:
        return []
    return [("HDEL", keys.INCIDENTS, *names), ("ZREM", keys.INCIDENTS_BY_TIME, *names)]


def _kept(tag: Tag, incident: Incident) -> list[Write]:
    name = incident_id(tag, incident.number)
    opened = milliseconds(incident.opened_at)
    kept = KeptIncident(name, str(tag), incident)
    stage: Write = ("ZADD", keys.INCIDENTS_OPEN, opened, name)
    if incident.resolved_at:
        stage = ("ZREM", keys.INCIDENTS_OPEN, name)
    return [
        ("HSET", keys.INCIDENTS, name, _KEPT.dump_json(kept)),
        ("ZADD", keys.INCIDENTS_BY_TIME, opened, name),
        stage,
    ]
