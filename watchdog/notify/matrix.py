"""Matrix, by the client-server API (spec.matrix.org, v1.7 and later).

The message's id is the transaction id, so a second attempt makes no second message. `m.mentions`
is empty: since v1.7 that means that nobody is called, whatever the text holds.
"""

import json
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from watchdog.core.message import Message, Severity
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.post import RETRY_AFTER_MAX_S, Answer, Call, bounded, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.tidy import LINK_TEXT, code_spans, headline, tidy, timestamp

VARIABLES = ("WATCHDOG_MATRIX_HOMESERVER", "WATCHDOG_MATRIX_ACCESS_TOKEN", "WATCHDOG_MATRIX_ROOM")
CONTENT_MAX_BYTES = 56 * 1024  # an event may have 65,536 bytes, the server's own fields included
FACTS_MAX = 60
TEXT_LIMITS_CHARS = (1500, 300, 40)  # the next one is tried where the event would be too large
_ROOM_GONE = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class MatrixChannel:
    """One Matrix room, given by its id (`!…`) or by an alias (`#…`), which is resolved once."""

    homeserver: str
    token: str = field(repr=False)
    room: str
    name: str = "matrix"
    _resolved: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Send the message; raises RemoteError unless the homeserver took it."""
        known = self._resolved.get(self.room)
        call, answer = self._put(known or self._room_id(), message)
        if known and answer.status in _ROOM_GONE:
            # The alias may have moved on to an upgraded room.
            self._resolved.clear()
            call, answer = self._put(self._room_id(), message)
        _demand(call, answer)

    def _put(self, room: str, message: Message) -> tuple[Call, Answer]:
        path = f"rooms/{quote(room, safe='')}/send/m.room.message/{quote(message.id, safe='')}"
        call = self._call("PUT", path, render(message))
        return call, exchange(call)

    def _room_id(self) -> str:
        """Resolve an alias (client-server API, "Room aliases"); an id is itself."""
        if self.room.startswith("!"):
            return self.room
        call = self._call("GET", f"directory/room/{quote(self.room, safe='')}")
        answer = exchange(call)
        _demand(call, answer)
        room = answer.document().get("room_id")
        if not isinstance(room, str) or not room.startswith("!"):
            raise RemoteError(f"{call.where} named no room for {self.room}", retryable=False)
        self._resolved[self.room] = room
        return room

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        return Call(
            "Matrix", method, f"{self.homeserver}/_matrix/client/v3/{path}", body, self.token
        )


def from_environment(read: Read) -> MatrixChannel | None:
    """Return the channel, or None where none of it is set; raises ConfigurationError for half."""
    parts = {variable: read(variable) for variable in VARIABLES}
    missing = [variable for variable, value in parts.items() if not value]
    if len(missing) == len(parts):
        return None
    if missing:
        raise ConfigurationError(f"alerts to Matrix also need {' and '.join(missing)}")
    homeserver, token, room = (value or "" for value in parts.values())
    if room[0] not in "!#":
        raise ConfigurationError(
            "WATCHDOG_MATRIX_ROOM is neither a room's id (!abc:example.org) nor its alias (#ops:…)"
        )
    if not token.isascii() or not token.isprintable():
        raise ConfigurationError("WATCHDOG_MATRIX_ACCESS_TOKEN holds what no token can")
    address = web_address("WATCHDOG_MATRIX_HOMESERVER", homeserver)
    return MatrixChannel(address.rstrip("/"), token, room)


def render(message: Message) -> dict[str, Any]:
    """Write the event's content, with shorter texts where it would not fit into an event."""
    for most in TEXT_LIMITS_CHARS:
        content = _content(tidy(message, most, FACTS_MAX))
        if len(json.dumps(content, ensure_ascii=False).encode()) <= CONTENT_MAX_BYTES:
            break
    return content


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
    lines += [message.link] if message.link else []
    return "\n".join(lines)


def _html(message: Message) -> str:
    facts = (f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in message.facts)
    advice = (f"<li>{_advice(line)}</li>" for line in message.advice)
    parts = [f"<p><strong>{escape(headline(message))}</strong></p>"]
    parts += [f"<ul>{''.join(facts)}</ul>"] if message.facts else []
    parts += [f"<ol>{''.join(advice)}</ol>"] if message.advice else []
    parts += [f"<p>{escape(_footer(message))}</p>"]
    if message.link:
        parts += [f'<p><a href="{escape(message.link)}">{LINK_TEXT}</a></p>']
    return "".join(parts)


def _advice(line: str) -> str:
    spans = ((is_code, escape(text)) for is_code, text in code_spans(line))
    return "".join(f"<code>{text}</code>" if is_code else text for is_code, text in spans)


def _footer(message: Message) -> str:
    return f"{message.subject} · {message.kind} · {timestamp(message.at)}"


def _demand(call: Call, answer: Answer) -> None:
    """As `post.demand`, with the wait that a homeserver puts into the body of a 429."""
    wait = answer.document().get("retry_after_ms")
    if answer.retry_after is None and isinstance(wait, int):
        answer = Answer(
            answer.status, answer.body, bounded(min(wait, RETRY_AFTER_MAX_S * 1000) / 1000)
        )
    demand(call, answer)
