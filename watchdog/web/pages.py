"""The status page: server-rendered, readable without JavaScript, the worst first."""

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, render_template, request

from watchdog.core.channel_health import ChannelState
from watchdog.core.duration import format_duration
from watchdog.core.message import plain
from watchdog.store.records import Records
from watchdog.web.health import Health
from watchdog.web.quay import QuayRecords, access_of
from watchdog.web.quay_hooks import hook_troubles
from watchdog.web.watched import Board, PolicyNow, Standing, read_board

MOVES_SHOWN = 10
REFRESH_S = 10


def pages_blueprint(
    policy: PolicyNow,
    records: Records,
    health: Callable[[], Health],
    look_every: timedelta,
    quay: QuayRecords,
) -> Blueprint:
    """Make the page; `health` reads how the watchdog fares. StoreError is the application's."""
    blueprint = Blueprint("pages", __name__)

    @blueprint.get("/")
    def status() -> str:
        board = read_board(records, policy(), moves=MOVES_SHOWN)
        fares = health()
        return render_template(
            "status.html",
            board=board,
            waiting=tuple(line for state in fares.channels if (line := _waiting(state))),
            health=fares,
            channels=fares.channels,
            access=access_of(quay.access.standings()),
            hooks=hook_troubles(quay.hooks.reports(), policy(), board.now),
            headline=headline(board),
            summary=summary(board),
            look_every=format_duration(look_every),
            refresh_s=None if "paused" in request.args else REFRESH_S,
            now=board.now,
        )

    return blueprint


def headline(board: Board) -> str:
    """Say in one sentence whether all is well."""
    if board.tone is not board.worst:
        return "All was right when it was last looked at"
    count = board.counts[board.worst]
    plural = "s" if count > 1 else ""
    verb = {
        Standing.WRONG: "are wrong" if plural else "is wrong",
        Standing.GONE: "are gone" if plural else "is gone",
        Standing.LAGGING: "lag behind" if plural else "lags behind",
        Standing.UNKNOWN: "cannot be judged",
        Standing.UNSEEN: "not looked at yet",
        Standing.RIGHT: "watched, and all are right" if plural else "watched, and it is right",
    }
    return f"{count} tag{plural} {verb[board.worst]}" if board.tags else "No tag is watched yet"


def summary(board: Board) -> str:
    """Count the tags by how they stand."""
    counts = board.counts
    right = counts[Standing.RIGHT]
    said = [f"{right} tag{'' if right == 1 else 's'} right"]
    said += [
        f"{counts[standing]} {standing}"
        for standing in (Standing.WRONG, Standing.LAGGING, Standing.UNKNOWN)
    ]
    said += [
        f"{counts[standing]} {standing}"
        for standing in (Standing.GONE, Standing.UNSEEN)
        if counts[standing]
    ]
    return ", ".join(said)


def _waiting(state: ChannelState) -> str:
    """Say what people were not told, and why; "" where nothing failed."""
    if not state.failure or not state.waiting:
        return ""
    some = state.waiting > 1
    said = f"{state.waiting} message{'s' if some else ''} for {state.name}"
    return f"{said} wait{'' if some else 's'}: {plain(state.failure.reason)}"
