"""`/health`: the watchdog about itself, for people."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest

from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import HookHealth
from watchdog.core.reference import Repository
from watchdog.core.self_condition import SelfCode, SelfCondition
from watchdog.core.self_trouble import Trouble
from watchdog.store import keys
from watchdog.store.quay_hooks import health_writes
from watchdog.store.records import Records
from watchdog.store.self_conditions import checked_writes

MINUTES = timedelta(minutes=1)
APP = Repository("quay.io", "crunchtools/acquacotta")
LOW = Trouble(SelfCode.DISK_LOW, "node-a", "50 MB are left <b>", "there is room again")


@pytest.fixture
def now(redis_client):
    return Records(redis_client).now()


@pytest.fixture
def keep(redis_client):
    def keep(writes):
        for write in writes:
            redis_client.execute_command(*write)

    return keep


def said(browser):
    answer = browser.get("/health")
    assert answer.status_code == 200
    return unescape(" ".join(re.sub("<[^>]*>", "", answer.text.partition("<main")[2]).split()))


def headline(browser):
    found = re.search(r"<h1>.*?</h1>", browser.get("/health").text, re.DOTALL)[0]
    return re.sub("<[^>]*>", "", found)


def test_what_nobody_has_checked_is_not_called_well(browser):
    assert headline(browser) == "Nobody knows how the watchdog is"
    assert "No channel is set up: nobody is told of anything." in said(browser)


def test_all_well_is_said_so_with_what_waits(browser, keep, now, looks):
    keep(checked_writes({}, now - MINUTES))
    looks.schedule([("a", 60_000), ("b", 90_000)])
    assert headline(browser) == "The watchdog is well"
    assert "looks at tags: 2 wait, 0 under way; the next is due in" in said(browser)


def test_everything_that_is_wrong_is_on_one_page(browser, keep, redis_client, now):
    condition = SelfCondition(LOW, now - 20 * MINUTES, told=True, told_at=now)
    keep(checked_writes({LOW.name: condition}, now))
    keep(health_writes(APP, HookHealth(now, HookState.DISABLED, 3)))
    failure = {"since": "2026-03-02T04:30:00Z", "attempts": 3, "reason": "404 <gone>"}
    redis_client.rpush("wd:lane:ops|a", "{}", "{}")
    redis_client.hset("wd:lane-failures", "ops|a", json.dumps(failure))
    redis_client.zadd("wd:due:lanes", {"ops|a": 0})
    due = (now - 10 * MINUTES).timestamp() * 1000
    redis_client.zadd(keys.due_keys(keys.LOOKS)[0], {f"{APP}:latest": due})
    assert headline(browser) == "Something is wrong with the watchdog itself"
    for words in (
        "50 MB are left <b>",
        "Nobody is looking",
        "ops: has taken no message yet, 2 wait. It fails since 2026-03-02 04:30:00 UTC: 404 <gone>",
        "its hook is turned off: watchdog quay hooks reset (3 in a row).",
    ):
        assert words in said(browser)
    html = browser.get("/health").text
    assert "<b>" not in html
    assert "<gone>" not in html
