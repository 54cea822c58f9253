"""The watchdog about itself, as the store has it: for the page, and as JSON for programs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import redis
from flask import Blueprint, Response, jsonify

from watchdog.core.channel_health import ChannelState
from watchdog.core.message import plain
from watchdog.core.self_condition import SelfCode, SelfCondition
from watchdog.core.self_trouble import OVERDUE_AFTER
from watchdog.store import keys
from watchdog.store.channels import Channels
from watchdog.store.due import DueSet
from watchdog.store.records import Records, moment
from watchdog.store.self_conditions import SelfConditions
from watchdog.web.api import time_of

CHECKED_WITHIN = timedelta(minutes=5)
"""The worker checks every minute: after so long without, none runs, or it is stuck."""


@dataclass(frozen=True, slots=True)
class Health:
    """What was wrong when a worker checked last, and how the channels fare.

    `overdue_since` is when the oldest look was due, if that is too long ago.
    """

    now: datetime
    checked_at: datetime | None
    conditions: tuple[SelfCondition, ...]
    channels: tuple[ChannelState, ...]
    overdue_since: datetime | None

    @property
    def is_current(self) -> bool:
        """Whether a worker has checked lately."""
        return self.checked_at is not None and self.now - self.checked_at <= CHECKED_WITHIN

    @property
    def knows_of_lateness(self) -> bool:
        """Whether a worker that is alive has found looks to be late."""
        codes = {condition.trouble.code for condition in self.conditions}
        return self.is_current and SelfCode.SWEEP_LATE in codes

    @property
    def status(self) -> str:
        """`unknown` where nobody has checked lately, else `well` or `troubled`."""
        if not self.is_current:
            return "unknown"
        failing = any(channel.failure for channel in self.channels)
        return "troubled" if self.conditions or failing or self.overdue_since else "well"


def health_reader(client: redis.Redis) -> Callable[[], Health]:
    """Make what reads it; that raises StoreError."""
    records, kept = Records(client), SelfConditions(client)
    channels, looks = Channels(client), DueSet(client, keys.LOOKS)

    def read() -> Health:
        now, due = records.now(), looks.oldest_due_ms()
        due_since = now if due is None else moment(due)
        lasting = (one for one in kept.conditions().values() if one.is_open)
        return Health(
            now,
            kept.checked_at(),
            tuple(sorted(lasting, key=lambda one: (one.since, one.trouble.name))),
            channels.states(),
            due_since if now - due_since > OVERDUE_AFTER else None,
        )

    return read


def health_blueprint(health: Callable[[], Health]) -> Blueprint:
    """Make the endpoint; a StoreError is left to the application."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/api/v1/health")
    def as_json() -> Response:
        found = health()
        return jsonify(
            {
                "status": found.status,
                "checked_at": time_of(found.checked_at),
                "looks_overdue_since": time_of(found.overdue_since),
                "conditions": [_condition(condition) for condition in found.conditions],
                "channels": [_channel(channel) for channel in found.channels],
            }
        )

    return blueprint


def _condition(condition: SelfCondition) -> dict[str, Any]:
    trouble = condition.trouble
    return {
        "code": trouble.code,
        "about": trouble.about,
        "since": time_of(condition.since),
        "told_at": time_of(condition.told_at if condition.told else None),
        "title": plain(trouble.title),
        "facts": [{"name": name, "text": plain(text)} for name, text in trouble.facts],
        "advice": list(trouble.advice),
    }


def _channel(channel: ChannelState) -> dict[str, Any]:
    failure = channel.failure
    return {
        "name": channel.name,
        "kind": channel.kind,
        "delivered_at": time_of(channel.delivered_at),
        "waiting": channel.waiting,
        "given_up": channel.given_up,
        "failing_since": time_of(failure.since if failure else None),
        "reason": failure.reason if failure else None,
    }
