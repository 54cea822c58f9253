"""A message as the content of a Matrix event: plain and in HTML, alone, in a thread, as an edit.

Source: spec.matrix.org, client-server API, "m.room.message msgtypes", "Event replacements" and
"Threading". `m.mentions` is empty: since v1.7 that means that nobody is called, whatever the text
holds.
"""

import json
from html import escape
from typing import Any

from watchdog.core.message import Message, Severity
from watchdog.notify.root import Root
from watchdog.notify.tidy import code_spans, headline, places, tidy, timestamp

CONTENT_MAX_BYTES = 56 * 1024  # an event may have 65,536 bytes, the server's own fields included
FACTS_MAX = 60
TEXT_LIMITS_CHARS = (1500, 300, 40)  # the next one is tried where the event would be too large


def render(message: Message) -> dict[str, Any]:
    """Write the event's content, with shorter texts where it would not fit into an event."""
    for most in TEXT_LIMITS_CHARS:
        content = _content(tidy(message, most, FACTS_MAX))
        if len(json.dumps(content, ensure_ascii=False).encode()) <= CONTENT_MAX_BYTES:
            break
    return content


def in_thread(root: Root, message: Message) -> dict[str, Any]:
    """Write it for the root's thread; a client without threads shows an answer to the last one."""
    relation = {
        "rel_type": "m.thread",
        "event_id": root.event,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": root.last},
    }
    return {**render(message), "m.relates_to": relation}


def edit(root: Root, message: Message) -> dict[str, Any]:
    """Write what lets the root say how things stand; a client without edits shows one line."""
    now = root.now(message)
    content = render(now)
    return {
        "msgtype": content["msgtype"],
        "body": f"* {headline(tidy(now, TEXT_LIMITS_CHARS[1], 1))}",
        "m.mentions": {},
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": root.event},
    }


def _content(message: Message) -> dict[str, Any]:
    return {
        "msgtype": "m.notice" if message.severity is Severity.INFO else "m.text",
        "body": _body(message),
        "format": "org.matrix.custom.html",
        "formatted_body": _html(message),
        "m.mentions": {},
    }


def _body(message: Message) -> str:
    lines = [headline(message)]
    lines += [f"{name}: {text}" for name, text in message.facts]
    lines += [f"• {line}" for line in message.advice]
    lines += [_footer(message)]
    lines += [f"{name}: {address}" for name, address in places(message)]
    return "\n".join(lines)


def _html(message: Message) -> str:
    facts = (f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in message.facts)
    advice = (f"<li>{_advice(line)}</li>" for line in message.advice)
    parts = [f"<p><strong>{escape(headline(message))}</strong></p>"]
    parts += [f"<ul>{''.join(facts)}</ul>"] if message.facts else []
    parts += [f"<ol>{''.join(advice)}</ol>"] if message.advice else []
    parts += [f"<p>{escape(_footer(message))}</p>"]
    links = [f'<a href="{escape(url)}">{escape(name)}</a>' for name, url in places(message)]
    parts += [f"<p>{' · '.join(links)}</p>"] if links else []
    return "".join(parts)


def _advice(line: str) -> str:
    spans = ((is_code, escape(text)) for is_code, text in code_spans(line))
    return "".join(f"<code>{text}</code>" if is_code else text for is_code, text in spans)


def _footer(message: Message) -> str:
    return f"{message.subject} · {message.kind} · {timestamp(message.at)}"
