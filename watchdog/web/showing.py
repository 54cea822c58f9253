"""How pages write times, links, standings and their icon: filters and globals of the templates."""

from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote

from flask import Flask

from watchdog.core.duration import format_duration
from watchdog.core.memory import Move
from watchdog.core.message import plain
from watchdog.core.offender import JUDGED
from watchdog.core.reference import Tag
from watchdog.web.watched import Standing, standing_of

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


def dress(app: Flask) -> None:
    """Give the templates what they write with."""
    filters: dict[str, Callable[..., str]] = {
        "utc": _utc,
        "minute": _minute,
        "iso": _iso,
        "plain": plain,
        "path": path_of,
    }
    for name, function in filters.items():
        app.add_template_filter(function, name)
    app.jinja_env.globals.update(
        favicon=_icon,
        relative=_relative,
        lasted=_lasted,
        lasting=_lasting,
        standing_of_move=standing_of_move,
    )


def path_of(tag: Tag) -> str:
    """Give the address of a tag's page on this service."""
    return f"/tags/{quote(str(tag), safe='/:')}"


def standing_of_move(move: Move) -> Standing | None:
    """Say how a verdict judged; what was done to a tag (a revert, an approval) judges nothing."""
    return standing_of(move.outcome) if move.event in JUDGED else None


def _lasted(move: Move) -> str:
    """Say for how long the tag held a build, as far as that was told."""
    return format_duration(move.until - move.since) if move.since and move.until else ""


def _lasting(since: datetime, now: datetime) -> str:
    return format_duration(now - since)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"


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
