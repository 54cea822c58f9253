"""What all channels say alike: a severity's mark, the time, and text that calls nobody.

A message's texts are cleaned where they are made. They are cleaned here again, since what a channel
sends is read by people who trust it; escaping is left to each channel.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime

from watchdog.core.message import Message, Severity, Stage, plain

MARKS = {
    Severity.CRITICAL: "\N{LARGE RED SQUARE} Critical",
    Severity.WARNING: "\N{LARGE ORANGE SQUARE} Warning",
    Severity.INFO: "\N{LARGE BLUE SQUARE} Info",
    Severity.RIGHT: "\N{LARGE GREEN SQUARE} Right again",
}
LINK_TEXT = "Open in the watchdog"
ADVICE_MAX_LINES = 20
URL_MAX_CHARS = 2000
NOTHING = "-"
_CALL = re.compile(r"@(?=(?:here|channel|everyone|room)\b)", re.IGNORECASE)
_UNBROKEN = "@\N{WORD JOINER}"


def headline(message: Message) -> str:
    """The first line: severity as a square and as a word, the stage of what lasts, the title."""
    mark = MARKS[message.severity]
    if message.stage is Stage.RESOLVED and message.severity is Severity.RIGHT:
        mark = f"{mark[0]} Resolved"
    elif message.stage:
        mark = f"{mark}, {message.stage}"
    return f"{mark}: {message.title}"


def places(message: Message) -> list[tuple[str, str]]:
    """Name the places to look at with their addresses, the watchdog's own page first."""
    own = [(LINK_TEXT, message.link)] if message.link else []
    return [*own, *message.links]


def tidy(message: Message, most: int, most_facts: int) -> Message:
    """Return the message with no text over `most` characters and at most `most_facts` facts.

    What was left out is said in a last fact. `@here`, `@channel`, `@everyone` and `@room` are
    broken with a word joiner: whether a service takes them for a call depends on its settings.
    Of the links only those remain that lead to the web.
    """
    facts = [(_text(name, most), _text(text, most)) for name, text in message.facts]
    if len(facts) > most_facts:
        left_out = len(facts) - most_facts + 1
        facts = [*facts[: most_facts - 1], ("And", f"{left_out} more")]
    return replace(
        message,
        subject=_text(message.subject, most),
        title=_text(message.title, most),
        facts=tuple(facts),
        advice=tuple(_text(line, most) for line in message.advice[:ADVICE_MAX_LINES]),
        links=tuple((_text(name, most), url) for name, url in message.links if _is_web(url)),
    )


def timestamp(at: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def code_spans(line: str) -> list[tuple[bool, str]]:
    """Split a line of advice at its backticks into (is it code, text); unpaired ones are text."""
    parts = line.split("`")
    if len(parts) % 2 == 0:
        return [(False, line)]
    return [(index % 2 == 1, part) for index, part in enumerate(parts) if part]


def _is_web(url: str) -> bool:
    """Tell whether a URL may be shown as a link: no other scheme, nothing to break out with."""
    sound = url.isascii() and url.isprintable() and " " not in url and len(url) <= URL_MAX_CHARS
    return sound and url.startswith(("https://", "http://"))


def _text(text: str, most: int) -> str:
    # A label read from JSON may hold half a surrogate pair, which no UTF-8 body can carry.
    sound = text.encode("utf-8", "replace").decode()
    return _CALL.sub(_UNBROKEN, plain(sound, most)) or NOTHING
