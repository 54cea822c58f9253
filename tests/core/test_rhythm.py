from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import BLIND, NOW, digest, memory, rule
from watchdog.core.doubt import CONFIRM_AFTER
from watchdog.core.memory import Condition
from watchdog.core.rhythm import FAILED_AFTER, LOG_GRACE, REPEAT_AFTER, next_look, repeats
from watchdog.core.verdict import Code, ConditionCode, Finding

EVERY = timedelta(minutes=5)
OFF_BRANCH = memory(findings=(Finding(Code.OFF_BRANCH, "off"),), doubted_since=NOW)
SECOND = timedelta(seconds=1)


def late(age, *, in_force=False):
    condition = Condition(ConditionCode.LAGGING, "main", NOW - age, "behind", in_force)
    return memory(conditions=(condition,))


WAITS = {
    "nothing-is-open": (memory(), 300),
    "after-a-hook-that-found-nothing": (memory(repeats=1), 2),
    "after-the-third-repeat": (memory(repeats=4), 60),
    "after-the-last-repeat": (memory(repeats=5), 300),
    "could-not-find-out": (memory(findings=(BLIND,), failures=1), 2),
    "no-findings": (memory(findings=()), 2),
    "could-not-find-out-for-long": (memory(findings=(BLIND,), failures=99), 300),
    "failed-after-a-hook": (memory(findings=(BLIND,), failures=3, repeats=1), 15),
    "to-be-confirmed": (OFF_BRANCH, 120),
    "to-be-confirmed-soon": (replace(OFF_BRANCH, doubted_since=NOW - CONFIRM_AFTER + SECOND), 1),
    "confirmed": (replace(OFF_BRANCH, doubted_since=NOW - CONFIRM_AFTER), 300),
    "lag-begins": (late(timedelta()), 300),
    "lag-soon-too-long": (late(timedelta(hours=1, minutes=59)), 60),
    "lag-too-long-but-not-looked-at": (late(timedelta(hours=3)), 300),
    "who-pushed-is-asked-for": (memory(sought_since=NOW), 2),
    "who-pushed-was-asked-for-twice": (memory(sought_since=NOW - 7 * SECOND), 15),
    "who-pushed-was-not-told": (memory(sought_since=NOW - LOG_GRACE), 300),
    "lag-in-force": (late(timedelta(hours=1, minutes=59), in_force=True), 300),
}


@pytest.mark.parametrize(("held", "seconds"), WAITS.values(), ids=WAITS)
def test_the_next_look_is_timed_by_the_table(held, seconds):
    assert next_look(held, rule(), EVERY, NOW) == timedelta(seconds=seconds)


def test_a_lag_that_the_rule_does_not_mind_hastens_nothing():
    assert next_look(late(timedelta(hours=1)), rule(max_lag=None), EVERY, NOW) == EVERY


def test_a_look_after_a_hook_that_finds_nothing_new_is_repeated_four_times():
    before = after = memory()
    counts = []
    for announced in (True, False, False, False, False, False):
        counts.append(repeats(before, after, announced=announced))
        before = replace(after, repeats=counts[-1])

    assert counts == [1, 2, 3, 4, 5, 0]
    assert len(REPEAT_AFTER) == counts.index(5)


def test_a_look_that_finds_something_new_is_not_repeated():
    assert repeats(memory(repeats=2), memory(digest=digest("new")), announced=True) == 0


def test_a_timed_look_is_not_repeated():
    assert repeats(memory(), memory(), announced=False) == 0


def test_a_failing_look_is_tried_again_ever_more_slowly():
    assert list(FAILED_AFTER) == sorted(FAILED_AFTER)
