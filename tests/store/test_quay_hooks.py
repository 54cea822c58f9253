"""What the store keeps of Quay's hooks."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import HookHealth, HookReport
from watchdog.core.reference import Repository, Tag
from watchdog.store import keys
from watchdog.store.quay_hooks import (
    QuayHooks,
    health_forgotten_writes,
    health_writes,
    heard_writes,
    missed_writes,
    unannounced_writes,
    unmissed_writes,
)

NOW = datetime(2026, 11, 23, 9, 47, tzinfo=UTC)
APP = Repository("quay.io", "acme/app")
LATEST, OTHER = Tag(APP, "latest"), Tag(APP, "other")
HEALTH = HookHealth(NOW, HookState.FAILING, 2, "https://w.example/hooks/quay", reset_at=NOW)


@pytest.fixture
def write(redis_client):
    def carry_out(*lists):
        for writes in lists:
            for command in writes:
                redis_client.execute_command(*command)

    return carry_out


@pytest.fixture
def hooks(redis_client):
    return QuayHooks(redis_client)


def test_nothing_is_known_at_first(hooks):
    assert hooks.reports() == {}
    assert hooks.unannounced(NOW) == ()


def test_what_is_kept_is_read_again(hooks, write):
    tool = Repository("quay.io", "acme/tool")
    write(health_writes(APP, HEALTH), heard_writes(LATEST, NOW))
    write(missed_writes(Tag(tool, "latest"), NOW), missed_writes(Tag(tool, "x"), NOW))
    assert hooks.reports() == {
        APP: HookReport(HEALTH, NOW),
        tool: HookReport(missed=2, missed_at=NOW),
    }


def test_what_is_forgotten_of_a_hook_is_how_it_stood_and_not_what_it_missed(hooks, write):
    write(health_writes(APP, HEALTH), missed_writes(LATEST, NOW))
    write(health_forgotten_writes([APP]))
    assert hooks.reports() == {APP: HookReport(missed=1, missed_at=NOW)}


def test_a_move_waits_for_its_own_hook_and_is_counted_once(hooks, write):
    write(unannounced_writes(LATEST, NOW), unannounced_writes(OTHER, NOW))
    assert hooks.unannounced(NOW - timedelta(seconds=1)) == ()
    assert hooks.unannounced(NOW) == (LATEST, OTHER)
    write(heard_writes(OTHER, NOW))
    assert hooks.unannounced(NOW) == (LATEST,)
    write(missed_writes(LATEST, NOW))
    assert hooks.unannounced(NOW) == ()


def test_a_move_that_was_no_push_waits_for_no_hook(hooks, write):
    write(unannounced_writes(LATEST, NOW))
    write(unmissed_writes(LATEST))
    assert hooks.unannounced(NOW) == ()


def test_a_move_that_was_perhaps_no_push_is_known_as_such(hooks, write):
    write(unannounced_writes(LATEST, NOW), missed_writes(LATEST, NOW))
    assert hooks.reports()[APP].doubted_at is None
    write(unannounced_writes(LATEST, NOW, certain=False))
    assert hooks.reports()[APP].doubted_at == NOW


def test_a_damaged_record_spoils_no_other(hooks, write, redis_client):
    redis_client.hset(keys.HOOKS, str(APP), b"what a later version wrote")
    tool = Repository("quay.io", "acme/tool")
    write(heard_writes(LATEST, NOW), health_writes(tool, HEALTH))
    assert hooks.reports() == {APP: HookReport(None, NOW), tool: HookReport(HEALTH)}
