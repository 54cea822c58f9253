"""When each step of the recording happened, and what had been prepared without being recorded.

The times are those of the steps that ask or push, in order; further ones happen at the last.
"""

import json

from watchdog.demo.registry_http import Answer

MOMENTS = {
    "Webhook registration": "09:47:25",
    "Push 1": "09:47:26",
    "Push 2": "09:47:28",
    "Logs (repo:admin)": "09:47:37",
    "Restore to the older digest": "09:47:38",
    "Restore again": "09:48:03",
    "Change tag (PUT) creating": "09:48:05",
    "PUT to a digest that only dead": "09:48:31",
    "Re-push of an existing": "09:48:46",
    "Re-push of the very same": "09:48:47",
    "Registry-side copy": "09:48:57",
    "Multi-arch push": "09:49:08",
    "Full logs now": "09:49:22",
    "A. ": "09:50:45 09:52:17 09:52:20 09:52:28",
    "B. ": "09:52:39",
    "C. ": "09:53:05",
    "D. ": "09:54:48",
    "E. ": "09:54:57",
    "G. ": "09:55:28",
    "H. ": "09:55:30 09:55:31 09:55:32",
    "L. ": "09:55:34",
    "N. ": "09:57:10 09:57:12",
    "P. ": "09:57:16",
    "Z. ": "10:00:20",
}


def moments(title):
    """List the times of a section's steps."""
    return next((times.split() for key, times in MOMENTS.items() if title.startswith(key)), [])


def _failing(replay):
    replay.quay.create("acme/fail")
    replay.answers["/fail"] = Answer(500)
    replay.like.bind(FAILING, replay.register("acme/fail", "/fail"))


def _redirecting(replay):
    replay.quay.create("acme/misc")
    for status in (302, 307):
        there = {"Location": f"http://{replay.receiver}/hook"}
        replay.answers[f"/redir/{status}"] = Answer(status, there)
        replay.register("acme/misc", f"/redir/{status}")
    shape = {
        "text": "${repository} pushed",
        "tags": "${updated_tags}",
        "first": "${updated_tags[0]}",
    }
    replay.register("acme/misc", "/tmpl", json.dumps(shape))
    replay.register("acme/misc", "/auth", user="quay:s3cret@")


def _another(replay):
    replay.quay.notifications.rows["acme/app"].clear()
    replay.register("acme/app", "/f")


def _down(replay):
    replay.quay.create("acme/down27734")
    replay.answers["/down"] = Answer(503)
    replay.register("acme/down27734", "/down")
    replay.quay.notifications.sender.hold()


def _reverted(replay):
    replay.quay.create("acme/rob27998")
    replay.register("acme/rob27998", "/rob")


FAILING = "172748bf-0507-4b98-9256-e1dd0e32caaf"
PREPARED = {
    "A. ": _failing,
    "B. ": _redirecting,
    "F. ": _another,
    "M. ": _down,
    "T. ": _reverted,
}


def prepare(replay, title):
    """Do what came before a section."""
    for key, do in PREPARED.items():
        if title.startswith(key):
            do(replay)
