"""`WATCHDOG_PUBLIC=nothing`: who is no operator sees nothing at all."""

import pytest

from tests.web import seed
from tests.web.conftest import SECRET
from watchdog.core.operator import Operator
from watchdog.store.records import Records
from watchdog.web.app import close_app, create_app
from watchdog.web.operators import Doors

ALICE, CI = "alice-0123456789abc", "ci-0123456789abcdef"
OPEN = {"/healthz", "/readyz", "/static/<path:filename>"}


@pytest.fixture
def closed(redis_client):
    """The application, closed to visitors."""
    seed.fill(redis_client, Records(redis_client).now())
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=redis_client,
        hook_secrets=(SECRET,),
        doors=Doors((Operator("alice", ALICE),), (Operator("release-job", CI),)),
        public=False,
    )
    yield app
    close_app(app)


def addresses(app):
    """An address of every route that can be read."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.rule not in OPEN:
            yield app.url_map.bind("localhost").build(
                rule.endpoint, dict.fromkeys(rule.arguments, str(seed.ROTV))
            )


def as_holder(token):
    return {"Authorization": f"Bearer {token}"}


def test_nothing_can_be_read_without_an_operator_s_token(closed):
    browser, read = closed.test_client(), list(addresses(closed))
    assert len(read) > 10
    for path in [*read, "/nowhere", f"/badge/{seed.ROTV}.svg", "/?q=rotv"]:
        for headers in ({}, as_holder("wrong"), as_holder(SECRET)):
            answer = browser.get(path, headers=headers)
            assert answer.status_code == 401, path
            assert "bearer" in answer.headers["WWW-Authenticate"].lower()
            assert answer.headers["Cache-Control"] == "no-store"
            assert "crunchtools" not in answer.text
        assert browser.head(path).status_code == 401
        assert browser.get(path, headers=as_holder(CI)).status_code == 403


def test_an_operator_reads_everything_and_nobody_keeps_it(closed):
    browser = closed.test_client()
    read = ["/", "/api/v1/tags", "/metrics", "/feed.atom", f"/badge/{seed.ROTV}.svg"]
    for path in read:
        answer = browser.get(path, headers=as_holder(ALICE))
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


def test_a_program_is_told_as_a_program_and_a_person_as_a_person(closed):
    browser = closed.test_client()
    assert browser.get("/metrics").content_type == "application/problem+json"
    assert browser.get("/").mimetype == "text/html"


def test_probes_styles_and_hooks_are_as_open_as_before(closed):
    browser = closed.test_client()
    for path in ("/healthz", "/readyz", "/static/style.css"):
        with browser.get(path) as answer:
            assert answer.status_code == 200
    body = {"docker_url": str(seed.ROTV.repository), "updated_tags": ["latest"]}
    hooked = browser.post(f"/hooks/quay?token={SECRET}", json=body)
    assert hooked.status_code == 202


def test_where_everybody_may_see_the_standing_no_token_is_wanted(browser):
    assert browser.get("/").status_code == browser.get("/metrics").status_code == 200
