"""`GET /badge/REGISTRY/REPOSITORY:TAG.svg`: how one tag stands, for a README."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, render_template

from watchdog.core.reference import Tag
from watchdog.errors import MalformedError, StoreError
from watchdog.store.records import Records
from watchdog.web.headers import may_be_kept
from watchdog.web.watched import Board, PolicyNow, Standing, read_tag

KEPT_S = 5
SHORT_REVISION_CHARS = 7
_CHARACTER_PX = 6.6
_PADDING_PX = 6
_GREY = "#5f6773"
# White text on each of them has a contrast of 4.5 or more (WCAG 2.2, 1.4.3).
_COLOURS = {
    Standing.WRONG: "#c62828",
    Standing.GONE: "#9a5b00",
    Standing.LAGGING: "#9a5b00",
    Standing.UNKNOWN: "#6a5acd",
    Standing.UNSEEN: _GREY,
    Standing.RIGHT: "#1e7d4b",
}
_WORDS = {Standing.RIGHT: "trusted"}
_WITHOUT_REVISION = {Standing.GONE, Standing.UNSEEN}


@dataclass(frozen=True, slots=True)
class Badge:
    """Two words beside each other, the second one on a colour; all sizes in pixels."""

    subject: str
    says: str
    colour: str = _GREY

    @property
    def split(self) -> int:
        """Where the coloured half begins."""
        return _width(self.subject)

    @property
    def width(self) -> int:
        """How wide it is."""
        return self.split + _width(self.says)


def badge_blueprint(policy: PolicyNow, records: Records) -> Blueprint:
    """Make the endpoint; whatever is wrong, the answer is a badge."""
    blueprint = Blueprint("badge", __name__)

    @blueprint.get("/badge/<path:reference>.svg")
    def badge(reference: str) -> Response:
        try:
            tag = Tag.parse(reference)
            board = read_tag(records, policy(), tag)
        except MalformedError:
            return _drawn(Badge("tag", "not watched"), HTTPStatus.NOT_FOUND)
        except StoreError:
            return _drawn(Badge(tag.name, "no answer"), HTTPStatus.SERVICE_UNAVAILABLE)
        if board is None:
            return _drawn(Badge(tag.name, "not watched"), HTTPStatus.NOT_FOUND)
        return _drawn(badge_of(tag, board), HTTPStatus.OK)

    return blueprint


def badge_of(tag: Tag, board: Board) -> Badge:
    """Say how the one tag of a board stands; what nobody has looked at lately is not known."""
    standing, memory = board.tone, board.tags[0].memory
    revision = memory.revision if memory and standing not in _WITHOUT_REVISION else None
    says = _WORDS.get(standing, standing.value)
    short = f" · {revision[:SHORT_REVISION_CHARS]}" if revision else ""
    return Badge(tag.name, f"{says}{short}", _COLOURS[standing])


def _drawn(badge: Badge, status: HTTPStatus) -> Response:
    drawing = render_template("badge.svg", badge=badge, padding=_PADDING_PX)
    answer = Response(drawing, status, mimetype="image/svg+xml")
    if status is not HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Cache-Control"] = may_be_kept(KEPT_S)
    return answer


def _width(text: str) -> int:
    return round(len(text) * _CHARACTER_PX) + 2 * _PADDING_PX
