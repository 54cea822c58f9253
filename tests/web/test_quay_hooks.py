"""Quay's hook as `watchdog quay hooks install` makes it, from its template to the answer."""

import base64
import json
from urllib.parse import unquote, urlsplit

import pytest

from tests.web.conftest import NEXT_SECRET, SECRET
from watchdog.core.quay_hook import HookAuth, HookReceiver

LATEST = "quay.io/crunchtools/acquacotta:latest"
# What quay/quay ffba0c70e puts into its queue, as recorded.
PUSH = {
    "repository": "crunchtools/acquacotta",
    "namespace": "crunchtools",
    "name": "acquacotta",
    "docker_url": "quay.io/crunchtools/acquacotta",
    "homepage": "https://quay.io/repository/crunchtools/acquacotta",
    "updated_tags": ["latest"],
}
TEST = {**PUSH, "updated_tags": ["latest", "foo"], "pruned_image_count": 3}


def deliver(browser, config, event):
    """Send an event as Quay does: the template filled in, user and password as HTTP Basic."""
    body, parts, headers = event, urlsplit(config["url"]), {}
    if template := config.get("template"):
        body = {
            key: event.get(value[2:-1]) if value.startswith("${") else value
            for key, value in json.loads(template).items()
        }
    if parts.password:
        proof = f"{unquote(parts.username)}:{unquote(parts.password)}"
        headers["Authorization"] = f"Basic {base64.b64encode(proof.encode()).decode()}"
    headers["Content-type"] = "application/json"
    return browser.post(parts.path, data=json.dumps(body), headers=headers)


def made(auth, *secrets):
    return HookReceiver("https://watchdog.example.org", secrets).config(auth)


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
@pytest.mark.parametrize("auth", HookAuth)
def test_a_push_is_accepted_and_queued(browser, claim_all, auth, secret):
    answer = deliver(browser, made(auth, secret), PUSH)
    assert (answer.status_code, answer.json["queued"]) == (202, [LATEST])
    assert "test" not in answer.json
    assert list(claim_all()) == [LATEST]


@pytest.mark.parametrize("auth", HookAuth)
def test_a_test_of_the_hook_is_known_as_one(browser, claim_all, auth):
    answer = deliver(browser, made(auth, SECRET), TEST)
    assert (answer.status_code, answer.json["test"], answer.json["queued"]) == (202, True, [])
    assert claim_all() == {}


@pytest.mark.parametrize("auth", HookAuth)
def test_another_secret_is_refused(browser, claim_all, auth):
    assert deliver(browser, made(auth, "another-secret"), PUSH).status_code == 401
    assert claim_all() == {}
