"""A Quay of which only the notifications of its repositories are played, as they were recorded."""

import json
import re
import time
from collections import deque
from itertools import count
from urllib.parse import urlsplit

from watchdog.core.quay_hook import REFUSED_HOSTS
from watchdog.demo.registry_http import Answer, Server
from watchdog.registry.exchange import HostSettings
from watchdog.registry.pause import HostPause
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.pace import Pace
from watchdog.registry.transport import Transport

TOKEN = "an-admin-token"
JSON = {"Content-Type": "application/json"}
_PATH = re.compile(r"/api/v1/repository/(.+)/notification/([^/]*)(/test)?")


def document(content, status=200):
    return Answer(status, JSON, json.dumps(content).encode() + b"\n")


def problem(status, kind, detail):
    said = {"detail": detail, "error_message": detail, "error_type": kind, "title": kind}
    return document({**said, "status": status}, status)


class HookedQuay:
    """`repositories` are rows by path and id; `weather` are answers that come first."""

    def __init__(self, *paths):
        self.repositories = {path: {} for path in paths}
        self.tests = []
        self.asked = []
        self.weather = deque()
        self.scope_is_enough = True
        self._ids = count(1)
        self.server = Server(("127.0.0.1", 0), self._answer)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def api(self, token=TOKEN, clock=time.monotonic, sleep=time.sleep):
        """Ask it, with a token, by a clock."""
        tokens = {self.host: token} if token else {}
        transport = Transport({self.host: HostSettings(plain_http=True)}, pause=HostPause(clock))
        return QuayApi(transport, tokens, pace=Pace(clock=clock, sleep=sleep))

    def add(self, path, url, **changes):
        """Put a notification there, as somebody did in the browser."""
        uuid = f"0000-{next(self._ids)}"
        row = {
            "uuid": uuid,
            "title": None,
            "event": "repo_push",
            "method": "webhook",
            "config": {"url": url},
            "event_config": {},
            "number_of_failures": 0,
            **changes,
        }
        self.repositories.setdefault(path, {})[uuid] = row
        return row

    def fail(self, path, failures=3):
        for row in self.repositories[path].values():
            row["number_of_failures"] = failures

    def urls(self, path):
        return [row["config"]["url"] for row in self.repositories[path].values()]

    def _answer(self, asked):
        self.asked.append((asked.method, asked.path))
        if self.weather:
            return self.weather.popleft()
        if asked.path == "/api/v1/repository":
            return self._list(asked.query["namespace"])
        refused = self._refused(asked)
        if refused:
            return refused
        path, uuid, test = _PATH.fullmatch(asked.path).groups()
        rows = self.repositories.get(path)
        if rows is None or (uuid and uuid not in rows):
            return problem(404, "not_found", "Not Found")
        return self._one(asked, rows, uuid, test) if uuid else self._all(asked, path, rows)

    def _refused(self, asked):
        if asked.headers.get("Authorization") != f"Bearer {TOKEN}":
            if asked.method == "GET":
                return problem(401, "invalid_token", "Requires authentication")
            said = b'{"error": "CSRF token was invalid or missing."}'
            return Answer(403, {"Content-Type": "text/html; charset=utf-8"}, said)
        if not self.scope_is_enough:
            return problem(403, "insufficient_scope", "Unauthorized")
        return None

    def _list(self, namespace):
        names = [path.partition("/") for path in self.repositories]
        rows = [
            {"namespace": namespace, "name": name, "kind": "image", "last_modified": None}
            for owner, _, name in names
            if owner == namespace
        ]
        return document({"repositories": rows})

    def _all(self, asked, path, rows):
        if asked.method == "GET":
            return document({"notifications": list(rows.values())})
        body = json.loads(asked.body)
        assert (body["event"], body["method"], body["eventConfig"]) == ("repo_push", "webhook", {})
        if urlsplit(body["config"]["url"]).hostname in REFUSED_HOSTS:
            return problem(400, "invalid_request", "Invalid webhook URL")
        url = body["config"]["url"]
        return document(self.add(path, url, config=body["config"], title=body["title"]), 201)

    def _one(self, asked, rows, uuid, test):
        if test:
            self.tests.append(uuid)
            return document({})
        if asked.method == "DELETE":
            del rows[uuid]
        else:
            rows[uuid]["number_of_failures"] = 0
        return Answer(204, JSON)
