"""Quay's `repo_push` webhook: what it sends, and how it gives up.

Recorded from quay/quay ffba0c70e. Unlike Quay, which waits up to 40 s, each event is sent at once
and only once; like Quay, three failures in a row turn the hook off, silently and for good.
"""

import json
import logging
import queue
import threading

import requests

HOOK_TIMEOUT_S = 10.0
FAILURES_MAX = 3
_log = logging.getLogger(__name__)


class HookSender(threading.Thread):
    """Sends events one after the other, off the thread of the push that caused them."""

    def __init__(self) -> None:
        super().__init__(name="registry-simulator-hooks")
        self.url: str | None = None
        self.failures = 0
        self._events: queue.Queue[tuple[str, dict[str, object]] | None] = queue.Queue()

    def send(self, host: str, path: str, tag: str) -> None:
        """Queue the event of one pushed tag, if a URL is set."""
        if self.url is not None:
            self._events.put((self.url, repo_push(host, path, tag)))

    def stop(self) -> None:
        """Send what is queued, then end."""
        self._events.put(None)
        self.join()

    def run(self) -> None:
        """Send until told to end."""
        while (event := self._events.get()) is not None:
            if self.failures < FAILURES_MAX:
                self.failures = 0 if _post(*event) else self.failures + 1


def repo_push(host: str, path: str, tag: str) -> dict[str, object]:
    """Build the payload, keys in Quay's order."""
    namespace, _, name = path.partition("/")
    return {
        "repository": path,
        "namespace": namespace,
        "name": name,
        "docker_url": f"{host}/{path}",
        "homepage": f"http://{host}/repository/{path}",
        "updated_tags": [tag],
    }


def _post(url: str, payload: dict[str, object]) -> bool:
    headers = {"Content-type": "application/json", "Accept-Encoding": "gzip, deflate"}
    try:
        answer = requests.post(
            url, data=json.dumps(payload), headers=headers, timeout=HOOK_TIMEOUT_S
        )
    except requests.RequestException:
        _log.info("the hook was not delivered")
        return False
    return answer.ok
