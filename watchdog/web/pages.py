"""The overview: server-rendered, whole without a script; what is wrong first, then every tag."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, abort, render_template, request

from watchdog.core.duration import format_duration
from watchdog.core.incident_record import incident_id
from watchdog.core.reference import Tag
from watchdog.store.records import Records
from watchdog.web.fares import Fares
from watchdog.web.numbered import Numbered, numbered
from watchdog.web.overview_words import headline, summary
from watchdog.web.status import word_of
from watchdog.web.strip import strip_mark, strip_title, strip_words
from watchdog.web.watched import Board, PolicyNow, Standing, WatchedTag, read_board

MOVES_SHOWN = 30
PAGED_PAST = 100
TAGS_A_PAGE = 50
"""Where there are more than PAGED_PAST: such a page weighs half of what a browser is asked for."""
URGENT_MAX = 20
REFRESH_S = 10
_BY_WORD = {word_of(standing): standing for standing in Standing}


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the tags is asked for: those with a text in their name, those that stand so."""

    text: str = ""
    outcome: str = ""

    def takes(self, watched: WatchedTag) -> bool:
        """Say whether a tag is among them."""
        standing = _BY_WORD.get(self.outcome)
        named = self.text.lower() in str(watched.tag).lower()
        return named and standing in {None, watched.standing}

    def link(self, outcome: str) -> str:
        """Ask for another outcome, for the same text."""
        given = {"q": self.text, "outcome": outcome}
        query = urlencode({name: text for name, text in given.items() if text})
        return f"/?{query}" if query else "/"


@dataclass(frozen=True, slots=True)
class Urgent:
    """A tag that is wrong, the id of its incident, when hosts pull it; "" and None if not known."""

    watched: WatchedTag
    incident: str
    pulled: datetime | None


def pages_blueprint(
    policy: PolicyNow, records: Records, fares: Callable[[], Fares], look_every: timedelta
) -> Blueprint:
    """Make the page; `fares` reads how the watchdog does. StoreError is the application's."""
    blueprint = Blueprint("pages", __name__)
    for function in (strip_mark, strip_title, strip_words):
        blueprint.add_app_template_global(function)

    @blueprint.get("/")
    def status() -> str:
        board, asked = read_board(records, policy()), _asked()
        shown = _page(board, asked)
        urgent = () if asked != Asked() or shown.page > 1 else urgent_of(board)
        itself = fares()
        return render_template(
            "status.html",
            board=board,
            asked=asked,
            words=_BY_WORD,
            urgent=urgent[:URGENT_MAX],
            more_urgent=len(urgent) - URGENT_MAX,
            shown=shown,
            namespaces=by_namespace(_with_moves(records, shown.rows)),
            health=itself.health,
            troubles=itself.troubles,
            headline=headline(board),
            tone=board.tone,
            summary=summary(board),
            look_every=format_duration(look_every),
            refresh_s=None if "paused" in request.args else REFRESH_S,
            now=board.now,
        )

    return blueprint


def urgent_of(board: Board) -> tuple[Urgent, ...]:
    """Name the tags that are wrong, or whose incident is not over, the newest first."""
    wrong = [one for one in board.tags if _is_urgent(one)]
    wrong.sort(key=lambda one: (_since(one) or board.now, str(one.tag)), reverse=True)
    return tuple(Urgent(one, _incident_of(one), _pulled(one, board.now)) for one in wrong)


def by_namespace(tags: Iterable[WatchedTag]) -> tuple[tuple[str, tuple[WatchedTag, ...]], ...]:
    """Put tags, in the order of their names, under their namespaces."""
    groups = groupby(tags, key=lambda watched: namespace(watched.tag))
    return tuple((name, tuple(group)) for name, group in groups)


def namespace(tag: Tag) -> str:
    """Name what a tag is listed under: its registry, and the first part of its path if it has."""
    first, slash, _ = tag.repository.path.partition("/")
    return f"{tag.repository.registry}/{first}" if slash else tag.repository.registry


def _asked() -> Asked:
    outcome = request.args.get("outcome", "")
    if outcome and outcome not in _BY_WORD:
        abort(HTTPStatus.BAD_REQUEST, f"`outcome` is one of {', '.join(_BY_WORD)}")
    return Asked(request.args.get("q", "").strip(), outcome)


def _page(board: Board, asked: Asked) -> Numbered[WatchedTag]:
    taken = sorted(filter(asked.takes, board.tags), key=lambda one: (namespace(one.tag), one.tag))
    size = PAGED_PAST if len(taken) <= PAGED_PAST else TAGS_A_PAGE
    return numbered(taken, size, anchor="tags")


def _with_moves(records: Records, rows: Iterable[WatchedTag]) -> tuple[WatchedTag, ...]:
    tags = tuple(rows)
    moves = records.histories([one.tag for one in tags], MOVES_SHOWN)
    return tuple(replace(one, moves=moves.get(one.tag, ())) for one in tags)


def _is_urgent(watched: WatchedTag) -> bool:
    opened = watched.memory is not None and watched.memory.incident is not None
    return opened or watched.standing is Standing.WRONG


def _since(watched: WatchedTag) -> datetime | None:
    return watched.memory.since if watched.memory else None


def _incident_of(watched: WatchedTag) -> str:
    incident = watched.memory.incident if watched.memory else None
    return incident_id(watched.tag, incident.number) if incident else ""


def _pulled(watched: WatchedTag, now: datetime) -> datetime | None:
    pulls = watched.rule.pulls if watched.rule else None
    return pulls.next_after(now) if pulls else None
