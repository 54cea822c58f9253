"""What every answer carries, and what is kept by whom for how long."""

import pytest

from tests.web import seed
from tests.web.conftest import SECRET

EVERYTHING = {
    "GET /": 200,
    "GET /nowhere": 404,
    "GET /api/v1/tags": 200,
    "GET /api/v1/history": 400,
    "GET /api/v1/incidents/x": 404,
    "DELETE /api/v1/tags": 405,
    "POST /api/v1/acks": 403,
    "POST /hooks/quay": 401,
    "GET /metrics": 200,
    "GET /badge/x.svg": 404,
    "GET /feed.atom": 200,
    "GET /healthz": 200,
    "GET /static/style.css": 200,
    "GET /static/none.css": 404,
    "OPTIONS /": 200,
}


@pytest.mark.parametrize("asked", EVERYTHING)
def test_every_answer_says_what_browsers_may_do_with_it(browser, asked):
    method, path = asked.split()
    with browser.open(path, method=method) as answer:
        assert answer.status_code == EVERYTHING[asked]
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"]


READ = ["/api/v1/tags", "/api/v1/status", "/api/v1/incidents", f"/api/v1/tags/{seed.ROTV}"]


@pytest.mark.parametrize("path", [*READ, f"/api/v1/history?tag={seed.ROTV}"])
def test_what_did_not_change_is_not_sent_again(browser, redis_client, path):
    seed.fill(redis_client)
    first = browser.get(path)
    assert first.headers["Cache-Control"] == "no-cache"
    etag = first.headers["ETag"]
    for known in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        again = browser.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == etag
        assert "frame-ancestors" in again.headers["Content-Security-Policy"]
    assert browser.head(path).headers["ETag"] == etag
    assert browser.get(path, headers={"If-None-Match": '"other"'}).data == first.data


def test_what_changed_is_sent(browser, redis_client):
    etag = browser.get("/api/v1/tags").headers["ETag"]
    seed.fill(redis_client)
    assert browser.get("/api/v1/tags", headers={"If-None-Match": etag}).status_code == 200


def test_an_error_has_no_etag(browser):
    answer = browser.get("/api/v1/history", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert "ETag" not in answer.headers


@pytest.mark.parametrize("path", [*READ, "/", "/feed.atom", f"/badge/{seed.ROTV}.svg"])
def test_what_is_asked_for_with_a_credential_is_never_kept(browser, path):
    answer = browser.get(path, headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.headers["Cache-Control"] == "no-store"
    browser.set_cookie("signed-in", "as somebody")
    assert browser.get(path).headers["Cache-Control"] == "no-store"
