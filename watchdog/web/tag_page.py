"""`/tags/REGISTRY/REPOSITORY:TAG`: one tag, what it is and what it should be, and its past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from watchdog.core.incident_record import incident_id
from watchdog.core.memory import Move, TagMemory
from watchdog.core.reference import Tag
from watchdog.core.verdict import Outcome
from watchdog.errors import MalformedError
from watchdog.store.incidents import Incidents, KeptIncident
from watchdog.store.records import Records
from watchdog.web.numbered import Numbered, numbered
from watchdog.web.showing import path_of
from watchdog.web.spans import Bar, Window, bars_of, spans_of, wrong_within
from watchdog.web.watched import Board, PolicyNow, Standing, WatchedTag, read_tag

ROWS_A_PAGE = 25
ZOOMS = {
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "90d": ("90 days", timedelta(days=90)),
    "1y": ("a year", timedelta(days=365)),
}
ZOOM = "30d"
_EPOCH_CHARS_MAX = 11


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a tag has and should have; both in words, "" where it is not known."""

    name: str
    now: str
    should: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing of which build the tag held when, and where its links lead."""

    bars: tuple[Bar, ...]
    window: Window
    zoom: str
    times_wrong: int
    wrong_for: timedelta
    earlier: str
    later: str


def tag_blueprint(policy: PolicyNow, records: Records, incidents: Incidents) -> Blueprint:
    """Make the page; a StoreError is left to the application."""
    blueprint = Blueprint("tag", __name__)

    @blueprint.get("/tags/<path:reference>")
    def page(reference: str) -> str | Response:
        try:
            tag = Tag.parse(reference)
        except MalformedError as error:
            abort(HTTPStatus.NOT_FOUND, str(error))
        if str(tag) != reference:
            return redirect(path_of(tag))
        board = read_tag(records, policy(), tag)
        if board is None:
            abort(HTTPStatus.NOT_FOUND, f"{tag} is not a watched tag")
        return _page(board, records.history(tag), _incident_of(board.tags[0], incidents))

    return blueprint


def differences(memory: TagMemory) -> tuple[Difference, ...]:
    """Put what the tag holds beside its trusted build; nothing where there is none."""
    trusted = memory.trusted
    if not trusted:
        return ()
    pairs = (
        ("Source", memory.source, trusted.source),
        ("Commit", memory.revision, trusted.revision),
        ("Digest", memory.digest, trusted.digest),
    )
    return tuple(
        Difference(name, str(now or ""), str(should or ""), differs=now != should)
        for name, now, should in pairs
    )


def timeline_of(moves: Sequence[Move], now: datetime) -> Timeline:
    """Draw the part of the past that is asked for; 400 for what is none."""
    zoom = request.args.get("span", ZOOM)
    if zoom not in ZOOMS:
        abort(HTTPStatus.BAD_REQUEST, f"`span` is one of {', '.join(ZOOMS)}")
    length, end = ZOOMS[zoom][1], _until(now)
    window, spans = Window(end - length, end), spans_of(moves, now)
    times, lasted = wrong_within(spans, window)
    return Timeline(
        bars_of(spans, window),
        window,
        zoom,
        times,
        lasted,
        earlier=_link(zoom, end - length / 2),
        later=_link(zoom, end + length / 2) if end < now else "",
    )


def _page(board: Board, moves: tuple[Move, ...], kept: KeptIncident | None) -> str:
    watched = board.tags[0]
    return render_template(
        "tag_page.html",
        watched=watched,
        tone=watched.standing,
        headline=str(watched.tag),
        now=board.now,
        stale=board.overdue_since,
        kept=kept,
        pulls=_pulls(watched, board.now),
        differences=differences(watched.memory) if watched.memory else (),
        timeline=timeline_of(moves, board.now),
        zooms={zoom: words for zoom, (words, _) in ZOOMS.items()},
        history=_rows(moves),
        wrong=Standing.WRONG,
    )


def _rows(moves: Sequence[Move]) -> Numbered[Move]:
    return numbered(moves, ROWS_A_PAGE, anchor="history")


def _pulls(watched: WatchedTag, now: datetime) -> datetime | None:
    """Say when hosts pull what is wrong; None where nobody said, or nothing is."""
    pulls = watched.rule.pulls if watched.rule else None
    wrong = watched.memory is not None and watched.memory.outcome is Outcome.REJECTED
    return pulls.next_after(now) if pulls and wrong else None


def _incident_of(watched: WatchedTag, incidents: Incidents) -> KeptIncident | None:
    """Find the incident that the tag is in."""
    if not watched.memory or not watched.memory.incident:
        return None
    return incidents.read(incident_id(watched.tag, watched.memory.incident.number))


def _until(now: datetime) -> datetime:
    """Read where the shown time ends, in seconds since 1970; the future is not shown."""
    text = request.args.get("until", "")
    if not text:
        return now
    if not (text.isascii() and text.isdecimal() and len(text) <= _EPOCH_CHARS_MAX):
        abort(HTTPStatus.BAD_REQUEST, "`until` is a time in seconds since 1970")
    return min(datetime.fromtimestamp(int(text), UTC), now)


def _link(zoom: str, until: datetime) -> str:
    return f"?{urlencode({'span': zoom, 'until': max(0, round(until.timestamp()))})}#timeline"
