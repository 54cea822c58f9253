"""An Alertmanager on a loopback port, as its api/v2/openapi.yaml and docs/alerts_api.md say.

Checked by hand against the real one, version 0.34: what it takes, what it merges and what it
forgets. It keeps alerts by their labels, and nothing else: `restart` loses them all.
"""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jsonschema import Draft202012Validator

_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
_TEXTS = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"},
    "additionalProperties": {"type": "string"},
}
ALERTS = Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["labels"],
            "additionalProperties": False,
            "properties": {
                "labels": {**_TEXTS, "minProperties": 1},
                "annotations": _TEXTS,
                "startsAt": _TIME,
                "endsAt": _TIME,
                "generatorURL": {"type": "string", "pattern": r"^https?://[!#-;=?-\[\]_a-z~]+$"},
            },
        },
    }
)


class Alertmanager:
    """The server; `path` is what `--web.route-prefix` says."""

    def __init__(self, path="", authorization=None):
        self.path, self.authorization = path, authorization
        self.alerts, self.posts, self.failures = {}, [], []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def firing(self, at=None):
        """The alerts that have not ended, in the order in which they came first."""
        at = at or datetime.now(UTC)
        return [one for one in self.alerts.values() if _time(one["endsAt"]) > at]

    def restart(self):
        self.alerts.clear()

    def answer(self, path, headers, body):
        if self.failures:
            return self.failures.pop(0)
        if self.authorization and headers["Authorization"] != self.authorization:
            return 401, "Unauthorized"
        if path != f"{self.path}/api/v2/alerts":
            return 404, ""
        if headers["Content-Type"] != "application/json":
            return 415, '{"code":415,"message":"unsupported media type"}'
        return self._take(json.loads(body))

    def _take(self, document):
        self.posts.append(document)
        if fault := next(ALERTS.iter_errors(document), None):
            return 422, json.dumps({"code": 606, "message": fault.message})
        if any(_time(one["endsAt"]) < _time(one["startsAt"]) for one in document):
            return 400, '"start time must be before end time"'
        for one in document:
            self._put(one)
        return 200, ""

    def _put(self, alert):
        """Merge with the alert of the same labels if their times overlap (alert.Merge there)."""
        key = tuple(sorted(alert["labels"].items()))
        start, end = _time(alert["startsAt"]), _time(alert["endsAt"])
        old = self.alerts.get(key)
        if old:
            before, after = _time(old["startsAt"]), _time(old["endsAt"])
            if before < end < after or before < start < after:
                first = min(alert["startsAt"], old["startsAt"])
                ended = end <= datetime.now(UTC)
                last = alert["endsAt"] if ended else max(alert["endsAt"], old["endsAt"])
                alert = {**alert, "startsAt": first, "endsAt": last}
        self.alerts[key] = alert


def _time(text):
    return datetime.fromisoformat(text)


def _handler(alertmanager):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = alertmanager.answer(self.path, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    return Handler
