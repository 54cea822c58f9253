"""Hooks that stay alive: three refused ones and the reset, what is told, what no hook told of."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.work.conftest import APP
from tests.work.hooked import SECRET, TOKEN, Hooked
from watchdog.core.memory import Found
from watchdog.core.quay_hook import HookState
from watchdog.core.reference import Repository
from watchdog.errors import RemoteError
from watchdog.registry.quay.notifications import list_notifications
from watchdog.work.quay_hooks import ANNOUNCED_WITHIN, READ_AT_ONCE, READ_EVERY
from watchdog.work.self_check import SELF_CHECK


@pytest.fixture
def hooked(stack, redis_client, tmp_path):
    return Hooked(stack, redis_client, tmp_path)


def test_three_refused_hooks_and_the_reset(hooked):
    hook = hooked.install()
    assert hooked.pushed(hooked.repository.commit("first")) == ("first-seen",)
    hooked.hear()
    while hooked.memory.repeats:
        hooked.look_by_timer()
    hooked.up = False
    lost = hooked.push(hooked.repository.commit("second"))
    hooked.settle()
    assert (hook.failures, hook.enabled) == (3, False)

    hooked.up = True
    report = hooked.sweep()[APP]
    assert hook.failures == 0
    assert (report.health.state, report.health.resets) == (HookState.FINE, 1)
    assert hooked.check_self()[-1] == "hook-disabled"
    claim = hooked.claim()
    assert (claim.member, claim.hints) == (str(hooked.tag), ())
    hooked.examiner.examine(claim)
    assert hooked.memory.digest == lost
    assert hooked.tools.records.history(hooked.tag)[0].found is Found.TIMER
    hooked.later(ANNOUNCED_WITHIN)
    assert hooked.sweep()[APP].missed == 1


def test_a_hook_that_was_off_is_told_without_waiting_for_the_next_minute(hooked):
    hook = hooked.install()
    hooked.sweep()
    assert hooked.tools.chores.claim() is None
    hook.failures = 3
    hooked.later(READ_EVERY)
    hooked.sweep()
    assert hooked.tools.chores.claim().member == SELF_CHECK


def test_a_message_names_the_repository_and_where_hooks_go_but_no_secret(hooked):
    hooked.install().failures = 3
    hooked.sweep()
    hooked.check_self()
    told = hooked.receiver.received[-1].body
    assert told["title"] == f"{hooked.registry.host} had turned off the hook of 1 repository"
    assert APP in str(told["facts"])
    assert f"{hooked.base_url}/hooks/quay" in str(told["facts"])
    assert SECRET not in str(told)


def test_a_hook_that_comes_again_ends_it_and_what_follows_waits_for_the_next_day(hooked):
    hook = hooked.install()
    hook.failures = 3
    hooked.sweep()
    assert hooked.check_self() == ["hook-disabled"]
    hooked.later(READ_EVERY)
    hooked.push(hooked.repository.commit("first"))
    hooked.hear()
    hooked.check_self()
    hooked.later(READ_EVERY)
    assert hooked.check_self() == ["hook-disabled", "hook-disabled-over"]
    hook.failures = 3
    hooked.sweep()
    assert len(hooked.check_self()) == 2
    hooked.later(timedelta(hours=23, minutes=40))
    assert hooked.check_self()[2:] == ["hook-disabled"]


def test_hooks_of_others_are_left_as_they_are(hooked):
    hook = hooked.install()
    row = hooked.quay.notifications.add(
        APP,
        {
            "event": "repo_push",
            "method": "webhook",
            "config": {"url": "http://other.example.org/hooks/quay"},
            "eventConfig": {},
        },
    )
    row.hook.failures = hook.failures = 3
    hooked.sweep()
    assert (row.hook.failures, hook.failures) == (3, 0)


STATES = {
    "missing": (None, {}, HookState.MISSING),
    "fine": (0, {}, HookState.FINE),
    "failing": (2, {}, HookState.FAILING),
    "outdated": (0, {"template": '{"secret": "former"}'}, HookState.OUTDATED),
}


@pytest.mark.parametrize(("failures", "config", "state"), STATES.values(), ids=STATES)
def test_what_quay_says_of_a_hook_is_kept(hooked, failures, config, state):
    hooked.quay.create(APP)
    if failures is not None:
        hooked.install().failures = failures
    (row,) = hooked.quay.notifications.rows.get(APP, {}).values() or (None,)
    if row:
        row.config.update(config)
    health = hooked.sweep()[APP].health
    assert (health.state, health.failures) == (state, failures or 0)
    assert hooked.check_self() == []


def test_a_token_that_may_not_read_hooks_is_asked_once_an_hour(hooked):
    hooked.install()
    hooked.allow("repo:write")
    health = hooked.sweep()[APP].health
    assert health.state is HookState.UNREADABLE
    assert "scope repo:admin" in health.detail
    hooked.later(READ_EVERY)
    assert hooked.sweep()[APP].health.at == health.at
    hooked.later(timedelta(hours=1))
    assert hooked.sweep()[APP].health.at > health.at
    assert hooked.told() == []


@pytest.mark.parametrize(
    "without", [{"quay_tokens": {}}, {"base_url": None}, {"hook_secrets": ()}], ids=str
)
def test_without_a_token_or_an_address_nothing_is_asked(hooked, without):
    hooked.install()
    hooked.settings = replace(hooked.settings, **without)
    hooked.policy({})
    asked = len(hooked.registry.requests)
    assert hooked.sweep() == {}
    assert len(hooked.registry.requests) == asked


def test_what_is_watched_no_more_is_forgotten(hooked):
    hooked.install()
    assert hooked.sweep()[APP].health
    hooked.policy({"image": f"{hooked.registry.host}/acme/other"})
    assert APP not in hooked.sweep()


def test_many_hooks_are_read_a_few_at_a_time_and_the_longest_unread_first(hooked):
    images = [f"{hooked.registry.host}/acme/r{n}" for n in range(READ_AT_ONCE + 5)]
    more = [{"image": image, "source": hooked.source()} for image in images]
    hooked.allow("repo:admin", watch=more)
    for image in images:
        hooked.quay.create(Repository.parse(image).path)
    hooked.quay.create(APP)
    assert len(hooked.sweep()) == READ_AT_ONCE
    assert hooked.tools.chores.next_due_ms() <= 5_000
    first = hooked.sweep()
    assert len(first) == len(images) + 1
    assert hooked.tools.chores.next_due_ms() > 5_000
    hooked.later(READ_EVERY)
    again = hooked.sweep()
    read = [one for one, report in again.items() if report.health.at > first[one].health.at]
    assert len(read) == READ_AT_ONCE


def test_a_slow_quay_does_not_hold_up_the_other_chores(hooked):
    hooked.install()
    assert hooked.sweep(within_s=-1) == {}
    assert hooked.tools.chores.next_due_ms() <= 5_000
    assert hooked.sweep()[APP].health


def test_where_a_rule_only_observes_a_hook_is_reset_and_nobody_is_told(hooked):
    hooked.policy({"enforce": "observe"})
    hook = hooked.install()
    hook.failures = 3
    assert hooked.sweep()[APP].health.resets == 1
    assert (hook.failures, hooked.check_self()) == (0, [])


def test_a_quay_that_does_not_answer_changes_nothing(hooked):
    hook = hooked.install()
    before = hooked.sweep()
    hook.failures = 3
    hooked.later(READ_EVERY)
    hooked.quay.limit_rate(1)
    assert hooked.sweep() == before
    assert hook.failures == 3
    hooked.rest()
    hooked.sweep()
    assert hook.failures == 0


def test_a_push_that_only_the_timer_found_is_counted_once_its_hook_cannot_come_any_more(hooked):
    hooked.pushed(hooked.repository.commit("first"))
    hooked.push(hooked.repository.commit("second"))
    hooked.look_by_timer()
    assert APP not in hooked.sweep() or not hooked.sweep()[APP].missed
    hooked.later(ANNOUNCED_WITHIN)
    report = hooked.sweep()[APP]
    assert (report.missed, report.missed_at is not None) == (1, True)
    assert hooked.sweep()[APP].missed == 1


def test_what_is_there_at_the_first_look_was_not_missed(hooked):
    hooked.push(hooked.repository.commit("first"))
    hooked.look_by_timer()
    assert hooked.memory.digest
    assert missed(hooked) == 0


def test_a_hook_that_is_late_takes_it_back(hooked):
    hooked.install()
    hooked.pushed(hooked.repository.commit("first"))
    hooked.hear()
    hooked.quay.notifications.sender.hold()
    hooked.push(hooked.repository.commit("second"))
    hooked.look_by_timer()
    hooked.quay.notifications.sender.release()
    hooked.hear()
    hooked.later(ANNOUNCED_WITHIN)
    report = hooked.sweep()[APP]
    assert (report.missed, report.heard_at is not None) == (0, True)


def missed(hooked):
    hooked.later(ANNOUNCED_WITHIN)
    report = hooked.sweep().get(APP)
    return report.missed if report else 0


def test_a_restore_by_a_person_is_no_hook_that_is_missed(hooked):
    hooked.pushed(hooked.repository.commit("first"))
    good = hooked.held
    hooked.pushed(hooked.repository.commit("second"))
    hooked.quay.restore_by("ann", hooked.tag, good)
    hooked.look_by_timer()
    assert hooked.memory.digest == good
    assert missed(hooked) == 0


def test_where_no_hooks_are_received_none_is_missed(hooked):
    hooked.settings = replace(hooked.settings, hook_secrets=())
    hooked.policy({})
    hooked.pushed(hooked.repository.commit("first"))
    hooked.push(hooked.repository.commit("second"))
    hooked.look_by_timer()
    assert missed(hooked) == 0


def test_the_repetition_of_a_look_after_a_hook_is_that_hooks(hooked):
    hooked.pushed(hooked.repository.commit("first"))
    hooked.look()
    assert hooked.memory.repeats
    hooked.push(hooked.repository.commit("second"))
    hooked.look_by_timer()
    assert missed(hooked) == 0


def test_our_own_hook_is_read_with_the_same_token(hooked):
    hooked.install()
    (hook,) = list_notifications(hooked.tools.quay, hooked.tag.repository)
    assert hooked.tools.hook_receiver.is_ours(hook)
    hooked.quay.revoke(TOKEN)
    with pytest.raises(RemoteError):
        list_notifications(hooked.tools.quay, hooked.tag.repository)
