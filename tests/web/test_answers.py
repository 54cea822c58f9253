"""What people and pipelines answer through the API: who may, what is said back, what is kept."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hostile.shapes import bodies
from tests.web import seed
from watchdog.core.decisions import APPROVALS_MAX
from watchdog.core.operator import Operator
from watchdog.store import keys
from watchdog.store.answers import Answers
from watchdog.store.due import DueSet
from watchdog.store.records import Records
from watchdog.web.answers import BODY_MAX_BYTES
from watchdog.web.app import close_app, create_app
from watchdog.web.operators import Doors

ALICE, BOB, CI = "alice-0123456789abc", "bob-0123456789abcdef", "ci-0123456789abcdef"
DOORS = Doors(
    (Operator("alice", ALICE), Operator("bob", BOB)),
    (Operator("release-job", CI),),
)
TAG = str(seed.ACQUACOTTA)
BAD, GOOD = str(seed.digest("bad")), str(seed.digest("acquacotta"))
NEW, R = str(seed.digest("new")), seed.revision("new")
SAID = {"tag": TAG, "reason": "because"}
# A body that is right for each endpoint, and what is said back.
RIGHT = {
    "acks": (SAID | {"digest": BAD}, 202, "no more reminders"),
    "approvals": (SAID | {"digest": BAD}, 201, "approved"),
    "reverts": (SAID, 202, "put back to its trusted build"),
    "rejections": (SAID | {"revision": R}, 201, "never accepted again"),
    "trusts": (SAID | {"digest": NEW}, 202, "to be the trusted build"),
    "silences": (
        {"pattern": "quay.io/crunchtools/*", "for": "2h", "reason": "it moves"},
        201,
        "quay.io/crunchtools/*:*",
    ),
}


@pytest.fixture
def api(redis_client):
    """The API over a store with a tag in each state; call it with a token."""
    seed.fill(redis_client, Records(redis_client).now())
    app = create_app(
        look_every=seed.LOOK_EVERY, policy=lambda: seed.POLICY, client=redis_client, doors=DOORS
    )
    client = app.test_client()

    def call(path, body=None, token=ALICE, method="POST", **more):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=headers, **more)

    yield call
    close_app(app)


def answers(client):
    return Answers(client).read(seed.ACQUACOTTA)


@pytest.mark.parametrize("endpoint", RIGHT)
def test_an_operator_s_answer_is_taken_in_and_said_back(api, endpoint):
    body, status, words = RIGHT[endpoint]
    answer = api(endpoint, body)
    assert (answer.status_code, answer.json["by"]) == (status, "alice")
    assert words in answer.text


@pytest.mark.parametrize("endpoint", RIGHT)
@pytest.mark.parametrize("token", [None, "", "wrong", f"{ALICE}x", ALICE[:-1], "é" * 19])
def test_without_a_valid_token_nothing_is_done(api, redis_client, endpoint, token):
    before = redis_client.dbsize()
    answer = api(endpoint, RIGHT[endpoint][0], token)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")
    assert (redis_client.dbsize(), answers(redis_client).orders) == (before, ())


def test_a_basic_password_is_no_token(api):
    answer = api("acks", RIGHT["acks"][0], None, auth=("alice", ALICE))
    assert answer.status_code == 401


@pytest.mark.parametrize("endpoint", RIGHT.keys() - {"approvals"})
def test_the_pipeline_may_only_approve(api, endpoint):
    answer = api(endpoint, RIGHT[endpoint][0], CI)
    assert answer.status_code == 403
    assert "only approve beforehand" in answer.json["detail"]


def test_the_pipeline_approves_beforehand_under_its_name_and_for_a_day(api, redis_client):
    assert api("approvals", SAID | {"revision": R}, CI).status_code == 201
    (approval,) = answers(redis_client).decisions.approvals
    assert (approval.by, approval.by_person, approval.revision) == ("release-job", False, R)
    lasts = approval.expires - approval.at
    assert timedelta(days=1) - timedelta(seconds=9) < lasts <= timedelta(days=1)


def test_a_pipeline_cannot_approve_what_a_person_rejected(api):
    assert api("rejections", SAID | {"revision": R}, BOB).status_code == 201
    refused = api("approvals", SAID | {"revision": R}, CI)
    assert refused.status_code == 409
    assert "bob rejected that build: because" in refused.json["detail"]
    assert api("approvals", SAID | {"revision": R}, ALICE).status_code == 201


def test_a_pipeline_does_not_replace_what_a_person_approved(api, redis_client):
    assert api("approvals", SAID | {"digest": NEW}, ALICE).status_code == 201
    refused = api("approvals", SAID | {"digest": NEW}, CI)
    assert refused.status_code == 409
    assert "alice approved that build already: because" in refused.json["detail"]
    (approval,) = answers(redis_client).decisions.approvals
    assert (approval.by, approval.expires) == ("alice", None)


def test_pipelines_and_people_each_have_their_own_number_of_approvals(api):
    for number in range(APPROVALS_MAX):
        commit = seed.revision(f"build {number}")
        assert api("approvals", SAID | {"revision": commit}, CI).status_code == 201
    full = api("approvals", SAID | {"revision": R}, CI)
    assert (full.status_code, "approvals already" in full.json["detail"]) == (409, True)
    assert api("approvals", SAID | {"digest": NEW}, ALICE).status_code == 201


def test_who_said_what_and_why_is_in_the_history_and_the_tag_is_looked_at(api, redis_client):
    api("rejections", SAID | {"digest": NEW}, BOB)
    row = Records(redis_client).history(seed.ACQUACOTTA)[0]
    assert (row.event, row.actor, str(row.digest)) == ("rejection", "bob: because", NEW)
    assert DueSet(redis_client, keys.LOOKS).claim().member == TAG


def test_an_order_waits_for_a_look_and_says_what_the_tag_held(api, redis_client):
    api("reverts", SAID, BOB)
    (order,) = answers(redis_client).orders
    assert (order.by, order.reason, order.digest, str(order.held)) == ("bob", "because", None, BAD)


# What does not stand so: the endpoint, the body, the reason.
REFUSED = {
    "ack-of-nothing-wrong": (
        "acks",
        {"tag": str(seed.ROTV), "reason": "x", "digest": NEW},
        "no incident",
    ),
    "ack-of-another-build": ("acks", SAID | {"digest": NEW}, "does not hold"),
    "revert-to-what-was-never-trusted": ("reverts", SAID | {"to": NEW}, "never trusted"),
    "revert-of-what-is-right": ("reverts", {"tag": str(seed.ROTV), "reason": "x"}, "holds"),
    "revert-of-what-was-never-seen": ("reverts", {"tag": str(seed.UNSEEN), "reason": "x"}, "no tr"),
    "trust-of-what-it-holds": ("trusts", SAID | {"digest": BAD}, "approve it"),
    "trust-of-what-is-trusted": ("trusts", SAID | {"digest": GOOD}, "already"),
}


@pytest.mark.parametrize(("endpoint", "body", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_as_things_stand_is_a_conflict(api, endpoint, body, words):
    answer = api(endpoint, body)
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert words in answer.json["detail"]


WRONG = {
    "no-json": ("acks", b"{", 400),
    "no-object": ("acks", b"[]", 400),
    "no-build": ("acks", b'{"tag": "quay.io/a/b", "reason": "x"}', 400),
    "a-digest-in-the-tag": ("reverts", b'{"tag": "quay.io/a/b@sha256:0", "reason": "x"}', 400),
    "not-watched": ("reverts", b'{"tag": "quay.io/stranger/app", "reason": "x"}', 404),
    "too-large": ("reverts", b'{"tag": "' + b"x" * BODY_MAX_BYTES + b'"}', 413),
    "twice-the-same-key": ("reverts", b'{"tag": "a", "tag": "b"}', 400),
    "no-silence": ("silences", b'{"pattern": "**", "for": "9999d", "reason": "x"}', 400),
}


@pytest.mark.parametrize(("endpoint", "body", "status"), WRONG.values(), ids=WRONG)
def test_a_wrong_body_gets_a_problem_document(api, endpoint, body, status):
    answer = api(endpoint, data=body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["detail"]


def test_without_operators_nobody_may_answer_and_the_reason_is_said(browser):
    answer = browser.post("/api/v1/acks", json=RIGHT["acks"][0])
    assert answer.status_code == 403
    assert "no WATCHDOG_OPERATOR_TOKEN is set" in answer.json["detail"]


def test_silences_are_listed_and_ended(api, redis_client):
    begun = api("silences", RIGHT["silences"][0]).json
    assert api("silences", None, ALICE, "GET").json == [begun]
    listed = api("silences", None, None, "GET").json
    assert listed == [begun | {"by": None, "reason": None}]
    assert begun["pattern"] == "quay.io/crunchtools/*:*"
    ended = api(f"silences/{begun['id']}", None, BOB, "DELETE")
    assert (ended.status_code, ended.json["ended_by"]) == (200, "bob")
    assert api("silences", None, None, "GET").json == []
    assert DueSet(redis_client, keys.CHORES).claim().member == "silences"
    for gone in (begun["id"], "x" * 500):
        assert api(f"silences/{gone}", None, BOB, "DELETE").status_code == 404
    assert api(f"silences/{begun['id']}", None, CI, "DELETE").status_code == 403


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_answers_are_only_posted(api, method):
    assert api("acks", RIGHT["acks"][0], method=method).status_code == 405


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(RIGHT)).flatmap(
        lambda name: st.tuples(st.just(name), bodies([RIGHT[name][0]]))
    )
)
def test_whatever_is_posted_is_answered_in_order(api, sent):
    endpoint, body = sent
    answer = api(endpoint, data=body)
    assert answer.status_code in {201, 202, 400, 404, 409, 413}
    assert answer.is_json or answer.content_type == "application/problem+json"
