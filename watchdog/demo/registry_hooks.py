"""Quay's `repo_push` webhook: what it sends, how it tries again, and how it gives up.

Recorded from quay/quay ffba0c70e. Three failures in a row turn a hook off, silently and for good,
whether of one event or of three; what comes then is dropped, and never sent later. Unlike Quay,
which waits 0-10 s before an event and 40 s between attempts, this does not wait: see `pace`.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

HOOK_TIMEOUT_S = 10.0
FAILURES_MAX = 3
ATTEMPTS_MAX = 5
RETRY_S = 40.0
"""Between two attempts, times `pace`."""
SETTLE_TIMEOUT_S = 10.0
_log = logging.getLogger(__name__)
Payload = dict[str, Any]


@dataclass
class Hook:
    """Where events are sent, in what form, and how often that failed in a row."""

    url: str
    shape: Callable[[Payload], object] = dict
    attempts_max: int = ATTEMPTS_MAX
    failures: int = 0

    @property
    def enabled(self) -> bool:
        """Tell whether Quay still tries."""
        return self.failures < FAILURES_MAX


@dataclass
class _Event:
    hook: Hook
    url: str
    payload: Payload
    attempts_left: int
    due: float = field(default_factory=time.monotonic)


class HookSender(threading.Thread):
    """Sends events one after the other, off the thread of the push that caused them.

    `pace`: what part of Quay's 40 s to wait between attempts.
    """

    def __init__(self) -> None:
        super().__init__(name="registry-simulator-hooks")
        self.pace = 0.0
        self._events: list[_Event] = []
        self._changed = threading.Condition()
        self._stopping = self._held = self._sending = False

    def send(self, hook: Hook, payload: Payload) -> None:
        """Queue an event."""
        with self._changed:
            self._events.append(_Event(hook, hook.url, payload, hook.attempts_max))
            self._changed.notify_all()

    def hold(self) -> None:
        """Send nothing until `release`, as Quay sends nothing for up to 10 s."""
        with self._changed:
            self._held = True

    def release(self, *, reverse: bool = False) -> None:
        """Send what was held; Quay picks at random, so in no order that counts."""
        with self._changed:
            self._held = False
            if reverse:
                self._events.reverse()
            self._changed.notify_all()

    def settle(self) -> None:
        """Wait until nothing is left to send or to try again; raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: not self._events and not self._sending, SETTLE_TIMEOUT_S
            ):
                raise TimeoutError("hooks are still being sent")

    def stop(self) -> None:
        """Send what is queued, but wait for no second attempt; then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self.join()

    def run(self) -> None:
        """Send until told to end."""
        while (event := self._next()) is not None:
            hook = event.hook
            if hook.enabled:  # else it is dropped
                delivered = _post(event.url, hook.shape(event.payload))
                hook.failures = 0 if delivered else hook.failures + 1
                event.attempts_left -= 1
                if not delivered and event.attempts_left:
                    self._again(event)
            with self._changed:
                self._sending = False
                self._changed.notify_all()

    def _again(self, event: _Event) -> None:
        with self._changed:
            event.due = time.monotonic() + RETRY_S * self.pace
            self._events.append(event)

    def _next(self) -> _Event | None:
        with self._changed:
            while True:
                now = time.monotonic()
                ready = [event for event in self._events if event.due <= now]
                if ready and (self._stopping or not self._held):
                    self._events.remove(ready[0])
                    self._sending = True
                    return ready[0]
                if self._stopping:
                    return None
                waits = [] if self._held else [event.due - now for event in self._events]
                self._changed.wait(min(waits, default=None))


def repo_push(host: str, path: str, *tags: str) -> Payload:
    """Build the payload, keys in Quay's order."""
    namespace, _, name = path.partition("/")
    return {
        "repository": path,
        "namespace": namespace,
        "name": name,
        "docker_url": f"{host}/{path}",
        "homepage": f"http://{host}/repository/{path}",
        "updated_tags": list(tags),
    }


def _post(url: str, content: object) -> bool:
    headers = {"Content-type": "application/json", "Accept-Encoding": "gzip, deflate"}
    try:
        answer = requests.post(
            url, data=json.dumps(content), headers=headers, timeout=HOOK_TIMEOUT_S
        )
    except requests.RequestException:
        _log.info("the hook was not delivered")
        return False
    return answer.ok
