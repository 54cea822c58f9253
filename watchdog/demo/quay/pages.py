"""Lists page by page: Quay's `next_page` says nothing but where the next page begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

Row = TypeVar("Row")


def page_of(
    rows: Sequence[Row], token: str | None, size: int
) -> tuple[Sequence[Row], dict[str, object]]:
    """Cut out one page; the second part is to be added to the answer."""
    start = start_of(token)
    more = len(rows) > start + size
    return rows[start : start + size], next_page(start + size) if more else {}


def next_page(start: int) -> dict[str, object]:
    """Name the page that begins at a row."""
    return {"next_page": base64.urlsafe_b64encode(f"gAAAAAB:{start}".encode()).decode()}


def start_of(token: str | None) -> int:
    """Say where a page begins; without a token, and with one that is none, at the first row."""
    try:
        return int(base64.urlsafe_b64decode(token or "").rpartition(b":")[2] or 0)
    except (binascii.Error, ValueError):
        return 0
