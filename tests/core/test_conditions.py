"""What is wrong with a tag rather than with a build: that it lags."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, memory, revision, rule
from watchdog.core.commits import Lead
from watchdog.core.conditions import watch_lag
from watchdog.core.memory import Condition
from watchdog.core.rule import Enforce
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, ConditionCode, Finding, Outcome

ALERT = rule(enforce=Enforce.ALERT)
OBSERVE = rule(enforce=Enforce.OBSERVE)
LEAD = Lead("refs/heads/main", 2, revision("first"))
OTHER = Lead("refs/heads/main", 1, revision("second"))
LAGGING, CAUGHT_UP = Telling.LAGGING, Telling.CAUGHT_UP


def lag(*, key=f"{LEAD.ref} {LEAD.oldest}", age=timedelta(), in_force=False):
    return Condition(ConditionCode.LAGGING, key, NOW - age, "behind", in_force)


HOURS = timedelta(hours=1)
ELSE = lag(key="refs/heads/main of yesterday", age=9 * HOURS, in_force=True)
# The condition before; the lead now; what is told; whether it is in force and since how long.
LAGS = {
    "none": (None, None, (), None),
    "begins": (None, LEAD, (), (False, timedelta())),
    "goes-on": (lag(age=HOURS), LEAD, (), (False, HOURS)),
    "lasts-too-long": (lag(age=2 * HOURS), LEAD, (LAGGING,), (True, 2 * HOURS)),
    "was-told": (lag(age=3 * HOURS, in_force=True), LEAD, (), (True, 3 * HOURS)),
    "ends-in-time": (lag(age=HOURS), None, (), None),
    "ends": (lag(age=3 * HOURS, in_force=True), None, (CAUGHT_UP,), None),
    "another-begins-after-one-in-force": (ELSE, LEAD, (CAUGHT_UP,), (False, timedelta())),
    "another-begins": (lag(key="x", age=HOURS), LEAD, (), (False, timedelta())),
}


@pytest.mark.parametrize(("before", "lead", "told", "expected"), LAGS.values(), ids=LAGS)
def test_a_lag_is_followed_by_the_table(before, lead, told, expected):
    held = memory(conditions=(before,) if before else ())

    followed = watch_lag(held, lead, ALERT, NOW)

    assert followed.tellings == told
    seen = [(c.in_force, NOW - c.since) for c in followed.memory.conditions]
    assert seen == ([expected] if expected else [])
    observed = watch_lag(held, lead, OBSERVE, NOW)
    assert (observed.memory, observed.tellings) == (followed.memory, ())


@pytest.mark.parametrize(("lead", "words"), [(LEAD, "2 commits ahead"), (OTHER, "1 commit ahead")])
def test_a_lag_says_how_many_commits_are_missing(lead, words):
    (condition,) = watch_lag(memory(), lead, ALERT, NOW).memory.conditions

    assert condition.detail == f"refs/heads/main is {words}"


def test_a_lag_that_the_rule_does_not_mind_any_more_is_forgotten_silently():
    held = memory(conditions=(lag(in_force=True),))

    followed = watch_lag(held, LEAD, rule(max_lag=None), NOW)

    assert (followed.memory.conditions, followed.tellings) == ((), ())


def test_a_tag_that_lags_is_accepted_with_a_warning_and_a_rejected_one_stays_rejected():
    late = memory(conditions=(lag(in_force=True),))

    assert late.outcome is Outcome.WARNING
    assert replace(late, findings=(Finding(Code.DIVERGED, "beside"),)).outcome is Outcome.REJECTED
    assert memory(conditions=(lag(),)).outcome is Outcome.ACCEPTED
