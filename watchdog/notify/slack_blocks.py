"""A message in Slack's Block Kit, within Slack's limits.

Sources: docs.slack.dev, "Formatting message text" (& < > are escaped in every text object; a
mention is <!…>) and the Block Kit reference (limits). Text from outside goes into `plain_text`
objects, in which Slack interprets nothing; advice, which has code in it, goes into `mrkdwn`.

Links are links and not buttons: Slack sends every click on a button to the app, and shows a
warning beside it unless the app answers, which asks for an address that Slack can reach.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from watchdog.core.message import Message
from watchdog.notify.tidy import code_spans, headline, places, tidy, timestamp

HEADER_MAX_CHARS = 150
FIELD_MAX_CHARS = 2000
SECTION_MAX_CHARS = 3000
SECTION_MAX_FACTS = 5  # ten fields, of which a fact takes two
TEXT_LIMITS_CHARS = (1500, 300, 80, 20)  # the next one is tried where the whole is too large
# Not documented: over 12,000 to 13,300 characters chat.postMessage answers msg_blocks_too_long,
# the layout's own included (github.com/slackapi/bolt-js, issues 2509 and 2867).
BLOCKS_MAX_CHARS = 11_000
FACTS_MAX = 60  # twelve sections; with header, advice and footer under Slack's fifty blocks
FALLBACK_MAX_CHARS = 3000
LINK_NAME_MAX_CHARS = 75

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_MARKUP = re.compile(r"(?<![A-Za-z0-9])[*_~`]|[*_~`](?![A-Za-z0-9])")
_LOOKALIKES = {
    "*": "\N{ASTERISK OPERATOR}",
    "_": "\N{MODIFIER LETTER LOW MACRON}",
    "~": "\N{TILDE OPERATOR}",
    "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
}


def render(message: Message) -> dict[str, Any]:
    """Lay a message out in Block Kit, with shorter texts where the whole would be too large."""
    for most in TEXT_LIMITS_CHARS:
        blocks = _blocks(tidy(message, most, FACTS_MAX))
        if len(json.dumps(blocks, ensure_ascii=False)) <= BLOCKS_MAX_CHARS:
            break
    return {**without_blocks(message), "blocks": blocks}


def escaped(text: str, most: int) -> str:
    """Escape as Slack asks, cut to `most` characters, never within an entity."""
    safe = text.translate(_ESCAPES)
    if len(safe) <= most:
        return safe
    return re.sub("&[a-z]*$", "", safe[: most - 1]) + "…"


def without_blocks(message: Message) -> dict[str, Any]:
    """Say everything in one text: for notifications, screen readers, and as the last resort."""
    tidied = tidy(message, TEXT_LIMITS_CHARS[0], FACTS_MAX)
    lines = [headline(tidied), *(f"{name}: {text}" for name, text in tidied.facts), *tidied.advice]
    lines += [f"{name}: {address}" for name, address in places(tidied)]
    return {
        "text": escaped(_literal("\n".join(lines)), FALLBACK_MAX_CHARS),
        "mrkdwn": False,
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _blocks(message: Message) -> list[dict[str, Any]]:
    footer = f"{message.subject} · {message.kind} · {timestamp(message.at)}"
    return [
        {"type": "header", "text": _plain(headline(message), HEADER_MAX_CHARS)},
        *_fact_sections(message),
        *({"type": "section", "text": _advice(line)} for line in message.advice),
        *_link_section(message),
        {"type": "context", "elements": [_plain(footer)]},
    ]


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


def _link_section(message: Message) -> Iterator[dict[str, Any]]:
    """One line of links, as many as fit."""
    line = ""
    for name, address in places(message):
        longer = f"{line}{' · ' if line else ''}{_link(name, address)}"
        line = longer if len(longer) <= SECTION_MAX_CHARS else line
    if line:
        yield {"type": "section", "text": _markup(line)}


def _link(name: str, address: str) -> str:
    target = address.replace("|", "%7C").replace(" ", "%20").translate(_ESCAPES)
    return f"<{target}|{escaped(_literal(name), LINK_NAME_MAX_CHARS)}>"


def _literal(text: str) -> str:
    """Put look-alikes in place of mrkdwn's marks where they could have effect, at a word's edge."""
    return _MARKUP.sub(lambda mark: _LOOKALIKES[mark[0]], text)


def _plain(text: str, most: int = FIELD_MAX_CHARS) -> dict[str, Any]:
    return {"type": "plain_text", "text": escaped(text, most), "emoji": False}


def _markup(text: str) -> dict[str, Any]:
    # verbatim: no URL, channel or person is made a link unless it is written as one.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
