"""Slack, a Matrix homeserver and a JSON webhook on a loopback port, which keep what they were told.

The demo shows what it got; the tests send to it. It fails on request.
"""

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

from watchdog.demo.services import (
    ALIAS,
    MATRIX_TOKEN,
    ROOM,
    SLACK_API_PATH,
    SLACK_PATH,
    WEBHOOK_PATH,
    Received,
    Reply,
    Services,
)
from watchdog.demo.slack_api import BOT_TOKEN, SlackApi

__all__ = ["ALIAS", "BOT_TOKEN", "MATRIX_TOKEN", "ROOM", "Received", "Receiver"]

BODY_MAX_BYTES = 1024 * 1024
CLIENT_TIMEOUT_S = 5.0
POLL_S = 0.02


class Receiver:
    """The three services on one port; `start` and `stop`, or a with statement."""

    def __init__(self, port: int = 0) -> None:
        self._changed = threading.Condition()
        self._services = Services()
        self._failures: deque[Reply] = deque()
        self._requests = 0
        self._server = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL_S,))

    def start(self) -> Self:
        """Begin to answer; returns itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, with every thread and socket."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """The URL of all three, which is the Matrix homeserver's."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def slack_url(self) -> str:
        """The address of the Slack webhook."""
        return f"{self.address}{SLACK_PATH}"

    @property
    def slack_api_url(self) -> str:
        """The address of Slack's Web API."""
        return f"{self.address}{SLACK_API_PATH}"

    @property
    def workspace(self) -> SlackApi:
        """What stands in the Slack workspace behind that API."""
        return self._services.workspace

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """The content of each event in the Matrix rooms by its id, {} once it was removed."""
        return self._services.events

    @property
    def webhook_url(self) -> str:
        """The address of the JSON webhook."""
        return f"{self.address}{WEBHOOK_PATH}"

    @property
    def received(self) -> tuple[Received, ...]:
        """Everything that was taken so far, in order."""
        with self._changed:
            return tuple(self._services.received)

    @property
    def requests(self) -> int:
        """How many requests came, refused ones included."""
        with self._changed:
            return self._requests

    def wait_for(self, count: int, timeout_s: float = 10.0) -> tuple[Received, ...]:
        """Wait until so many messages were taken, and return them; raises TimeoutError."""
        taken = self._services.received
        with self._changed:
            if not self._changed.wait_for(lambda: len(taken) >= count, timeout_s):
                raise TimeoutError(f"{len(taken)} of {count} messages came")
            return tuple(taken)

    def fail_next(
        self,
        status: int,
        times: int = 1,
        retry_after: str | None = None,
        *,
        body: str = "",
        location: str | None = None,
    ) -> None:
        """Answer the next requests with this status, these headers and this body."""
        named = (("Retry-After", retry_after), ("Location", location))
        headers = tuple((name, value) for name, value in named if value is not None)
        with self._changed:
            self._failures.extend([Reply(status, body, headers)] * times)

    def move_alias(self, room: str) -> None:
        """Let the alias name another room; the one before refuses from now on."""
        with self._changed:
            self._services.rooms[ALIAS] = room

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer one request: with a planned failure, else as the service would."""
        with self._changed:
            self._requests += 1
            if self._failures:
                return self._failures.popleft()
            reply = self._services.answer(method, urlsplit(target).path, headers, body)
            self._changed.notify_all()
            return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing waits for them

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        super().__init__(address, _Handler)
        self.receiver = receiver


class _Handler(BaseHTTPRequestHandler):
    timeout = CLIENT_TIMEOUT_S
    server: _Server

    def do_POST(self) -> None:
        self._reply()

    def do_PUT(self) -> None:
        self._reply()

    def do_GET(self) -> None:
        self._reply()

    def _reply(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), BODY_MAX_BYTES)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(length)
        reply = self.server.receiver.answer(self.command, self.path, headers, body)
        self.send_response(reply.status)
        for name, value in (*reply.headers, ("Content-Length", str(len(reply.body.encode())))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the parent
        """Say nothing: the demo tells the story itself."""
