"""The status page: server-rendered, readable without JavaScript, the worst first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from flask import Blueprint, render_template, request

from watchdog.core.channel_health import ChannelState
from watchdog.core.duration import format_duration
from watchdog.core.memory import Move
from watchdog.core.message import plain
from watchdog.store.records import Records
from watchdog.web.health import Health
from watchdog.web.quay import QuayRecords, access_of
from watchdog.web.quay_hooks import hook_troubles
from watchdog.web.watched import Board, PolicyNow, Standing, read_board, standing_of

MOVES_SHOWN = 10
REFRESH_S = 10
_COLOURS = {
    Standing.WRONG: "#c62828",
    Standing.GONE: "#b26a00",
    Standing.LAGGING: "#b26a00",
    Standing.UNKNOWN: "#6a5acd",
    Standing.UNSEEN: "#667085",
    Standing.RIGHT: "#1e7d4b",
}
_MARKS = {
    Standing.WRONG: "<path d='M5.5 5.5l5 5m0-5l-5 5'/>",
    Standing.GONE: "<path d='M8 4.5v4m0 2.6v.4'/>",
    Standing.LAGGING: "<path d='M8 4.5v4m0 2.6v.4'/>",
    Standing.UNKNOWN: "<path d='M6 6.2a2 2 0 1 1 2 2.3v.7m0 2.2v.2'/>",
    Standing.UNSEEN: "<path d='M5 8h6'/>",
    Standing.RIGHT: "<path d='M4.8 8.3l2.2 2.2 4.2-4.6'/>",
}


def pages_blueprint(
    policy: PolicyNow,
    records: Records,
    health: Callable[[], Health],
    look_every: timedelta,
    quay: QuayRecords,
) -> Blueprint:
    """Make the page; `health` reads how the watchdog fares. StoreError is the application's."""
    blueprint = Blueprint("pages", __name__)
    blueprint.add_app_template_filter(_utc, "utc")
    blueprint.add_app_template_filter(_iso, "iso")
    blueprint.add_app_template_filter(plain, "plain")
    blueprint.add_app_template_global(_icon, "favicon")
    blueprint.add_app_template_global(_relative, "relative")
    blueprint.add_app_template_global(_lasted, "lasted")
    blueprint.add_app_template_global(_lasting, "lasting")

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
            standing_of_move=_standing_of_move,
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


def _standing_of_move(move: Move) -> Standing | None:
    """Say how a verdict judged; what was done to a tag (a revert, an approval) judges nothing."""
    return standing_of(move.outcome) if move.event in {"verdict", "passing"} else None


def _lasted(move: Move) -> str:
    """Say for how long the tag held a build, as far as that was told."""
    return format_duration(move.until - move.since) if move.since and move.until else ""


def _lasting(since: datetime, now: datetime) -> str:
    return format_duration(now - since)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _relative(at: datetime, now: datetime) -> str:
    """Say how far away a time is."""
    if at > now:
        return f"in {format_duration(at - now)}"
    return f"{format_duration(now - at)} ago"


def _icon(standing: Standing) -> str:
    """Draw the page's icon as a data URI: a disc in the worst tag's colour, with its mark."""
    drawing = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
        f"<circle cx='8' cy='8' r='8' fill='{_COLOURS[standing]}'/>"
        "<g fill='none' stroke='#fff' stroke-width='1.8' stroke-linecap='round'>"
        f"{_MARKS[standing]}</g></svg>"
    )
    return f"data:image/svg+xml,{quote(drawing)}"
