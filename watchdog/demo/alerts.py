"""Alerts as people see them: what Slack and Matrix were sent, drawn for a terminal.

Drawn from the very bytes that the receiver took, not from the message they were made of.
"""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from watchdog.demo.receiver import Received

_BORDER = "dim"
_LINK = re.compile(r"<[^|<>]+\|([^<>]+)>")


def slack_panel(taken: Received) -> Panel:
    """Draw a Slack message from its blocks (Block Kit)."""
    drawn = [part for block in taken.body["blocks"] for part in _slack_block(block)]
    return _panel("Slack", Group(*drawn))


def matrix_panel(taken: Received) -> Panel:
    """Draw a Matrix message from its plain body."""
    first, *rest = str(taken.body["body"]).splitlines()
    return _panel("Matrix", Group(_whole(first, "bold"), *map(_whole, rest)))


def _slack_block(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Draw a block of one of the four kinds that our alerts use."""
    match block:
        case {"type": "header", "text": text}:
            yield _whole(_shown(text), "bold")
        case {"type": "section", "fields": fields}:
            yield Padding(_slack_fields(fields), (1, 0))
        case {"type": "section", "text": text}:
            yield _whole(_shown(text))
        case {"type": "context", "elements": elements}:
            yield _whole(" · ".join(map(_shown, elements)), "dim")
        case _:
            yield _whole(f"(a block of type {block['type']!r})")


def _slack_fields(fields: list[Mapping[str, Any]]) -> Table:
    """Lay fields out in two columns, as Slack does."""
    grid = Table.grid(padding=(0, 2))
    for name, text in zip(fields[::2], fields[1::2], strict=True):
        grid.add_row(_whole(_shown(name), "bold"), _whole(_shown(text)))
    return grid


def _shown(text: Mapping[str, Any]) -> str:
    """Return what Slack shows of a text object: bold and links without their marks."""
    shown = str(text["text"])
    if text["type"] == "mrkdwn":
        shown = _LINK.sub(r"\1", shown.strip("*"))
    return unescape(shown)


def _whole(text: str, style: str = "") -> Text:
    """Make text that is never cut: a long word goes on in the next line."""
    return Text(text, style=style, overflow="fold")


def _panel(title: str, content: RenderableType) -> Panel:
    return Panel(content, title=title, title_align="left", border_style=_BORDER, padding=(0, 1))
