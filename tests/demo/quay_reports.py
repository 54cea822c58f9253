"""What whoever recorded the exchanges reported in a line: done again here, and compared.

`REPORTS` and `NOT_REPLAYED` are tables by the line's beginning: together they cover every line.
"""

import json
import re

from watchdog.core.oci import ACCEPT
from watchdog.demo.quay.claims import claims_of

APP = "acme/app"

NOT_REPLAYED = {
    "(arrived ": "the simulator sends a hook at once, Quay within ten seconds",
    "t+ ": "when a failure was counted; how many there were is compared",
    "attempts at: ": "a receiver that takes twelve seconds would make a test that takes as many",
    "push order: ": "ten pushes are played; Quay delivers them at random, see `release(reverse=…)`",
    "delivery order: ": "the same",
    'time="': "skopeo's own words",
    "(restore onto ": "a remark on the exchange before it",
    "errors: []": "of section Y",
    "log pages until ": "which log is not recorded; test_quay_logs.py has one of as many entries",
}
REPORTS = {}


def reports(*beginnings):
    """Name the lines that a function plays."""

    def remember(play):
        REPORTS.update(dict.fromkeys(beginnings, play))
        return play

    return remember


def same(replay, line, answer):
    """Compare `…: STATUS TEXT`, of which the end may be missing."""
    status, _, text = re.search(r"(\d{3})( ?)(.*)$", line).groups()
    assert answer.status_code == int(status)
    replay.like.check(text.strip(), answer.text.strip(), cut=True)


@reports("-> webhooks in", "webhooks", "after disabling", "next push after", "missed event")
def _hooks(replay, line):
    replay.quay.notifications.sender.settle()
    assert len(replay.came) == int(re.search(r"(?:: |= )(\d+)$", line)[1])


@reports("delivery attempts at")
def _attempts(replay, line):
    assert len(replay.hooks()) == line.count("t+")
    assert _failures(replay, "acme/fail") == [3]


@reports("after reset: ")
def _reset(replay, line):
    assert _failures(replay, "acme/fail") == [0]
    replay.answers.clear()


@reports("failures: ")
def _failed(replay, line):
    assert _failures(replay, "acme/misc") == json.loads(line.partition(" ")[2])


@reports("receiver up ")
def _never_sent(replay, line):
    replay.quay.notifications.sender.release()
    assert _failures(replay, "acme/down27734") == [3]
    replay.answers.clear()
    assert len(replay.hooks()) == 3  # refused, all of them
    assert "webhooks received = 0" in line


def _failures(replay, path):
    replay.quay.notifications.sender.settle()
    rows = replay.api("GET", f"/api/v1/repository/{path}/notification/", "admin").json()
    return [row["number_of_failures"] for row in rows["notifications"]]


LOGINS = {
    "anonymous /v2/auth": (None, APP, "pull"),
    "JWT claims": (None, APP, "pull"),
    "robot JWT claims": (("acme+ci", "robot-password"), APP, "push,pull"),
    "$oauthtoken (repo:write)": (("$oauthtoken", "write"), APP, "push,pull"),
    "claims": (("$oauthtoken", "write"), APP, "push,pull"),
    "wrong password": (("acme+ci", "wrong"), APP, "pull"),
    "missing repo, pull": (("acme+ci", "robot-password"), "acme/nope2", "pull"),
}
_TIMES = re.compile(r'"(nbf|iat|exp)":\d+')


@reports(*LOGINS)
def _login(replay, line):
    auth, path, actions = next(how for start, how in LOGINS.items() if line.startswith(start))
    scope = {"scope": f"repository:{path}:{actions}"}
    host = replay.simulator.host
    answer = replay.http.get(f"http://{host}/v2/auth", params=scope, auth=auth)
    if line.startswith("wrong"):
        same(replay, line, answer)
        return
    assert answer.status_code == 200
    assert list(answer.json()) == ["token"]
    if "{" in line and '"iss"' in line:
        said = json.dumps(claims_of(answer.json()["token"]), separators=(",", ":"))
        recorded = line[line.index("{") :]
        replay.like.check(_TIMES.sub("", recorded), _TIMES.sub("", said))


@reports("PUT /v2/acme/app/manifests/sha256", "PUT /v2/acme/app/manifests/by-oauth")
def _put(replay, line):
    by_oauth = "by-oauth" in line
    replay.at("09:55:20" if by_oauth else "09:54:58")
    auth = ("$oauthtoken", "write") if by_oauth else ("acme+ci", "robot-password")
    image = replay.images["a"]
    answer = replay.put("a", "by-oauth" if by_oauth else image.digest, auth=auth)
    headers = {name: answer.headers[name] for name in ("Docker-Content-Digest", "Location")}
    recorded = line.partition("-> ")[2]
    replay.like.check(recorded, f"{answer.status_code} {headers} {answer.text}")


@reports("PUT /v2/acme/app/manifests/stable")
def _put_immutable(replay, line):
    answer = replay.put("a", "stable")
    replay.like.check(line.partition("-> ")[2], f"{answer.status_code} {{}} {answer.text.strip()}")


@reports("DELETE by tag x2")
def _delete(replay, line):
    same(replay, line, replay.v2("DELETE", "manifests/x2"))


@reports("newest log entry", "2nd")
def _newest(replay, line):
    entries = replay.api("GET", f"/api/v1/repository/{APP}/logs", "admin").json()["logs"]
    entry = entries[1 if line.startswith("2nd") else 0]
    replay.like.check(_unsaid(line.partition(": ")[2]), _unsaid(json.dumps(entry)))


def _unsaid(entry):
    """Drop which program it was, and when: the recorder's own."""
    return re.sub(r'"datetime": "[^"]*"', "", entry)


@reports("log entry caused by an anonymous HEAD")
def _head(replay, line):
    headers = {"Accept": ACCEPT, "User-Agent": "head-probe/1"}
    replay.api("HEAD", f"/v2/{APP}/manifests/latest", headers=headers)
    _newest(replay, line)
