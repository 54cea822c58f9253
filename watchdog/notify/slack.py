"""Slack, by an incoming webhook and Block Kit.

Sources: docs.slack.dev, "Sending messages using incoming webhooks", "Formatting message text"
(& < > are escaped in every text object; a mention is <!…>) and the Block Kit reference (limits).
Text from outside goes into `plain_text` objects, in which Slack interprets nothing; advice, which
has code in it, goes into `mrkdwn`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from watchdog.core.message import Message
from watchdog.notify.post import Call, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.tidy import LINK_TEXT, code_spans, headline, tidy, timestamp

URL_VARIABLE = "WATCHDOG_SLACK_WEBHOOK_URL"
HEADER_MAX_CHARS = 150
FIELD_MAX_CHARS = 2000
SECTION_MAX_CHARS = 3000
SECTION_MAX_FACTS = 5  # ten fields, of which a fact takes two
TEXT_MAX_CHARS = 1500
FACTS_MAX = 60  # twelve sections; with header, advice and footer under Slack's fifty blocks
FALLBACK_MAX_CHARS = 3000

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKUP = re.compile(r"(?<![A-Za-z0-9])[*_~`]|[*_~`](?![A-Za-z0-9])")
_LOOKALIKES = {
    "*": "\N{ASTERISK OPERATOR}",
    "_": "\N{MODIFIER LETTER LOW MACRON}",
    "~": "\N{TILDE OPERATOR}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
}


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One Slack channel, reached through its incoming webhook, whose URL is the secret."""

    url: str = field(repr=False)
    name: str = "slack"

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Post the message; raises RemoteError unless Slack took it.

        An alert that Slack refuses for its layout arrives without one rather than not at all.
        """
        answer = exchange(self._call(render(message)))
        if answer.status == HTTPStatus.BAD_REQUEST:
            answer = exchange(self._call(_without_blocks(message)))
        demand(self._call({}), answer)

    def _call(self, body: dict[str, Any]) -> Call:
        return Call("Slack", "POST", self.url, body)


def from_environment(read: Read) -> SlackChannel | None:
    """Return the channel, or None where there is no webhook; raises ConfigurationError."""
    url = read(URL_VARIABLE)
    return SlackChannel(web_address(URL_VARIABLE, url)) if url else None


def render(message: Message) -> dict[str, Any]:
    """Lay a message out in Block Kit, within Slack's limits."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    blocks = [
        {"type": "header", "text": _plain(headline(tidied), HEADER_MAX_CHARS)},
        *_fact_sections(tidied),
        *({"type": "section", "text": _advice(line)} for line in tidied.advice),
        {"type": "context", "elements": list(_footer(tidied))},
    ]
    return {**_without_blocks(message), "blocks": blocks}


def escaped(text: str, most: int) -> str:
    """Escape as Slack asks, cut to `most` characters, never within an entity."""
    safe = text.translate(_ESCAPES)
    if len(safe) <= most:
        return safe
    return re.sub("&[a-z]*$", "", safe[: most - 1]) + "…"


def _without_blocks(message: Message) -> dict[str, Any]:
    """Say everything in one text: for notifications, screen readers, and as the last resort."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    lines = [headline(tidied), *(f"{name}: {text}" for name, text in tidied.facts), *tidied.advice]
    return {
        "text": escaped(_literal("\n".join(lines)), FALLBACK_MAX_CHARS),
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _fact_sections(message: Message) -> Iterator[dict[str, Any]]:
    for start in range(0, len(message.facts), SECTION_MAX_FACTS):
        facts = message.facts[start : start + SECTION_MAX_FACTS]
        fields = [text for fact in facts for text in _fact(*fact)]
        yield {"type": "section", "fields": fields}


def _fact(name: str, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two fields that Slack shows side by side."""
    return _markup(f"*{escaped(_literal(name), FIELD_MAX_CHARS - 2)}*"), _plain(text)


def _advice(line: str) -> dict[str, Any]:
    """Show what stands in backticks as code, or the line as plain text where that is too long."""
    spans = (
        f"`{escaped(text, FIELD_MAX_CHARS)}`"
        if is_code
        else escaped(_literal(text), FIELD_MAX_CHARS)
        for is_code, text in code_spans(line)
    )
    text = f"• {''.join(spans)}"
    return _markup(text) if len(text) <= SECTION_MAX_CHARS else _plain(f"• {line}")


def _footer(message: Message) -> Iterator[dict[str, Any]]:
    yield _plain(f"{message.subject} · {message.kind} · {timestamp(message.at)}")
    if message.link:
        address = message.link.replace("|", "%7C").replace(" ", "%20")
        yield _markup(f"<{address.translate(_ESCAPES)}|{LINK_TEXT}>")


def _literal(text: str) -> str:
    """Put look-alikes in place of mrkdwn's marks where they could have effect, at a word's edge."""
    return _MARKUP.sub(lambda mark: _LOOKALIKES[mark[0]], text)


def _plain(text: str, most: int = FIELD_MAX_CHARS) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, most), "emoji": False}


def _markup(text: str) -> dict[str, Any]:
    # verbatim: no URL, channel or person is made a link unless it is written as one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
