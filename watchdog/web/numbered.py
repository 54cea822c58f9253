"""Lists on pages, by numbered pages: `?page=2`, with the rest of the question kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import abort, request

Row = TypeVar("Row")
PAGE_CHARS_MAX = 6


@dataclass(frozen=True, slots=True)
class Numbered(Generic[Row]):
    """One page of a list, and where its neighbours are; "" where there is none."""

    rows: Sequence[Row]
    page: int
    pages: int
    total: int
    before: str
    after: str


def numbered(rows: Sequence[Row], size: int, anchor: str = "") -> Numbered[Row]:
    """Take the asked page out of all rows; 404 for one that is not there."""
    page, pages = asked_page(), max(1, -(-len(rows) // size))
    if page > pages:
        abort(HTTPStatus.NOT_FOUND, f"there is no page {page}, the last one is {pages}")
    shown = rows[(page - 1) * size : page * size]
    before = _link(page - 1, anchor) if page > 1 else ""
    after = _link(page + 1, anchor) if page < pages else ""
    return Numbered(shown, page, pages, len(rows), before, after)


def asked_page() -> int:
    """Read `page` from the query; 400 for what is no number from 1 on."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) <= PAGE_CHARS_MAX and int(text)):
        abort(HTTPStatus.BAD_REQUEST, "`page` is a number from 1 on")
    return int(text)


def _link(page: int, anchor: str) -> str:
    query = urlencode({**request.args, "page": page})
    return f"?{query}#{anchor}" if anchor else f"?{query}"
