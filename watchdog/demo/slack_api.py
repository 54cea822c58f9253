"""Slack's Web API, as far as alerts need it: chat.postMessage and chat.update.

It answers as docs.slack.dev says that the two methods do: 200 with `ok`, whatever happened. No
network, as `services`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

BOT_TOKEN = "xoxb-demo-not-a-secret"  # noqa: S105  (only this simulator knows it)
CHANNELS = {"#alerts": "C0ALERTS", "#other": "C0OTHER"}
BLOCKS_MAX_CHARS = 12_000
_FIRST_TS = 1_772_425_867


@dataclass(slots=True)
class Posted:
    """A message that stands in a channel: what it says now, and the thread that it is in."""

    channel: str
    ts: str
    thread: str | None
    content: dict[str, Any]
    edits: int = 0
    deleted: bool = False


@dataclass(slots=True)
class SlackApi:
    """One workspace with one app, a member of its channels; `messages` is what stands there."""

    messages: list[Posted] = field(default_factory=list)
    archived: set[str] = field(default_factory=set)
    editable: bool = True
    _posts: int = 0

    def answer(self, method: str, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a method."""
        if token != BOT_TOKEN:
            return _error("invalid_auth" if token else "not_authed")
        channel = CHANNELS.get(arguments["channel"], arguments["channel"])
        if channel not in CHANNELS.values():
            return _error("channel_not_found")
        if method == "chat.postMessage":
            return self._post(channel, arguments)
        # An id, where a post takes a name as well.
        named = arguments["channel"] in CHANNELS.values()
        return self._update(channel, arguments) if named else _error("channel_not_found")

    def delete(self, ts: str) -> None:
        """Take a message out, as a person may; one that has answers leaves its place to them."""
        answered = any(each.thread == ts for each in self.messages)
        for each in [each for each in self.messages if each.ts == ts]:
            each.deleted = True
            if not answered:
                self.messages.remove(each)

    def _post(self, channel: str, arguments: dict[str, Any]) -> dict[str, Any]:
        fault = "is_archived" if channel in self.archived else too_long(arguments)
        if fault:
            return _error(fault)
        self._posts += 1
        ts = f"{_FIRST_TS + self._posts}.{self._posts:06d}"
        # An answer to a message that is there no more becomes one of its own.
        parent = arguments.get("thread_ts")
        thread = parent if any(each.ts == parent for each in self.messages) else None
        self.messages.append(Posted(channel, ts, thread, arguments))
        said = {"type": "message", "bot_id": "B0DEMO", "ts": ts, "text": arguments.get("text", "")}
        threaded = {"thread_ts": thread} if thread else {}
        return {"ok": True, "channel": channel, "ts": ts, "message": {**said, **threaded}}

    def _update(self, channel: str, arguments: dict[str, Any]) -> dict[str, Any]:
        ts = arguments["ts"]
        found = [each for each in self.messages if (each.channel, each.ts) == (channel, ts)]
        if not found or found[0].deleted:
            return _error("message_not_found")
        fault = "" if self.editable else "edit_window_closed"
        if fault or (fault := too_long(arguments)):
            return _error(fault)
        found[0].content = {**found[0].content, **arguments}
        found[0].edits += 1
        return {"ok": True, "channel": channel, "ts": ts, "text": arguments.get("text", "")}


def too_long(arguments: dict[str, Any]) -> str:
    """Name what chat.postMessage refuses where an incoming webhook does not."""
    blocks = json.dumps(arguments.get("blocks", []), ensure_ascii=False)
    return "msg_blocks_too_long" if len(blocks) > BLOCKS_MAX_CHARS else ""


def _error(code: str) -> dict[str, Any]:
    return {"ok": False, "error": code}
