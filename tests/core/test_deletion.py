"""The condition `deleted`: told once when it is certain, over when the tag is back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, TAG, digest, incident, memory, rule
from watchdog.core.conditions import DELETED_AFTER, watch_deletion
from watchdog.core.incident import follow
from watchdog.core.memory import Condition
from watchdog.core.rhythm import next_look
from watchdog.core.rule import Enforce
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, ConditionCode, Finding, Outcome
from watchdog.core.wording import Occasion, tag_message

ALERT, OBSERVE = rule(enforce=Enforce.ALERT), rule(enforce=Enforce.OBSERVE)
LAG = Condition(ConditionCode.LAGGING, "main", NOW, "2 commits ahead", in_force=True)
BUILT = memory(findings=(Finding(Code.NEWER, "ahead"),), digest=digest("good"), conditions=(LAG,))


def gone(before, *, after_s, enforce=ALERT):
    return watch_deletion(before, "deleted", enforce, NOW + timedelta(seconds=after_s))


def deleted(enforce=ALERT):
    return gone(gone(BUILT, after_s=0).memory, after_s=30, enforce=enforce).memory


def test_a_tag_is_gone_when_it_was_missing_twice_half_a_minute_apart():
    first = gone(BUILT, after_s=0)
    early = gone(first.memory, after_s=29)
    second = gone(early.memory, after_s=30)
    third = gone(second.memory, after_s=300)
    tellings = [followed.tellings for followed in (first, early, second, third)]
    assert tellings == [(), (), (Telling.DELETED,), ()]
    assert [step.memory.outcome for step in (first, second)] == [Outcome.WARNING] * 2
    assert not first.memory.conditions[-1].in_force


def test_it_changes_nothing_of_verdict_trust_incident_and_other_conditions():
    before = replace(BUILT, incident=incident())
    after = gone(gone(before, after_s=0).memory, after_s=30).memory
    assert replace(after, conditions=()) == replace(before, conditions=())
    assert after.conditions[0] == LAG
    assert [c.code for c in after.conditions] == [ConditionCode.LAGGING, ConditionCode.DELETED]


def test_it_is_over_and_told_when_the_tag_was_read():
    before = deleted()
    followed = follow(before, before, ALERT, NOW)
    assert followed.tellings == (Telling.RETURNED,)
    assert followed.memory.conditions == (LAG,)


def test_a_tag_that_was_missing_for_a_moment_is_not_told():
    missed = gone(BUILT, after_s=0).memory
    followed = follow(missed, missed, ALERT, NOW)
    assert followed.tellings == ()
    assert followed.memory.conditions == (LAG,)


def test_what_comes_back_wrong_is_told_as_both():
    before = deleted()
    bad = replace(before, findings=(Finding(Code.OLDER_COMMIT, "older"),), digest=digest("bad"))
    assert follow(before, bad, ALERT, NOW).tellings == (Telling.RETURNED, Telling.WRONG)


def test_a_rule_that_observes_tells_nothing_of_it():
    assert gone(gone(BUILT, after_s=0).memory, after_s=30, enforce=OBSERVE).tellings == ()
    assert follow(deleted(), deleted(), OBSERVE, NOW).tellings == ()


@pytest.mark.parametrize(("after_s", "wait_s"), [(0, 30), (20, 10), (30, 86_400)])
def test_it_is_looked_at_again_when_it_may_be_certain(after_s, wait_s):
    missed = gone(BUILT, after_s=0).memory
    now = NOW + timedelta(seconds=after_s)
    assert next_look(missed, ALERT, timedelta(days=1), now) == timedelta(seconds=wait_s)


def test_the_messages_name_the_tag_and_what_it_held():
    told = tag_message(Telling.DELETED, Occasion(TAG, BUILT, deleted(), NOW))
    assert told.title == f"{TAG} is gone: deleted"
    assert dict(told.facts)["It held"].endswith(f"(sha256:{digest('good').short})")
    assert "puts nothing back" in told.advice[0]
    assert tag_message(Telling.RETURNED, Occasion(TAG, BUILT, BUILT, NOW)).title == f"{TAG} is back"


def test_it_takes_half_a_minute():
    assert timedelta(seconds=30) == DELETED_AFTER
