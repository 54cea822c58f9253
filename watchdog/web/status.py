"""`GET /api/v1/status`: the whole in a few numbers, for a script or another monitor."""

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

from watchdog.core.message import Stage
from watchdog.store.incidents import Incidents
from watchdog.store.records import Records
from watchdog.web.api import time_of
from watchdog.web.health import Health
from watchdog.web.watched import PolicyNow, Standing, read_board


def status_blueprint(
    policy: PolicyNow, records: Records, incidents: Incidents, health: Callable[[], Health]
) -> Blueprint:
    """Make the endpoint; a StoreError is left to the application."""
    blueprint = Blueprint("status", __name__)

    @blueprint.get("/api/v1/status")
    def status() -> Response:
        board = read_board(records, policy())
        stages = [kept.incident.stage for kept in incidents.open()]
        counts = board.counts
        return jsonify(
            {
                "standing": word_of(board.tone),
                "tags": {word_of(standing): counts[standing] for standing in Standing},
                "incidents": {
                    stage.value: stages.count(stage) for stage in (Stage.OPEN, Stage.ACKNOWLEDGED)
                },
                "looks_overdue_since": time_of(board.overdue_since),
                "health": health().status,
            }
        )

    return blueprint


def word_of(standing: Standing) -> str:
    """Name a standing in one word, for programs."""
    return standing.name.lower()
