"""A hook that Quay turns off again and again: it is reset ever later, and no look comes of it."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP
from tests.work.hooked import Hooked
from watchdog.core.quay_hook import HookState


@pytest.fixture
def hooked(stack, redis_client, tmp_path):
    return Hooked(stack, redis_client, tmp_path)


def test_a_hook_that_is_off_again_and_again_is_reset_ever_later_and_told_once_a_day(hooked):
    hook, told = hooked.install(), []
    for minutes, is_reset in ((0, True), (10, True), (10, False), (60, True), (120, False)):
        hooked.later(timedelta(minutes=minutes))
        hook.failures = 3
        state = hooked.sweep()[APP].health.state
        assert (hook.failures, state) == ((0, HookState.FINE) if is_reset else (3, state))
        assert is_reset or state is HookState.DISABLED
        told = hooked.check_self()
    assert told == ["hook-disabled"]
    for _ in range(2):
        hooked.later(timedelta(hours=22))
        hooked.sweep()
        assert hook.failures == 0
        hook.failures = 3
        hooked.later(timedelta(hours=2))
        assert hooked.sweep()[APP].health.state is HookState.DISABLED
        told = hooked.check_self()
    assert told == ["hook-disabled"] * 3
    rows = [entry.kind for entry in hooked.registry.quay.log.entries]
    assert rows.count("reset_repo_notification") == 5


def test_while_resets_are_in_vain_the_tags_are_not_looked_at_each_time(hooked):
    hook, looks = hooked.install(), []
    for _ in range(3):
        hook.failures = 3
        hooked.sweep()
        claim = hooked.claim()
        looks.append(claim is not None)
        if claim:
            hooked.tools.looks.drop(claim)
        hooked.later(timedelta(hours=1))
    assert looks == [True, False, False]
