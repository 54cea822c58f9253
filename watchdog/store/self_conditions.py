"""What is kept of the watchdog itself: its conditions, and what its workers say of their machines.

Only the chore that checks writes conditions; a worker writes its own report, beside all leases.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import redis
from pydantic import TypeAdapter, ValidationError

from watchdog.core.self_condition import SelfCondition
from watchdog.core.self_trouble import NodeReport
from watchdog.store import keys
from watchdog.store.connection import failed_writes, store_errors, unsafe_settings
from watchdog.store.due import Write
from watchdog.store.records import milliseconds, moment

_CONDITION = TypeAdapter(SelfCondition)
_REPORT = TypeAdapter(NodeReport)

logger = logging.getLogger(__name__)


class SelfConditions:
    """Reads and writes them; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        self._typed = client
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def conditions(self) -> dict[str, SelfCondition]:
        """Read all that are open, or were told a short while ago; a damaged one is left out."""
        with store_errors("reading the watchdog's own conditions"):
            packed = self._client.hgetall(keys.SELF_CONDITIONS)
        return _unpacked(_CONDITION, packed)

    def checked_at(self) -> datetime | None:
        """Read when they were checked last; None if never."""
        with store_errors("reading when the watchdog checked itself"):
            value = self._client.get(keys.SELF_CHECKED)
        return moment(int(value)) if value else None

    def reports(self) -> dict[str, NodeReport]:
        """Read what each worker said last, by worker; a damaged report is left out."""
        with store_errors("reading what the workers report"):
            packed = self._client.hgetall(keys.NODES)
        return _unpacked(_REPORT, packed)

    def report(self, worker: str, report: NodeReport) -> None:
        """Keep what a worker says of its machine."""
        with store_errors("reporting about this machine"):
            self._client.hset(keys.NODES, worker, _REPORT.dump_json(report))

    def unsafe_settings(self) -> tuple[str, ...]:
        """Say in words by which of its settings the store could lose data."""
        return unsafe_settings(self._typed)

    def failed_writes(self) -> tuple[str, ...]:
        """Say in words what the store failed to write to its disk last."""
        return failed_writes(self._typed)


def checked_writes(conditions: Mapping[str, SelfCondition], now: datetime) -> list[Write]:
    """Keep these conditions, and no other, as what a check has found."""
    writes: list[Write] = [
        ("SET", keys.SELF_CHECKED, milliseconds(now)),
        ("DEL", keys.SELF_CONDITIONS),
    ]
    writes += [
        ("HSET", keys.SELF_CONDITIONS, name, _CONDITION.dump_json(condition))
        for name, condition in conditions.items()
    ]
    return writes


def reports_forgotten_writes(workers: Iterable[str]) -> list[Write]:
    """Forget what workers said that are gone."""
    return [("HDEL", keys.NODES, worker) for worker in workers]


def _unpacked(adapter: TypeAdapter[Any], packed: Mapping[bytes, bytes]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for name, value in sorted(packed.items()):
        try:
            read[name.decode()] = adapter.validate_json(value)
        except ValidationError as error:
            logger.error("What is kept of %r is damaged: %s", name, error.errors()[0]["msg"])  # noqa: TRY400  (its words say it all)
    return read
