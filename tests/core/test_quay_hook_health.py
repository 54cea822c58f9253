"""Who is told that Quay had turned a hook off, and how often."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.message import Severity
from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import (
    TOLD_AGAIN_AFTER,
    HookHealth,
    disabled_message,
    follow_health,
    was_reset,
)
from watchdog.core.reference import Repository

NOW = datetime(2026, 11, 23, 9, 47, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=3)
OFF = HookHealth(NOW, HookState.DISABLED, 3, "https://w.example/hooks/quay")


def told_at(at):
    return HookHealth(at, HookState.FINE, resets=4, reset_at=at, told_at=at)


WELL = [state for state in HookState if state is not HookState.DISABLED]


@pytest.mark.parametrize("state", WELL)
@pytest.mark.parametrize("before", [None, told_at(EARLIER)])
def test_nobody_is_told_of_a_hook_that_is_not_off(state, before):
    health, telling = follow_health(before, HookHealth(NOW, state), None)
    assert not telling
    assert (health.state, health.at) == (state, NOW)


DISABLED = {
    "never-seen": (None, None, True),
    "seen-well": (HookHealth(EARLIER, HookState.FINE), EARLIER, True),
    "told-a-while-ago": (told_at(EARLIER), None, False),
    "told-and-only-heard-before": (told_at(EARLIER), EARLIER - timedelta(1), False),
    "told-and-heard-since": (told_at(EARLIER), EARLIER + timedelta(hours=1), True),
    "told-a-day-ago": (told_at(NOW - TOLD_AGAIN_AFTER), None, True),
}


@pytest.mark.parametrize(("before", "heard", "told"), DISABLED.values(), ids=DISABLED)
def test_that_a_hook_is_off_is_told_once(before, heard, told):
    health, telling = follow_health(before, OFF, heard)
    assert telling is told
    assert health.told_at == (NOW if told else EARLIER)


def test_what_was_done_to_a_hook_is_not_forgotten():
    health, _ = follow_health(told_at(EARLIER), HookHealth(NOW, HookState.FAILING, 1), None)
    assert (health.resets, health.reset_at, health.told_at) == (4, EARLIER, EARLIER)
    after = was_reset(health)
    assert (after.state, after.failures, after.resets) == (HookState.FINE, 0, 5)
    assert after.reset_at == NOW


@pytest.mark.parametrize(
    ("count", "title", "names"),
    [(1, "1 repository", "a0"), (5, "5 repositories", "a4"), (7, "7 repositories", "and 2 more")],
)
def test_one_message_tells_of_all_repositories_of_a_quay(count, title, names):
    repositories = [Repository("quay.io", f"acme/a{n}") for n in range(count)]
    message = disabled_message("quay.io", repositories, OFF.url, NOW)
    assert message.title == f"quay.io had turned off the hook of {title}"
    assert (message.kind, message.severity) == ("hook-disabled", Severity.WARNING)
    facts = dict(message.facts)
    assert facts["Repositories"].endswith(names)
    assert facts["Sent to"] == OFF.url
    assert "watchdog quay hooks test" in message.advice[0]
