"""The watchdog about itself, on the page and as JSON."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from tests.web import seed
from watchdog.core.channel_health import Failure
from watchdog.core.self_condition import SelfCode, SelfCondition, Trouble
from watchdog.store import keys
from watchdog.store.channels import channels_writes
from watchdog.store.connection import connect
from watchdog.store.outbox import _FAILURE
from watchdog.store.records import Records
from watchdog.store.self_conditions import checked_writes
from watchdog.web.app import close_app, create_app

HEADING = "The watchdog itself"
MINUTE = timedelta(minutes=1)
LOW = Trouble(
    SelfCode.DISK_LOW,
    "node-a",
    "node-a: 50 MB are left <b>\u202e",
    "well",
    (("Free", "1% & less"),),
    ("Make room: `df` says more.",),
)


@pytest.fixture
def now(redis_client):
    return Records(redis_client).now()


@pytest.fixture
def keep(redis_client):
    def keep(writes):
        for write in writes:
            redis_client.execute_command(*write)

    return keep


@pytest.fixture
def checked(keep, now):
    """Keep what a check found so long ago."""

    def checked(*conditions, ago=timedelta()):
        named = {condition.trouble.name: condition for condition in conditions}
        keep(checked_writes(named, now - ago))

    return checked


def low(now, **changes):
    return replace(SelfCondition(LOW, now - 20 * MINUTE, told=True, told_at=now), **changes)


def health(browser):
    answer = browser.get("/api/v1/health")
    assert answer.status_code == 200
    return answer.json


def section(browser):
    """The text of the section, without its markup; "" without a section."""
    html = browser.get("/health").text
    if HEADING not in html:
        return ""
    found = html.partition('aria-labelledby="self"')[2].partition("</section>")[0]
    return unescape(" ".join(re.sub("<[^>]*>", "", found).split()))


def test_where_all_is_well_the_page_says_nothing_and_the_json_so(browser, checked, now):
    checked()
    assert section(browser) == ""
    found = health(browser)
    assert (found["status"], found["conditions"], found["channels"]) == ("well", [], [])
    assert found["looks_overdue_since"] is None
    assert found["checked_at"].endswith("Z")


@pytest.mark.parametrize("ago", [None, 6 * MINUTE], ids=["never", "long-ago"])
def test_what_nobody_has_checked_is_not_called_well(browser, checked, ago):
    if ago:
        checked(ago=ago)
    assert health(browser)["status"] == "unknown"


def test_a_condition_is_shown_at_the_top_with_what_to_do(browser, checked, now):
    checked(low(now))
    said = section(browser)
    for words in ("disk-low", "node-a: 50 MB are left <b>", "since 20 min ago", "1% & less"):
        assert words in said
    assert "Make room: df says more." in said
    html = browser.get("/health").text
    assert "<b>" not in html.partition('aria-labelledby="self"')[2].partition("</section>")[0]
    assert "\u202e" not in html
    overview = unescape(browser.get("/").text)
    assert "The watchdog itself: node-a: 50 MB are left <b>. " in overview
    assert 'href="/health"' in overview


def test_the_json_has_all_of_a_condition(browser, checked, now):
    checked(low(now))
    found = health(browser)
    assert found["status"] == "troubled"
    (condition,) = found["conditions"]
    assert condition.pop("since") < condition.pop("told_at")
    assert condition == {
        "code": "disk-low",
        "about": "node-a",
        "title": "node-a: 50 MB are left <b>",
        "facts": [{"name": "Free", "text": "1% & less"}],
        "advice": ["Make room: `df` says more."],
    }


def test_what_is_over_and_what_was_told_of_an_earlier_time_is_not_shown_as_now(
    browser, checked, now
):
    checked(low(now, told=False, over_at=now))
    assert section(browser) == ""
    assert health(browser)["conditions"] == []
    checked(low(now, told=False))
    assert health(browser)["conditions"][0]["told_at"] is None


def test_what_may_be_over_is_said_to_be_well_and_since_when(browser, checked, now):
    checked(low(now, well_since=now - 3 * MINUTE))
    assert "well again for 3 min" in section(browser)


def test_what_a_worker_found_that_is_gone_is_said_to_be_old(browser, checked, now):
    checked(low(now), ago=10 * MINUTE)
    assert "how it was 10 min ago: no worker has checked since" in section(browser)
    checked(low(now))
    assert "no worker has checked" not in section(browser)


LATE = Trouble(SelfCode.SWEEP_LATE, "", "Looks are late", "Looks are done in time again")


def test_late_looks_are_said_once_by_the_worker_that_lives_or_else_that_nobody_looks(
    browser, checked, redis_client, now
):
    due = now - 10 * MINUTE
    name = "quay.io/crunchtools/acquacotta:latest"
    redis_client.zadd(keys.due_keys(keys.LOOKS)[0], {name: due.timestamp() * 1000})
    checked()
    assert "Nobody is looking" in browser.get("/").text
    assert (health(browser)["status"], health(browser)["conditions"]) == ("troubled", [])
    written = due.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert health(browser)["looks_overdue_since"] == written
    checked(SelfCondition(LATE, now))
    html = browser.get("/").text
    assert "Nobody is looking" not in html
    assert "Looks are late" in html
    checked(SelfCondition(LATE, now), ago=10 * MINUTE)
    assert "Nobody is looking" in browser.get("/").text


def test_a_channel_that_fails_is_trouble(browser, checked, keep, now):
    failure = Failure(now - 5 * MINUTE, 3, "no answer")
    checked()
    keep(channels_writes({"ops": "slack"}))
    keep([("HSET", keys.LANE_FAILURES, "ops|the watchdog", _FAILURE.dump_json(failure))])
    found = health(browser)
    assert found["status"] == "troubled"
    (channel,) = found["channels"]
    assert channel.pop("failing_since").endswith("Z")
    assert channel == {
        "name": "ops",
        "kind": "slack",
        "delivered_at": None,
        "waiting": 0,
        "given_up": 0,
        "reason": "no answer",
    }


def test_a_store_that_is_away_is_a_problem_document():
    away = connect("redis://127.0.0.1:1/0")
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: seed.POLICY, client=away)
    answer = app.test_client().get("/api/v1/health")
    close_app(app)
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
