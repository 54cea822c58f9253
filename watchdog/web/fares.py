"""`/health`: the watchdog about itself, for people; the overview has a line of what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import redis
from flask import Blueprint, render_template

from watchdog.core.channel_health import ChannelState
from watchdog.core.message import plain
from watchdog.store.figures import DueFigures, Figures
from watchdog.store.quay_access import QuayAccess
from watchdog.store.quay_hooks import QuayHooks
from watchdog.web.health import Health
from watchdog.web.quay import Access, QuayRecords, access_of
from watchdog.web.quay_hooks import HookTrouble, hook_troubles
from watchdog.web.watched import PolicyNow, Standing

_HEADLINES = {
    "well": ("The watchdog is well", Standing.RIGHT),
    "troubled": ("Something is wrong with the watchdog itself", Standing.LAGGING),
    "unknown": ("Nobody knows how the watchdog is", Standing.UNKNOWN),
}


@dataclass(frozen=True, slots=True)
class Fares:
    """How the watchdog fares, and how it stands with each Quay."""

    health: Health
    hooks: tuple[HookTrouble, ...]
    access: Access | None

    @property
    def troubles(self) -> tuple[str, ...]:
        """Name in a few words each thing that is wrong now."""
        titles = (plain(condition.trouble.title) for condition in self.health.conditions)
        channels = filter(None, map(_of_channel, self.health.channels))
        broken = sum(bool(hook.words) for hook in self.hooks)
        hooks = f"{broken} hook{'s' if broken > 1 else ''} on Quay missing or broken"
        return (*titles, *channels, *([hooks] if broken else []))


@dataclass(frozen=True, slots=True)
class FaresReaders:
    """What reads it; each raises StoreError."""

    fares: Callable[[], Fares]
    due_sets: Callable[[], dict[str, DueFigures]]


def fares_readers(
    client: redis.Redis, policy: PolicyNow, health: Callable[[], Health]
) -> FaresReaders:
    """Make what reads the store."""
    quay = QuayRecords(QuayAccess(client), QuayHooks(client))

    def fares() -> Fares:
        found = health()
        hooks = hook_troubles(quay.hooks.reports(), policy(), found.now)
        return Fares(found, hooks, access_of(quay.access.standings()))

    return FaresReaders(fares, Figures(client).due_sets)


def fares_blueprint(readers: FaresReaders) -> Blueprint:
    """Make the page; a StoreError is left to the application."""
    blueprint = Blueprint("fares", __name__)

    @blueprint.get("/health")
    def page() -> str:
        fares = readers.fares()
        headline, tone = _HEADLINES[fares.health.status]
        return render_template(
            "health.html",
            headline=headline,
            tone=tone,
            now=fares.health.now,
            health=fares.health,
            channels=fares.health.channels,
            hooks=fares.hooks,
            access=fares.access,
            queues=tuple(_queue(*item) for item in readers.due_sets().items()),
        )

    return blueprint


@dataclass(frozen=True, slots=True)
class Queue:
    """One of the watchdog's own queues; `earliest` is when the next of it is, or was, due."""

    name: str
    waiting: int
    leased: int
    earliest: datetime | None


_QUEUES = {"looks": "looks at tags", "lanes": "messages to channels", "chores": "chores"}


def _queue(name: str, figures: DueFigures) -> Queue:
    return Queue(_QUEUES.get(name, name), figures.waiting, figures.leased, figures.earliest)


def _of_channel(state: ChannelState) -> str:
    """Say what people were not told; "" where nothing failed."""
    if not state.failure:
        return ""
    if not state.waiting:
        return f"{plain(state.name)} {'refuses' if state.failure.refused_since else 'fails'}"
    some = state.waiting > 1
    return (
        f"{state.waiting} message{'s' if some else ''} for {state.name} wait{'' if some else 's'}"
    )
