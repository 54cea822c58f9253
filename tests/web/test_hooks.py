"""`POST /hooks/quay`: who may, what is queued, what is said."""

import base64
import io
import json
import logging

import pytest

from tests.web import seed
from tests.web.conftest import NEXT_SECRET, SECRET
from watchdog.web.app import close_app, create_app
from watchdog.web.hooks import BODY_MAX_BYTES

LATEST = "quay.io/crunchtools/acquacotta:latest"
BEARER = {"Authorization": f"Bearer {SECRET}"}


def push(*tags, docker_url="quay.io/crunchtools/acquacotta", **more):
    return {"docker_url": docker_url, "updated_tags": list(tags), **more}


def basic(password, user="quay"):
    return {
        "Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}",
    }


@pytest.mark.parametrize(
    ("url", "headers", "more"),
    [
        ("/hooks/quay", basic(SECRET), {}),
        ("/hooks/quay", basic(SECRET, user=""), {}),
        ("/hooks/quay", BEARER, {}),
        (f"/hooks/quay?token={SECRET}", {}, {}),
        ("/hooks/quay", {}, {"secret": SECRET}),
        ("/hooks/quay", basic(NEXT_SECRET), {}),
        ("/hooks/quay", basic("wrong"), {"secret": SECRET}),
    ],
)
def test_a_secret_is_taken_from_each_of_its_places(browser, claim_all, url, headers, more):
    answer = browser.post(url, json=push("latest", **more), headers=headers)
    assert (answer.status_code, answer.json["queued"]) == (202, [LATEST])
    assert list(claim_all()) == [LATEST]


@pytest.mark.parametrize(
    ("url", "headers", "more"),
    [
        ("/hooks/quay", {}, {}),
        ("/hooks/quay", basic("wrong"), {}),
        ("/hooks/quay", basic(""), {}),
        ("/hooks/quay", {"Authorization": "Basic !!!"}, {}),
        ("/hooks/quay", {"Authorization": SECRET}, {}),
        ("/hooks/quay", {"Authorization": f"Bearer {SECRET}x"}, {}),
        ("/hooks/quay?token=", {}, {}),
        (f"/hooks/quay?secret={SECRET}", {}, {}),
        ("/hooks/quay", {}, {"secret": [SECRET]}),
        ("/hooks/quay", {}, {"secret": "ünicode"}),
    ],
)
def test_without_a_right_secret_nothing_is_queued(browser, claim_all, url, headers, more):
    answer = browser.post(url, json=push("latest", **more), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert answer.content_type == "application/problem+json"
    assert claim_all() == {}


@pytest.mark.parametrize("method", ["get", "post", "put"])
def test_without_a_configured_secret_there_is_no_hook(redis_client, method):
    app = create_app(
        look_every=seed.LOOK_EVERY, policy=lambda: seed.POLICY, client=redis_client, hook_secrets=()
    )
    answer = getattr(app.test_client(), method)("/hooks/quay", json=push("latest"))
    assert answer.status_code == 404
    close_app(app)


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch", "options"])
def test_any_other_method_is_refused(browser, method):
    answer = getattr(browser, method)("/hooks/quay", headers=BEARER)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_an_unknown_receiver_is_not_found(browser):
    assert browser.post("/hooks/nobody", json=push("latest"), headers=BEARER).status_code == 404


def test_tags_that_no_rule_watches_are_ignored(browser, claim_all):
    sent = push("latest", "v1", "sha256-ab.sig")
    answer = browser.post("/hooks/quay", json=sent, headers=BEARER)
    repository = "quay.io/crunchtools/acquacotta"
    assert answer.json == {
        "queued": [LATEST],
        "deferred": [],
        "ignored": [f"{repository}:v1", f"{repository}:sha256-ab.sig"],
    }
    assert list(claim_all()) == [LATEST]


def test_an_image_that_no_rule_watches_queues_nothing(browser, claim_all):
    sent = push("latest", docker_url="quay.io/stranger/app")
    answer = browser.post("/hooks/quay", json=sent, headers=BEARER)
    assert (answer.status_code, answer.json["queued"]) == (202, [])
    assert claim_all() == {}


def test_a_test_of_the_hook_is_answered_and_queues_nothing(browser, claim_all):
    sent = push("latest", "foo", pruned_image_count=3)
    answer = browser.post("/hooks/quay", json=sent, headers=BEARER)
    assert (answer.status_code, answer.json["queued"], answer.json["test"]) == (202, [], True)
    assert claim_all() == {}


def test_a_tag_that_a_glob_matches_is_queued_unseen(browser, claim_all):
    sent = push("latest", docker_url="quay.io/crunchtools/never-heard-of")
    browser.post("/hooks/quay", json=sent, headers=BEARER)
    assert list(claim_all()) == ["quay.io/crunchtools/never-heard-of:latest"]


def test_the_hint_says_where_it_came_from_and_is_kept_once(browser, claim_all):
    for _ in range(3):
        browser.post("/hooks/quay", json=push("latest"), headers=BEARER)
    assert [json.loads(hint) for hint in claim_all()[LATEST]] == [{"from": "quay"}]


def test_a_body_that_quay_does_not_send_is_refused_with_the_reason(browser):
    answer = browser.post("/hooks/quay", json={"updated_tags": []}, headers=BEARER)
    assert answer.status_code == 400
    assert "docker_url" in answer.json["detail"]


def test_too_large_a_body_is_refused_before_its_sender_is_known(browser):
    sent = b" " * (BODY_MAX_BYTES + 1)
    assert browser.post("/hooks/quay", data=sent).status_code == 413


def test_a_large_body_without_a_length_is_refused_too(browser):
    stream = io.BytesIO(b" " * (BODY_MAX_BYTES + 1))
    answer = browser.post(
        "/hooks/quay",
        headers=BEARER,
        input_stream=stream,
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


def test_the_largest_body_is_read(browser, claim_all):
    sent = json.dumps(push("latest")).encode().ljust(BODY_MAX_BYTES)
    assert browser.post("/hooks/quay", data=sent, headers=BEARER).status_code == 202
    assert list(claim_all()) == [LATEST]


def test_one_line_is_logged_for_each_hook_and_never_the_secret(browser, caplog):
    with caplog.at_level(logging.DEBUG):
        browser.post(f"/hooks/quay?token={SECRET}", json=push("latest", secret=SECRET))
        browser.post("/hooks/quay?token=not-the-secret", json=push("latest", secret="neither"))
        browser.post(f"/hooks/quay?token={SECRET}", json=push("x\n\x1b[1m", secret=SECRET))
    assert len(caplog.records) == 3
    for word in (SECRET, "not-the-secret", "neither", "token=", "\x1b"):
        assert word not in caplog.text
