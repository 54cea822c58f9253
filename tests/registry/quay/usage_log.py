"""A usage log for tests: it answers as Quay's does, page after page."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from watchdog.core.reference import Digest, Repository, Tag
from watchdog.core.tag_history import Held
from watchdog.demo.registry_http import Answer, Server
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.pace import Pace
from watchdog.registry.quay.usage_log import who_moved
from watchdog.registry.transport import Transport

AT = datetime(2026, 11, 23, 9, 47, 28, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BUILD, OTHER = Digest.of(b"build"), Digest.of(b"other")
PUSHED = Held(BUILD, AT)
RESTORED = Held(BUILD, AT, restored=True)
APPLICATION = {
    "oauth_token_id": 3,
    "oauth_token_application_id": "0TYVCQDD4VT904DMTLAH",
    "oauth_token_application": "watchdog",
}


def entry(kind="push_repo", *, at=AT, performer="acme+rogue", tag="latest", **metadata):
    """An entry as recorded from a Quay; no performer: an access token."""
    robot = "+" in (performer or "")
    said = {"repo": "app", "namespace": "acme", "tag": tag, "resolved_ip": {"provider": None}}
    if kind == "push_repo":
        said |= {"user-agent": "skopeo/1.9.3"}
    if performer:
        said |= {"username": performer} | ({"is_robot": True} if robot else {})
    row = {
        "kind": kind,
        "metadata": said | metadata,
        "ip": "203.0.113.7",
        "datetime": format_datetime(at).replace("+0000", "-0000"),
    }
    if performer:
        row["performer"] = {"kind": "user", "name": performer, "is_robot": robot, "avatar": {}}
    return row


def restore(**more):
    return entry("revert_tag", performer="admin", manifest_digest=str(BUILD), **APPLICATION, **more)


class Log:
    """Gives its pages one after the other; every page but the last names the next."""

    def __init__(self):
        self.pages = [[]]
        self.refusal = None
        self.asked = []
        self.server = Server(("127.0.0.1", 0), self._answer)
        self.tag = Tag(Repository(f"127.0.0.1:{self.server.server_port}", "acme/app"), "latest")
        settings = {self.tag.repository.registry: HostSettings(plain_http=True)}
        host = self.tag.repository.registry
        self.api = QuayApi(Transport(settings), {host: "a-token"}, pace=Pace({host: 1000.0}))

    def _answer(self, asked):
        self.asked.append(asked)
        if self.refusal:
            return self.refusal
        number = int(asked.query.get("next_page", "0"))
        body = {"logs": self.pages[number]}
        if number + 1 < len(self.pages):
            body["next_page"] = str(number + 1)
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def who(self, *rows, held=PUSHED, **more):
        if rows:
            self.pages = [list(rows)]
        return who_moved(self.api, self.tag, held, **more)
