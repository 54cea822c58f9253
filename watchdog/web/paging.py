"""Lists by the page: so many rows, and where the next page begins, in a `Link` header (RFC 8288).

A cursor names the last row that was given, so what comes in meanwhile moves no page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, NoReturn, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, request

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows; `cursor` is where the next page begins, None on the last one."""

    rows: Sequence[Row]
    cursor: str | None


def read_limit(default: int, most: int) -> int:
    """Read `limit` from the query; 400 for what is no number from 1 to `most`."""
    text = request.args.get("limit", str(default))
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(most))
    if not digits or not 1 <= int(text) <= most:
        abort(HTTPStatus.BAD_REQUEST, f"`limit` is a number from 1 to {most}")
    return int(text)


def read_cursor() -> str | None:
    """Read `cursor` from the query; None on the first page."""
    return request.args.get("cursor")


def page_of(rows: Sequence[Row], name: Callable[[Row], str], limit: int) -> Page[Row]:
    """Take the asked page out of all rows, each of which has a name of its own."""
    cursor, begin = read_cursor(), 0
    if cursor is not None:
        begin = next((n for n, row in enumerate(rows, 1) if name(row) == cursor), 0)
        if not begin:
            refuse_cursor()
    return cut(rows[begin : begin + limit + 1], name, limit)


def cut(rows: Sequence[Row], name: Callable[[Row], str], limit: int) -> Page[Row]:
    """Make a page of rows that were read with one more than it has, to see whether there is."""
    more = len(rows) > limit
    return Page(rows[:limit], name(rows[limit - 1]) if more else None)


def refuse_cursor() -> NoReturn:
    """Answer a cursor that names no row, or none that is still kept."""
    abort(HTTPStatus.BAD_REQUEST, "`cursor` names no row that is kept: begin anew without it")


def linked(answer: Response, cursor: str | None) -> Response:
    """Say where the next page is, if there is one."""
    if cursor is not None:
        query = urlencode({**request.args, "cursor": cursor})
        answer.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return answer
