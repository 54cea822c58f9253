"""What a person is told: one text, which each channel renders in its own way.

All of it is plain text. What came from outside is cleaned and shortened here, once; escaping for
Slack, HTML or JSON is each channel's own work.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

TEXT_MAX_CHARS = 300
NAMES_SHOWN = 5
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff"
    r"\U000e0000-\U000e007f]+"
)


class Stage(StrEnum):
    """How something that lasts stands by the time of a message about it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Severity(StrEnum):
    """How much a message matters; `right` says that something is well again."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `id` is stable over every attempt to deliver it.

    `subject` is the tag (or host) it is about: messages of one subject arrive in order. `kind` is a
    stable word for programs. `facts` are (name, text) pairs, `advice` what to do next, `links`
    (name, URL) pairs of places to look at. All messages about one incident (or condition) have its
    id for their `thread`, its beginning for `since` and say its `stage`; a message about nothing
    that lasts has none of these.
    """

    id: str
    subject: str
    kind: str
    severity: Severity
    title: str
    facts: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]
    at: datetime
    link: str | None = None
    links: tuple[tuple[str, str], ...] = ()
    thread: str | None = None
    since: datetime | None = None
    stage: Stage | None = None


def first_of(names: Sequence[object]) -> str:
    """Name the first NAMES_SHOWN, and say how many more there are."""
    shown, more = ", ".join(map(str, names[:NAMES_SHOWN])), len(names) - NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def plain(text: str, most: int = TEXT_MAX_CHARS) -> str:
    """Make text from outside fit to show: no control or direction characters, at most `most`."""
    cleaned = _UNPRINTABLE.sub(" ", text[: most * 4]).strip()
    return cleaned if len(cleaned) <= most else f"{cleaned[: most - 1]}…"
