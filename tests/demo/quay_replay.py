"""Playing the recording to the simulator, step by step, in the time of the recording."""

import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import requests

from tests.demo.quay_images import DIGESTS, build_images
from tests.demo.quay_likeness import Likeness
from tests.demo.quay_recording import Ask, Heard, Push
from watchdog.core.oci import ACCEPT
from watchdog.demo.quay.grants import Actor
from watchdog.demo.registry_content import ImmutableTagError
from watchdog.demo.registry_http import Answer, Server

RECORDED_AT = "127.0.0.1:8380"
RECEIVED_AT = "127.0.0.2:9099"
ROBOT, PASSWORD = "acme+ci", "robot-password"
TIMEOUT_S = 30
SCOPES = ("repo:read", "repo:write", "repo:admin", "org:admin")
NAMES = ("read", "write", "admin", "orgadmin")
_NOT_COMPARED = {"Content-Length", "Host"}


class Replay:
    """The simulator, a receiver of hooks, and what stands for what."""

    def __init__(self, simulator, closing):
        self.simulator, self.quay = simulator, simulator.quay
        self.images = build_images()
        self.came, self.answers = [], {}
        server = Server(("127.0.0.1", 0), self._receive)
        server.start()
        closing.callback(server.stop)
        self.receiver = f"127.0.0.1:{server.server_port}"
        self.like = Likeness({RECORDED_AT: simulator.host, RECEIVED_AT: self.receiver})
        for name, image in self.images.items():
            self.like.bind(DIGESTS[name], image.digest.hex)
        self.http = closing.enter_context(requests.Session())
        self.http.headers["User-Agent"] = "python-requests/2.32.3"
        self._prepare()

    def _prepare(self):
        """Do what was done before the recording began."""
        self.at("09:46:52")
        self.simulator.account(ROBOT, PASSWORD)
        setup = self.quay.grant(
            "setup", scope="repo:admin", application="automation", application_id="admin"
        )
        for name, scope in zip(NAMES, SCOPES, strict=True):
            self.quay.grant(name, scope=scope)
        self.quay.create("acme/app")
        self.quay.create("acme/private", public=False)
        named, admin = {"repo": "app", "namespace": "acme"}, Actor("admin", setup)
        self.quay.log.act("create_repo", "acme/app", admin, named)
        for robot in ("acme+ci", "acme+rogue"):
            permitted = {"username": robot, **named, "role": "write"}
            self.quay.log.act("change_repo_permission", "acme/app", admin, permitted)
        # The receiver of the recording was on another address; here it is on this one.
        self.quay.notifications.refused_hosts.discard("127.0.0.1")

    def _receive(self, asked):
        self.came.append(asked)
        return self.answers.get(asked.path, Answer(200))

    def at(self, clock):
        """Let it be this time of the day of the recording."""
        hour, minute, second = map(int, clock.split(":"))
        moment = datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)
        self.simulator.clock.freeze(moment.timestamp())

    def api(self, method, target, token=None, body=None, headers=None):
        """Ask the simulator; the address and the body are as recorded."""
        sent = dict(headers or {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        if body:
            sent["Content-Type"] = "application/json"
        return self.http.request(
            method,
            f"http://{self.simulator.host}{self.like.translate(target)}",
            data=self.like.translate(body or "").encode(),
            headers=sent,
            allow_redirects=False,
            timeout=TIMEOUT_S,
        )

    def v2(self, method, rest, path="acme/app", auth=(ROBOT, PASSWORD), **how):
        """Ask the distribution API as somebody who may push."""
        scope = {"scope": f"repository:{path}:pull,push"}
        given = self.http.get(f"http://{self.simulator.host}/v2/auth", params=scope, auth=auth)
        headers = {"Accept": ACCEPT, **how.pop("headers", {})}
        return self.api(method, f"/v2/{path}/{rest}", given.json()["token"], headers=headers, **how)

    def put(self, image, reference, path="acme/app", auth=(ROBOT, PASSWORD)):
        """Put the bytes of an image's manifest under a name."""
        manifest = self.images[image].manifest
        scope = {"scope": f"repository:{path}:pull,push"}
        host = self.simulator.host
        given = self.http.get(f"http://{host}/v2/auth", params=scope, auth=auth).json()["token"]
        return self.http.put(
            f"http://{host}/v2/{path}/manifests/{reference}",
            data=manifest.body,
            headers={"Content-Type": manifest.media_type, "Authorization": f"Bearer {given}"},
            timeout=TIMEOUT_S,
        )

    def hooks(self):
        """Wait for all hooks, and take those that nobody has looked at."""
        self.quay.notifications.sender.settle()
        came, self.came[:] = list(self.came), []
        return came

    def register(self, path, where, template=None, user=""):
        """Make a notification that the recording does not show."""
        config = {"url": f"http://{user}{self.receiver}{where}"}
        config |= {"template": template} if template else {}
        body = {"event": "repo_push", "method": "webhook", "config": config, "eventConfig": {}}
        made = self.api(
            "POST", f"/api/v1/repository/{path}/notification/", "admin", json.dumps(body)
        )
        return made.json()["uuid"]

    def rows(self, path, query="specificTag=latest"):
        return self.api("GET", f"/api/v1/repository/{path}/tag/?{query}").json()["tags"]

    def step(self, step):
        """Play one step that is not a line of a report."""
        {Ask: self._ask, Push: self._push, Heard: self._hear}[type(step)](step)

    def _ask(self, step):
        token = step.token and {"bad": "bad-token"}.get(step.token, step.token)
        answer = self.api(step.method, step.target, token, step.body, step.headers)
        assert answer.status_code == step.status
        for name in step.answered.keys() - _NOT_COMPARED:
            self.like.check(step.answered[name], answer.headers.get(name, "(none)"))
        cut = step.answered.get("Content-Type") == "application/json" and not _whole(step.text)
        self.like.check(step.text, answer.text.strip(), cut=cut)

    def _push(self, step):
        tag = self.simulator.tag(step.path, self.like.translate(step.tag))
        name = step.source.rpartition("/")[2]
        if name not in self.images:  # a copy within the registry
            self.v2("GET", "manifests/latest", step.path, headers={"User-Agent": "skopeo/1.9.3"})
            name = "a"
        try:
            self.simulator.push(self.images[name], tag, by=step.who)
        except ImmutableTagError:
            assert step.refused
        else:
            assert not step.refused

    def _hear(self, step):
        if not self.came:
            self.quay.notifications.sender.settle()
        asked = self.came.pop(0)
        where = urlsplit(step.target)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        assert (asked.method, asked.path, asked.query) == (step.method, where.path, query)
        assert asked.headers.keys() == list(step.headers)
        for name in step.headers.keys() - _NOT_COMPARED:
            self.like.check(step.headers[name], asked.headers[name])
        self.like.check(step.text, asked.body.decode())


def _whole(text):
    """Tell whether a document was recorded to its end."""
    return not re.match(r"[\[{]", text) or text[-1] in "]}"
