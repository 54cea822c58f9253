"""What Slack, a Matrix homeserver and a JSON webhook answer, as far as alerts need them.

Slack is both, its incoming webhook and its Web API. They refuse what the real ones refuse. No
network: `receiver` puts them on a port.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from watchdog.demo.slack_api import SlackApi

MATRIX_TOKEN = "syt_demo_not_a_secret"  # noqa: S105  # only this simulator knows it
ROOM = "!alerts:demo"
ALIAS = "#alerts:demo"
SLACK_PATH = "/services/T00000000/B00000000/demodemodemodemodemo"
SLACK_API_PATH = "/api/"
WEBHOOK_PATH = "/alerts"
MATRIX_PATH = "/_matrix/client/v3"
SLACK_MAX_BLOCKS = 50
SLACK_LIMITS = {"header": (1, 150), "context": (10, 3000), "text": (1, 3000), "fields": (10, 2000)}


@dataclass(frozen=True, slots=True)
class Received:
    """One message that was taken: by which channel, under which id, with which headers and body."""

    channel: str
    id: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class Services:
    """The three services and what they took, in order. The caller holds a lock."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.rooms = {ALIAS: ROOM}
        self.workspace = SlackApi()
        self.events: dict[str, dict[str, Any]] = {}
        self._events: dict[tuple[str, str], str] = {}

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """Say what the service at this path would say."""
        if (method, path) == ("POST", SLACK_PATH):
            return self._slack(headers, _object(body))
        if method == "POST" and path.startswith(SLACK_API_PATH):
            return self._slack_api(path.removeprefix(SLACK_API_PATH), headers, _object(body))
        if (method, path) == ("POST", WEBHOOK_PATH):
            return self._webhook(headers, _object(body))
        if path.startswith(f"{MATRIX_PATH}/"):
            return self._matrix(method, path.removeprefix(f"{MATRIX_PATH}/"), headers, body)
        return Reply(HTTPStatus.NOT_FOUND, "no_service")

    def _slack(self, headers: dict[str, str], payload: dict[str, Any] | None) -> Reply:
        fault = "invalid_payload" if payload is None else slack_fault(payload)
        if payload is None or fault:
            return Reply(HTTPStatus.BAD_REQUEST, fault)
        self.received.append(Received("slack", "", headers, payload))
        return Reply(HTTPStatus.OK, "ok")

    def _slack_api(
        self, method: str, headers: dict[str, str], arguments: dict[str, Any] | None
    ) -> Reply:
        fault = "invalid_json" if arguments is None else slack_fault(arguments)
        if arguments is None or fault:
            return _json({"ok": False, "error": fault})
        token = headers.get("authorization", "").removeprefix("Bearer ")
        answer = self.workspace.answer(method, token, arguments)
        # What edits a message is none.
        if answer["ok"] and method == "chat.postMessage":
            self.received.append(Received("slack-bot", "", headers, arguments))
        return _json(answer)

    def _webhook(self, headers: dict[str, str], payload: dict[str, Any] | None) -> Reply:
        if payload is None:
            return Reply(HTTPStatus.BAD_REQUEST, "not a JSON object")
        key = headers.get("idempotency-key", "")
        self.received.append(Received("webhook", key, headers, payload))
        return Reply(HTTPStatus.NO_CONTENT)

    def _matrix(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        if headers.get("authorization") != f"Bearer {MATRIX_TOKEN}":
            return _matrix_error(HTTPStatus.UNAUTHORIZED, "M_UNKNOWN_TOKEN", "Invalid access token")
        match [method, *(unquote(part) for part in path.split("/"))]:
            case ["GET", "directory", "room", alias]:
                return self._directory(alias)
            case ["PUT", "rooms", room, "send", "m.room.message", transaction]:
                return self._event(room, transaction, headers, _object(body))
            case ["GET", "rooms", _, "event", event]:
                return self._shown(event)
            case _:
                return _matrix_error(HTTPStatus.NOT_FOUND, "M_UNRECOGNIZED", "Unknown request")

    def _directory(self, alias: str) -> Reply:
        if alias not in self.rooms:
            return _matrix_error(HTTPStatus.NOT_FOUND, "M_NOT_FOUND", "Room alias not found")
        return _json({"room_id": self.rooms[alias], "servers": ["demo"]})

    def _event(
        self, room: str, transaction: str, headers: dict[str, str], content: dict[str, Any] | None
    ) -> Reply:
        """Take an event once: the same transaction id again gets the same event id."""
        if room not in self.rooms.values():
            return _matrix_error(HTTPStatus.FORBIDDEN, "M_FORBIDDEN", f"User not in room {room}")
        if content is None:
            return _matrix_error(HTTPStatus.BAD_REQUEST, "M_NOT_JSON", "Content not JSON.")
        relation = content.get("m.relates_to", {})
        if relation and relation["event_id"] not in self.events:
            return _matrix_error(HTTPStatus.BAD_REQUEST, "M_UNKNOWN", "Relation to unknown event")
        if (room, transaction) not in self._events:
            event = f"$event{len(self._events)}"
            self._events[room, transaction] = event
            self.events[event] = content
            # What edits a message is none.
            if relation.get("rel_type") != "m.replace":
                self.received.append(Received("matrix", transaction, headers, content))
        return _json({"event_id": self._events[room, transaction]})

    def _shown(self, event: str) -> Reply:
        if event not in self.events:
            return _matrix_error(HTTPStatus.NOT_FOUND, "M_NOT_FOUND", "Event not found.")
        return _json({"event_id": event, "content": self.events[event]})


def slack_fault(payload: dict[str, Any]) -> str:
    """Name what Slack would refuse a payload for, or "" (Block Kit reference, limits)."""
    blocks = payload.get("blocks", [])
    if not payload.get("text") and not blocks:
        return "no_text"
    within = len(blocks) <= SLACK_MAX_BLOCKS and all(_within_limits(block) for block in blocks)
    return "" if within else "invalid_blocks"


def _within_limits(block: dict[str, Any]) -> bool:
    """Tell whether a block is of a kind that alerts use, and within Slack's limits for it."""
    if block["type"] == "section":
        kind = "fields" if "fields" in block else "text"
        texts = block.get("fields") or [block.get("text", {"text": ""})]
    else:
        kind = block["type"]
        texts = block["elements"] if kind == "context" else [block["text"]]
    most, longest = SLACK_LIMITS[kind]
    return 1 <= len(texts) <= most and all(1 <= len(text["text"]) <= longest for text in texts)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _json(document: dict[str, Any], status: int = HTTPStatus.OK) -> Reply:
    return Reply(status, json.dumps(document), (("Content-Type", "application/json"),))


def _matrix_error(status: int, code: str, text: str) -> Reply:
    return _json({"errcode": code, "error": text}, status)
