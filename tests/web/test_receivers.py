"""`POST /hooks/NAME` of every registry: who may, what is queued, what the hint holds."""

import base64
import hashlib
import hmac
import json
import logging
import time

import pytest

from tests.receive.payloads import changed, recorded
from tests.web import seed
from tests.web.conftest import NEXT_SECRET, SECRET
from watchdog.core.policy import parse_policy
from watchdog.receive.receivers import RECEIVERS
from watchdog.web.app import close_app, create_app

GITHUB = {"X-GitHub-Event": "registry_package"}
DIGEST = {
    "distribution": "sha256:234e2c83a5b7bd2f1b1c1a8a7d9e6f50c2b1a09f8e7d6c5b4a39281706f5e4d3",
    "zot": "sha256:6ec128e26cd5a1f02b0c8c8f5d5f6a9d1c7b3e4f2a1908d7c6b5a49382716f5e",
    "harbor": "sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8",
    "github": "sha256:89160c587d0c36bf54090497a465445c14980ba48efbcf3b0d03c49b76f3feb8",
}
AT = {"distribution": 1795426421.25, "harbor": 1586922308.0, "dockerhub": 1417566161.0}
SENT = {
    "quay": ("quay", "", {}, "quay.io/mynamespace/repository:1.2.3", None),
    "distribution": ("distribution-2.8.2", "", {}, "127.0.0.1:5055/ex/pkg:main", None),
    "zot": (
        "zot",
        "?registry=zot.example.com",
        {"Ce-Type": "zotregistry.image.updated"},
        "zot.example.com/golang:latest",
        "ci",
    ),
    "harbor": ("harbor-default", "", {}, "hub.harbor.com/test-webhook/debian:latest", "admin"),
    "dockerhub": ("dockerhub", "", {}, "docker.io/svendowideit/testhook:latest", "trustedbuilder"),
    "github": (
        "github-registry_package",
        "",
        GITHUB,
        "ghcr.io/codertocat/hello-world:latest",
        "octocat-ci[bot]",
    ),
}
"""Of each receiver: a recorded body, query and headers, the tag that it names, and who pushed."""

POLICY = parse_policy(
    {
        "watch": [
            {"image": tag.rpartition(":")[0], "source": "https://github.com/o/r", "tags": ["*"]}
            for *_, tag, _ in SENT.values()
        ]
    }
)


@pytest.fixture
def browser(redis_client):
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: POLICY,
        client=redis_client,
        hook_secrets=(SECRET, NEXT_SECRET),
    )
    yield app.test_client()
    close_app(app)


def send(browser, name, *, proof=None, query="", body=None):
    """Send what was recorded, with these headers besides and this added to its query."""
    recording, own_query, headers, *_ = SENT[name]
    sent = recorded(recording) if body is None else body
    url = f"/hooks/{name}{own_query}{query if not own_query else query.replace('?', '&')}"
    return browser.post(url, data=sent, headers={**headers, **(proof or {})})


def authorization(text):
    return {"Authorization": text}


def basic(password):
    return authorization(f"Basic {base64.b64encode(f'hook:{password}'.encode()).decode()}")


def signed(body, secret=SECRET, algorithm="sha256", prefix="sha256="):
    digest = hmac.new(secret.encode(), body, algorithm).hexdigest()
    return {"X-Hub-Signature-256": f"{prefix}{digest}"}


def test_the_table_has_every_receiver():
    assert set(SENT) == set(RECEIVERS)


@pytest.mark.parametrize("name", SENT)
def test_the_tag_is_queued_with_digest_actor_and_time_of_the_hook(browser, claim_all, name):
    *_, tag, actor = SENT[name]
    answer = send(browser, name, proof=basic(SECRET))
    assert (answer.status_code, answer.json) == (
        202,
        {"queued": [tag], "deferred": [], "ignored": []},
    )
    known = {"from": name, "digest": DIGEST.get(name), "actor": actor, "at": AT.get(name)}
    claimed = claim_all()
    assert list(claimed) == [tag]
    assert [json.loads(hint) for hint in claimed[tag]] == [
        {key: value for key, value in known.items() if value}
    ]


@pytest.mark.parametrize("name", SENT)
def test_the_same_hook_again_is_the_same_hint(browser, claim_all, name):
    for _ in range(3):
        send(browser, name, proof=basic(SECRET))
    assert [len(hints) for hints in claim_all().values()] == [1]


def test_a_time_of_tomorrow_after_next_is_no_hint(browser, claim_all):
    soon, late = (time.time() + days * 86400 for days in (0.9, 1.1))
    for pushed_at in (soon, late):
        body = changed("dockerhub", push_data__pushed_at=pushed_at)
        assert send(browser, "dockerhub", proof=basic(SECRET), body=body).status_code == 202
    hints = [json.loads(hint) for hint in claim_all()[SENT["dockerhub"][3]]]
    assert [hint.get("at") for hint in hints] == [round(soon, 3), None]


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
@pytest.mark.parametrize("way", ["basic", "bearer", "query"])
@pytest.mark.parametrize("name", SENT)
def test_every_receiver_takes_the_secret_from_the_common_places(browser, name, way, secret):
    proof = {"basic": basic(secret), "bearer": authorization(f"Bearer {secret}"), "query": {}}[way]
    query = f"?token={secret}" if way == "query" else ""
    assert send(browser, name, proof=proof, query=query).status_code == 202


@pytest.mark.parametrize("name", SENT)
def test_no_receiver_takes_a_hook_without_a_right_secret(browser, claim_all, name):
    wrong = f"{SECRET}x"
    body = recorded(SENT[name][0])
    proofs = [{}, basic(wrong), authorization(f"Bearer {wrong}"), authorization(wrong)]
    proofs += [{"X-Secret": SECRET}, signed(body, wrong)]
    for proof in proofs:
        answer = send(browser, name, proof=proof)
        assert (answer.status_code, answer.content_type) == (401, "application/problem+json"), proof
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert claim_all() == {}


@pytest.mark.parametrize("name", SENT)
def test_a_static_header_is_the_secret_where_the_sender_can_set_one(browser, name):
    answer = send(browser, name, proof=authorization(SECRET))
    assert (answer.status_code == 202) == (name in {"distribution", "zot", "harbor"})


@pytest.mark.parametrize("name", SENT)
def test_a_secret_in_the_body_is_quays_own_way(browser, name):
    body = changed(SENT[name][0], secret=SECRET)
    assert (send(browser, name, body=body).status_code == 202) == (name == "quay")


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
@pytest.mark.parametrize("name", SENT)
def test_a_signed_body_is_githubs_own_way(browser, name, secret):
    proof = signed(recorded(SENT[name][0]), secret)
    assert (send(browser, name, proof=proof).status_code == 202) == (name == "github")


BODY = recorded("github-registry_package")


@pytest.mark.parametrize(
    ("proof", "body"),
    [
        (signed(BODY), BODY + b" "),
        (signed(BODY, prefix=""), BODY),
        (signed(BODY, algorithm=hashlib.sha1), BODY),
        (signed(BODY, prefix="sha1="), BODY),
        ({"X-Hub-Signature-256": "sha256="}, BODY),
        ({"X-Hub-Signature-256": "sha256=\xfc"}, BODY),
        ({"X-Hub-Signature": signed(BODY)["X-Hub-Signature-256"]}, BODY),
        ({"X-Hub-Signature-256": f"sha256={SECRET}"}, BODY),
        (signed(BODY, secret=""), BODY),
    ],
)
def test_a_signature_that_is_not_of_this_body_proves_nothing(browser, claim_all, proof, body):
    assert send(browser, "github", proof=proof, body=body).status_code == 401
    assert claim_all() == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quay", "`secret` in the body"),
        ("harbor", "`Authorization` header"),
        ("github", "signs with it"),
        ("dockerhub", "`?token=`"),
    ],
)
def test_a_refused_sender_is_told_how_to_present_its_secret(browser, name, said):
    assert said in send(browser, name).json["detail"]


def test_githubs_ping_is_answered_and_queues_nothing(browser, claim_all):
    body = b'{"zen": "Design for failure."}'
    headers = {"X-GitHub-Event": "ping", **signed(body)}
    answer = browser.post("/hooks/github", data=body, headers=headers)
    assert answer.status_code == 202
    assert answer.json == {"queued": [], "deferred": [], "ignored": []}
    assert claim_all() == {}


def test_the_registry_in_the_url_decides_which_rule_is_asked(browser, claim_all):
    answer = send(browser, "distribution", proof=basic(SECRET), query="?registry=other.example.com")
    assert answer.json["ignored"] == ["other.example.com/ex/pkg:main"]
    assert claim_all() == {}


def test_a_registry_in_the_url_that_is_none_is_refused_with_the_reason(browser):
    answer = send(browser, "distribution", proof=basic(SECRET), query="?registry=a/b")
    assert (answer.status_code, answer.json["detail"]) == (400, "not a registry host: 'a/b'")


def envelope(*digests):
    (event,) = json.loads(recorded("distribution-2.8.2"))["events"]
    events = [{**event, "target": {**event["target"], "digest": digest}} for digest in digests]
    return json.dumps({"events": events}).encode()


def test_every_digest_of_an_envelope_is_a_hint_and_its_tag_is_queued_once(browser, claim_all):
    digests = [f"sha256:{digit * 64}" for digit in "abc"]
    answer = send(browser, "distribution", proof=basic(SECRET), body=envelope(*digests, digests[2]))
    tag = SENT["distribution"][3]
    assert answer.json["queued"] == [tag]
    assert [json.loads(hint)["digest"] for hint in claim_all()[tag]] == digests


@pytest.mark.parametrize("name", SENT)
def test_one_line_is_logged_for_a_hook_and_none_of_its_proofs(browser, caplog, name):
    with caplog.at_level(logging.DEBUG):
        send(browser, name, proof=basic(SECRET), query=f"?token={SECRET}")
    (record,) = caplog.records
    assert SENT[name][3] in record.getMessage()
    assert SECRET not in caplog.text


def test_of_many_tags_the_log_names_some(browser, caplog):
    (event,) = json.loads(recorded("distribution-2.8.2"))["events"]
    events = [{**event, "target": {**event["target"], "tag": f"t{n}"}} for n in range(99)]
    with caplog.at_level(logging.INFO):
        send(browser, "distribution", proof=basic(SECRET), body=json.dumps({"events": events}))
    assert "and 89 more: 99 queued" in caplog.text
    assert "t10" not in caplog.text
