"""Slack's Web API, by slack-sdk: the two methods that alerts need.

The library knows the methods, their arguments and their answers. How it speaks HTTP is replaced, at
the one place where it opens an address, by the exchange that all channels have: left to itself it
has no bound on a whole exchange, follows redirects with the token in hand, and repeats a post after
a broken connection, which the far side may have taken.
"""

import json
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.request import Request

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from watchdog.core.message import plain
from watchdog.errors import RemoteError
from watchdog.notify.post import ANSWER_SHOWN_CHARS, Call, demand, exchange
from watchdog.notify.slack_errors import SlackRefusalError

# Slack repeats the message that it took, whose `ts` must not be lost.
ANSWER_MAX_BYTES = 2 * 1024 * 1024
# Its own log would have every message in it, and errors a second time.
_SILENT = logging.getLogger(f"{__name__}.silent")
_SILENT.setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that Slack took: in which channel, its `ts`, and the thread's, if it has one."""

    channel: str
    ts: str
    thread: str | None


class SlackWeb:
    """The Web API of one workspace; its methods raise RemoteError."""

    def __init__(self, token: str, api_url: str) -> None:
        self._client = _Bounded(token, api_url, logger=_SILENT, retry_handlers=[])
        self._where = Call("Slack", "POST", api_url).where

    def post(self, channel: str, body: dict[str, Any], thread: str | None = None) -> Posted:
        """Post a message, into a thread if one is named (chat.postMessage)."""
        more = {"thread_ts": thread} if thread else {}
        taken = self._call("chat.postMessage", {**body, "channel": channel, **more})
        where, ts, message = taken.get("channel"), taken.get("ts"), taken.get("message")
        if not isinstance(where, str) or not isinstance(ts, str):
            raise RemoteError(f"{self._where} did not say where it put a message", retryable=False)
        parent = message.get("thread_ts") if isinstance(message, dict) else None
        return Posted(where, ts, parent if isinstance(parent, str) else None)

    def update(self, channel: str, ts: str, body: dict[str, Any]) -> None:
        """Put another content into a message of ours (chat.update)."""
        content = {
            "text": body["text"],
            "blocks": body.get("blocks", []),  # else it keeps those that it has
            # Unlike chat.postMessage it would make links and mentions of the text by itself.
            "parse": "none",
            "link_names": False,
        }
        self._call("chat.update", {**content, "channel": channel, "ts": ts})

    def _call(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Call a method. Errors have no cause: the library's hold the request, token and all."""
        try:
            answer = self._client.api_call(method, json=arguments)
        except SlackApiError as error:
            code = str(error.response.get("error"))
        else:
            return answer.data if isinstance(answer.data, dict) else {}
        raise SlackRefusalError(self._where, code)


class _Bounded(WebClient):
    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        data = req.data
        body = json.loads(data) if isinstance(data, bytes) else {}
        call = Call("Slack", "POST", url, body, self.token)
        answer = exchange(call, most=ANSWER_MAX_BYTES)
        demand(call, answer)
        said = answer.body.decode("utf-8", "replace")
        if "ok" not in answer.document():
            raise RemoteError(
                f"{call.where} answered {answer.status} with what is no answer of its API: "
                f"{plain(said, ANSWER_SHOWN_CHARS)}",
                retryable=True,
            )
        return {"status": HTTPStatus.OK, "headers": {}, "body": said}
