"""What the page says of Quay's hooks."""

import re
from datetime import timedelta

import pytest

from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import HookHealth
from watchdog.core.reference import Repository, Tag
from watchdog.store.quay_hooks import (
    health_writes,
    heard_writes,
    missed_writes,
    unannounced_writes,
)
from watchdog.store.records import Records

HEADING = "Quay: hooks that are missing or broken"
APP = Repository("quay.io", "crunchtools/acquacotta")
LATEST = Tag(APP, "latest")
MINUTES = timedelta(minutes=1)


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
    """The text of the section, without its markup; "" without a section."""
    html = browser.get("/health").text
    if HEADING not in html:
        return ""
    section = html.partition('aria-labelledby="quay-hooks"')[2].partition("</section>")[0]
    return " ".join(re.sub("<[^>]*>", "", section).split())


@pytest.mark.parametrize("state", [HookState.FINE, HookState.UNREADABLE])
def test_a_hook_that_is_well_or_cannot_be_read_is_not_among_the_broken(browser, keep, now, state):
    keep(health_writes(APP, HookHealth(now, state)))
    keep(heard_writes(LATEST, now))
    assert said(browser) == ""


STATES = {
    HookState.MISSING: (0, "has no hook: watchdog quay hooks install."),
    HookState.DISABLED: (3, "its hook is turned off: watchdog quay hooks reset (3 in a row)."),
    HookState.OUTDATED: (0, "its hook presents a secret that is not accepted"),
    HookState.FAILING: (2, "its hook fails (2 in a row)."),
}


@pytest.mark.parametrize("state", STATES)
def test_a_hook_that_is_not_well_is_named_with_what_to_do(browser, keep, now, state):
    failures, words = STATES[state]
    keep(health_writes(APP, HookHealth(now, state, failures)))
    keep(heard_writes(LATEST, now - 90 * MINUTES))
    assert f"{APP} {words}" in said(browser)
    assert "Last hook 1 h 30 min ago." in said(browser)


def test_a_reset_is_shown_for_a_day(browser, keep, now):
    health = HookHealth(now, HookState.FINE, resets=2, reset_at=now - 60 * MINUTES)
    keep(health_writes(APP, health))
    assert "had turned its hook off; it was reset 1 h ago (2 times so far)." in said(browser)
    old = HookHealth(now, HookState.FINE, resets=1, reset_at=now - timedelta(days=2))
    keep(health_writes(APP, old))
    assert said(browser) == ""


def test_what_only_the_timer_found_is_counted(browser, keep, now):
    keep(heard_writes(LATEST, now - 30 * MINUTES))
    for age in (20, 10):
        keep(missed_writes(LATEST, now - age * MINUTES))
    words = "2 pushes found by the timer only, the last 10 min ago: its hook is missing or broken."
    assert words in said(browser)
    keep(heard_writes(LATEST, now))
    assert "the last 10 min ago; a hook has come since." in said(browser)


def test_what_was_perhaps_no_push_is_not_blamed_on_the_hook(browser, keep, now):
    keep(unannounced_writes(LATEST, now - 10 * MINUTES, certain=False))
    keep(missed_writes(LATEST, now - 5 * MINUTES))
    assert "1 move found by the timer only, the last 5 min ago: perhaps its hook" in said(browser)
    assert "was made through Quay's API" in said(browser)


def test_what_was_missed_long_ago_is_over(browser, keep, now):
    keep(missed_writes(LATEST, now - timedelta(days=31)))
    assert said(browser) == ""


def test_a_repository_that_no_rule_watches_is_not_shown(browser, keep, now):
    keep(missed_writes(Tag(Repository("quay.io", "stranger/app"), "latest"), now))
    assert said(browser) == ""
