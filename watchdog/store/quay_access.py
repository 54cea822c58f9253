"""What was stated last of our rights on each Quay: by repository, and by host for its token."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import redis
from pydantic import TypeAdapter, ValidationError

from watchdog.core.quay_access_told import Standing
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write

_STANDING = TypeAdapter(Standing)
_LONG_AGO = datetime.fromtimestamp(0, UTC)

logger = logging.getLogger(__name__)


class QuayAccess:
    """Reads the standings; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def standings(self) -> dict[str, Standing]:
        """Read what was stated of every subject, by name; a damaged one is left out."""
        with store_errors("reading what Quay lets us do"):
            packed = self._client.hgetall(keys.QUAY_ACCESS)
        standings: dict[str, Standing] = {}
        for name, value in sorted(packed.items()):
            try:
                standings[name.decode()] = _STANDING.validate_json(value)
            except ValidationError as error:
                logger.error("What stands of %r is damaged: %s", name, error.errors()[0]["msg"])  # noqa: TRY400  (its words say it all)
        return standings

    def standing(self, subject: str) -> Standing | None:
        """Read what was stated of one subject; None where nothing was, or it is damaged."""
        with store_errors("reading what Quay lets us do"):
            packed = self._client.hget(keys.QUAY_ACCESS, subject)
        try:
            return _STANDING.validate_json(packed) if packed else None
        except ValidationError:
            return None

    def anew_since(self) -> datetime:
        """Read since when everything is to be asked again; long ago if nobody said so."""
        with store_errors("reading since when Quay is asked again"):
            value = self._client.get(keys.QUAY_ACCESS_ANEW)
        return datetime.fromisoformat(value.decode()) if value else _LONG_AGO


def standing_writes(subject: str, standing: Standing) -> list[Write]:
    """Keep what is stated of a subject."""
    return [("HSET", keys.QUAY_ACCESS, subject, _STANDING.dump_json(standing))]


def forgotten_writes(subjects: Iterable[str]) -> list[Write]:
    """Forget what was stated of these."""
    return [("HDEL", keys.QUAY_ACCESS, subject) for subject in subjects]


def anew_writes(since: datetime) -> list[Write]:
    """Note that everything is to be asked again."""
    return [("SET", keys.QUAY_ACCESS_ANEW, since.isoformat())]
