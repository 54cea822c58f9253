"""`GET /metrics`: what a Prometheus scrapes, all of it read from the store at that moment.

So any web process answers for all, and none has state of its own. Labels are the words of a closed
list, or the names of the channels that are configured: never a tag, which anybody may push.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from flask import Blueprint, Response
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from watchdog import __version__
from watchdog.core.message import Stage
from watchdog.core.revert import REVERTS_WINDOW
from watchdog.core.self_condition import SelfCode
from watchdog.core.verdict import Outcome
from watchdog.store.figures import Figures
from watchdog.store.incidents import Incidents, KeptIncident
from watchdog.store.records import Records
from watchdog.web.health import Health
from watchdog.web.watched import Board, PolicyNow, WatchedTag, read_board

_STAGES = (Stage.OPEN, Stage.ACKNOWLEDGED)


@dataclass(frozen=True, slots=True)
class Readers:
    """What is read at each scrape; every one raises StoreError."""

    board: Callable[[], Board]
    incidents: Callable[[], tuple[KeptIncident, ...]]
    health: Callable[[], Health]
    figures: Figures


def metrics_readers(
    client: redis.Redis, policy: PolicyNow, health: Callable[[], Health]
) -> Readers:
    """Make what reads the store for a scrape."""
    records = Records(client)
    return Readers(
        lambda: read_board(records, policy()), Incidents(client).open, health, Figures(client)
    )


def metrics_blueprint(readers: Readers) -> Blueprint:
    """Make the endpoint; a StoreError is left to the application."""
    blueprint = Blueprint("metrics", __name__)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_StoreCollector(readers))

    @blueprint.get("/metrics")
    def metrics() -> Response:
        # One format for all: the library's choice by `Accept` fails on a version that is no number.
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return blueprint


class _StoreCollector(Collector):
    """Reads the store once a scrape and says what it found."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers

    def collect(self) -> Iterator[Metric]:
        board, health = self._readers.board(), self._readers.health()
        yield _gauge("watchdog_build_info", "This version.", "version", {__version__: 1})
        yield from _tags(board)
        yield _open(self._readers.incidents())
        yield from _reverts(board)
        yield from _due(self._readers.figures, board.now)
        yield from _outbox(self._readers.figures, health)
        yield from _itself(board, health)


def _gauge(name: str, said: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=(label,))
    for word, value in values.items():
        family.add_metric((word,), value)
    return family


def _tags(board: Board) -> Iterator[Metric]:
    outcomes = [tag.memory.outcome if tag.memory else None for tag in board.tags]
    yield _gauge(
        "watchdog_tags",
        "Watched tags that were looked at, by how they stand.",
        "outcome",
        {outcome: outcomes.count(outcome) for outcome in Outcome},
    )
    unseen = outcomes.count(None)
    yield GaugeMetricFamily(
        "watchdog_tags_unseen", "Watched tags that were never looked at.", value=unseen
    )


def _open(incidents: tuple[KeptIncident, ...]) -> Metric:
    stages = [kept.incident.stage for kept in incidents]
    return _gauge(
        "watchdog_incidents_open",
        "Incidents that are not over, by whether somebody has acknowledged them.",
        "stage",
        {stage: stages.count(stage) for stage in _STAGES},
    )


def _reverts(board: Board) -> Iterator[Metric]:
    memories = [tag.memory for tag in board.tags if tag.memory]
    recent = sum(board.now - at < REVERTS_WINDOW for one in memories for at in one.reverts)
    yield GaugeMetricFamily(
        "watchdog_reverts_last_day", "Reverts of the last 24 hours.", value=recent
    )
    waiting = sum(one.revert is not None for one in memories)
    yield GaugeMetricFamily(
        "watchdog_reverts_pending", "Reverts decided and not yet carried out.", value=waiting
    )


def _due(figures: Figures, now: datetime) -> Iterator[Metric]:
    sets = figures.due_sets()
    lags = {name: _seconds(now - (one.earliest or now)) for name, one in sets.items()}
    yield _gauge("watchdog_due_lag_seconds", "For how long the oldest has been due.", "set", lags)
    waiting = {name: float(one.waiting) for name, one in sets.items()}
    yield _gauge("watchdog_due_waiting", "Members that wait, due or not yet.", "set", waiting)
    leased = {name: float(one.leased) for name, one in sets.items()}
    yield _gauge("watchdog_due_leased", "Members that a worker has in hand.", "set", leased)


def _outbox(figures: Figures, health: Health) -> Iterator[Metric]:
    backlogs = figures.outbox()
    names = dict.fromkeys((*(state.name for state in health.channels), *sorted(backlogs)))
    depth = {name: float(backlogs[name].messages) if name in backlogs else 0 for name in names}
    yield _gauge("watchdog_outbox_messages", "Messages not yet delivered.", "channel", depth)
    oldest = {name: backlogs[name].oldest if name in backlogs else health.now for name in names}
    ages = {name: _seconds(health.now - at) for name, at in oldest.items()}
    yield _gauge("watchdog_outbox_age_seconds", "Age of the oldest of them.", "channel", ages)
    given_up = CounterMetricFamily(
        "watchdog_outbox_given_up", "Messages that were given up.", labels=("channel",)
    )
    for state in health.channels:
        given_up.add_metric((state.name,), state.given_up)
    yield given_up
    delivered = {
        state.name: state.delivered_at.timestamp()
        for state in health.channels
        if state.delivered_at
    }
    said = "When a channel last took a message."
    yield _gauge("watchdog_outbox_delivered_timestamp_seconds", said, "channel", delivered)


def _itself(board: Board, health: Health) -> Iterator[Metric]:
    codes = [condition.trouble.code for condition in health.conditions]
    found = {code.value: float(codes.count(code)) for code in SelfCode}
    said = "What is wrong with the watchdog itself."
    yield _gauge("watchdog_self_conditions", said, "code", found)
    said = "When a worker last checked the watchdog itself: every minute while one runs."
    yield _moment("watchdog_self_checked_timestamp_seconds", said, health.checked_at)
    said = "Every watched tag has been looked at since then; none while one never was."
    yield _moment("watchdog_last_sweep_timestamp_seconds", said, _swept(board.tags))


def _swept(tags: tuple[WatchedTag, ...]) -> datetime | None:
    looks = [tag.memory.judged_at if tag.memory else None for tag in tags]
    seen = [at for at in looks if at]
    return min(seen) if seen and len(seen) == len(looks) else None


def _moment(name: str, said: str, at: datetime | None) -> Metric:
    return GaugeMetricFamily(name, said, value=at.timestamp() if at else None)


def _seconds(lasted: timedelta) -> float:
    return max(0.0, lasted.total_seconds())
