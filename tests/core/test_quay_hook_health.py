"""What is kept of a hook's past, and what people are told where Quay had turned one off."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import (
    RESET_COUNTS_FOR,
    HookHealth,
    HookReport,
    follow_health,
    hooks_disabled,
    was_reset,
)
from watchdog.core.reference import Repository
from watchdog.core.self_condition import SelfCode

NOW = datetime(2026, 11, 23, 9, 47, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=3)
URL = "https://w.example/hooks/quay"
APP = Repository("quay.io", "acme/app")


def reset(at=EARLIER):
    return HookHealth(at, HookState.FINE, url=URL, resets=4, reset_at=at)


def test_what_was_done_to_a_hook_is_not_forgotten():
    health = follow_health(HookReport(reset()), HookHealth(NOW, HookState.FAILING, 1))
    assert (health.state, health.resets, health.reset_at) == (HookState.FAILING, 4, EARLIER)
    after = was_reset(health)
    assert (after.state, after.failures, after.resets) == (HookState.FINE, 0, 5)
    assert after.reset_at == NOW
    found = HookHealth(NOW, HookState.FINE)
    assert follow_health(HookReport(), found) == found


def off(vain, ago, heard=None):
    """A hook that was reset so often in vain, the last time so long ago, and is off again."""
    at = NOW - ago
    health = HookHealth(NOW, HookState.DISABLED, resets=9, reset_at=at, vain=vain)
    return HookReport(health, heard and at + heard)


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RESETS = {
    "never-read": (HookReport(), True),
    "never-reset": (HookReport(HookHealth(EARLIER, HookState.DISABLED, 3)), True),
    "once-just-now": (off(1, 9 * MINUTE), False),
    "once": (off(1, 10 * MINUTE), True),
    "twice-not-long-ago": (off(2, 59 * MINUTE), False),
    "twice": (off(2, HOUR), True),
    "thrice-today": (off(3, 23 * HOUR), False),
    "thrice": (off(3, DAY), True),
    "nine-times-today": (off(9, 23 * HOUR), False),
    "nine-times": (off(9, DAY), True),
    "one-came-before": (off(3, HOUR, -MINUTE), False),
    "one-came-since": (off(3, HOUR, MINUTE), True),
    "kept-before-they-were-counted": (off(0, 10 * MINUTE), True),
}


@pytest.mark.parametrize(("report", "again"), RESETS.values(), ids=RESETS)
def test_a_hook_that_is_off_all_the_same_is_reset_ever_later(report, again):
    assert report.is_to_be_reset(NOW) is again


def test_resets_in_vain_are_counted_until_a_hook_comes():
    found = HookHealth(NOW, HookState.DISABLED, 3)
    assert was_reset(follow_health(off(2, HOUR), found)).vain == 3
    assert was_reset(follow_health(off(2, HOUR, MINUTE), found)).vain == 1


DOUBTFUL = {
    "never-read": (HookReport(), False),
    "never-off": (HookReport(HookHealth(EARLIER, HookState.FINE)), False),
    "never-heard": (HookReport(reset()), True),
    "heard-before-only": (HookReport(reset(), EARLIER - timedelta(minutes=1)), True),
    "heard-since": (HookReport(reset(), EARLIER + timedelta(minutes=1)), False),
    "a-day-ago": (HookReport(reset(NOW - RESET_COUNTS_FOR)), False),
    "off-and-reset-a-day-ago": (
        HookReport(HookHealth(NOW, HookState.DISABLED, reset_at=NOW - RESET_COUNTS_FOR, vain=3)),
        True,
    ),
}


@pytest.mark.parametrize(("report", "told"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_hook_that_was_off_counts_until_one_comes_or_a_day_has_passed(report, told):
    assert bool(list(hooks_disabled({APP: report}, NOW))) is told


@pytest.mark.parametrize(
    ("count", "title", "names"),
    [(1, "1 repository", "a0"), (5, "5 repositories", "a4"), (7, "7 repositories", "and 2 more")],
)
def test_all_repositories_of_a_quay_are_one_trouble(count, title, names):
    reports = {Repository("quay.io", f"acme/a{n}"): HookReport(reset()) for n in range(count)}
    (trouble,) = hooks_disabled(reports, NOW)
    assert trouble.title == f"quay.io had turned off the hook of {title}"
    assert (trouble.code, trouble.about) == (SelfCode.HOOK_DISABLED, "quay.io")
    facts = dict(trouble.facts)
    assert facts["Repositories"].endswith(names)
    assert facts["Sent to"] == URL
    assert "watchdog quay hooks test" in trouble.advice[0]


def test_each_quay_is_a_trouble_of_its_own():
    reports = {Repository(host, "acme/app"): HookReport(reset()) for host in ("quay.io", "q.corp")}
    assert [trouble.about for trouble in hooks_disabled(reports, NOW)] == ["q.corp", "quay.io"]
