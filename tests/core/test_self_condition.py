"""When people are told that something is wrong with the watchdog, and when that it is over."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW
from watchdog.core.message import Severity, Stage
from watchdog.core.routing import FOLLOWS, KINDS
from watchdog.core.self_condition import (
    OVER_AFTER,
    OVER_KINDS,
    REMINDERS_MAX,
    TOLD_AFTER,
    TOLD_AGAIN_AFTER,
    SelfCode,
    SelfCondition,
    Trouble,
    follow_trouble,
    self_message,
)

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
FAILING = Trouble(
    SelfCode.MIRROR_FAILING,
    "github.com",
    "github.com/a/b cannot be fetched",
    "github.com answers again",
    (("Reason", "403\nforbidden\u202e"),),
    ("Is its token valid?",),
)
PATIENCE = TOLD_AFTER[SelfCode.MIRROR_FAILING]


class Life:
    """One condition through its checks; `told` are (after how long, kind) of each message."""

    def __init__(self, trouble=FAILING):
        self.trouble, self.condition = trouble, None
        self.age, self.messages = timedelta(), []

    def check(self, *, wrong, after=timedelta()):
        self.age += after
        found = self.trouble if wrong else None
        now = NOW + self.age
        self.condition, message = follow_trouble(self.condition, found, now, "https://w/")
        if message:
            self.messages.append(message)
        return self

    def last(self, span, *, wrong, every=MINUTE):
        for _ in range(span // every):
            self.check(wrong=wrong, after=every)
        return self

    @property
    def told(self):
        return [(message.at - NOW, message.kind) for message in self.messages]


@pytest.mark.parametrize("code", SelfCode)
def test_each_is_told_once_it_has_lasted_and_not_before(code):
    life = Life(replace(FAILING, code=code)).check(wrong=True)
    life.last(TOLD_AFTER[code] + timedelta(hours=2), wrong=True)
    assert life.told == [(TOLD_AFTER[code], str(code))]


def test_what_passes_before_it_is_told_is_never_told():
    life = Life().check(wrong=True)
    for _ in range(20):
        life.last(PATIENCE - MINUTE, wrong=True).check(wrong=False, after=MINUTE)
        assert life.condition is None
        life.check(wrong=True, after=MINUTE)
    assert life.told == []


def test_what_was_told_is_told_to_be_over_once_it_has_been_well_for_a_while():
    life = Life().check(wrong=True).last(PATIENCE, wrong=True)
    life.last(OVER_AFTER, wrong=False)
    assert len(life.messages) == 1
    assert life.condition.is_open
    life.last(timedelta(hours=1), wrong=False)
    over = PATIENCE + MINUTE + OVER_AFTER
    assert life.told == [(PATIENCE, "mirror-failing"), (over, "mirror-failing-over")]
    assert not life.condition.is_open


def test_a_moment_of_being_well_is_no_end():
    life = Life().check(wrong=True).last(PATIENCE, wrong=True)
    for _ in range(10):
        life.last(OVER_AFTER, wrong=False).check(wrong=True, after=MINUTE)
    assert len(life.messages) == 1
    assert life.condition.since == NOW


def test_people_are_reminded_daily_and_the_last_reminder_says_that_it_is_the_last():
    life = Life().check(wrong=True).last(20 * DAY, wrong=True, every=timedelta(hours=1))
    assert len(life.messages) == 1 + REMINDERS_MAX
    gaps = {b.at - a.at for a, b in pairwise(life.messages)}
    assert gaps == {DAY}
    assert [any("last reminder" in line for line in m.advice) for m in life.messages] == [
        *[False] * REMINDERS_MAX,
        True,
    ]
    assert len({message.id for message in life.messages}) == 1 + REMINDERS_MAX
    life.last(timedelta(hours=1), wrong=False)
    assert life.told[-1][1] == "mirror-failing-over"


def test_what_comes_back_within_a_day_is_not_told_until_the_day_is_over():
    life = Life().check(wrong=True).last(PATIENCE, wrong=True).last(10 * MINUTE, wrong=False)
    life.last(DAY - 11 * MINUTE, wrong=True)
    assert len(life.messages) == 2
    assert life.condition.is_open
    life.check(wrong=True, after=MINUTE)
    assert [kind for _, kind in life.told] == [
        "mirror-failing",
        "mirror-failing-over",
        "mirror-failing",
    ]
    assert life.messages[2].thread != life.messages[0].thread


def test_what_came_back_and_was_not_told_is_not_told_to_be_over():
    life = Life().check(wrong=True).last(PATIENCE, wrong=True).last(10 * MINUTE, wrong=False)
    life.last(2 * PATIENCE, wrong=True).last(60 * MINUTE, wrong=False)
    assert len(life.messages) == 2
    life.last(DAY, wrong=False, every=timedelta(hours=1))
    assert life.condition is None


def test_nothing_comes_of_nothing():
    assert follow_trouble(None, None, NOW) == (None, None)


def test_the_newest_words_are_kept():
    life = Life().check(wrong=True)
    life.trouble = replace(FAILING, title="9 sources cannot be fetched")
    life.last(PATIENCE, wrong=True)
    assert life.messages[0].title == "9 sources cannot be fetched"


def test_a_message_says_what_is_wrong_since_when_and_what_to_do():
    first, over = _messages()
    assert (first.subject, first.kind) == ("the watchdog", "mirror-failing")
    assert first.facts == (("Since", "2026-03-02 04:30 UTC (15 min)"), ("Reason", "403 forbidden"))
    assert (first.advice, first.link) == (("Is its token valid?",), "https://w/")
    assert (first.severity, first.stage) == (Severity.WARNING, Stage.OPEN)
    assert (over.severity, over.stage) == (Severity.RIGHT, Stage.RESOLVED)
    assert (over.title, over.advice) == ("github.com answers again", ())
    assert over.facts == (("Since", "2026-03-02 04:30 UTC (21 min)"),)


def test_all_messages_of_one_condition_share_a_thread_and_none_an_id():
    first, over = _messages()
    assert (first.thread, first.since) == (over.thread, over.since)
    assert first.id != over.id
    other = SelfCondition(replace(FAILING, about="gitlab.com"), NOW)
    again = SelfCondition(FAILING, NOW + DAY)
    threads = {self_message(each, NOW + DAY).thread for each in (other, again)}
    assert len({first.thread, *threads}) == 3


def _messages():
    life = Life().check(wrong=True).last(PATIENCE, wrong=True).last(10 * MINUTE, wrong=False)
    return life.messages


def test_every_kind_can_be_routed_and_who_was_told_hears_that_it_is_over():
    for code in SelfCode:
        assert {str(code), OVER_KINDS[code]} <= set(KINDS)
        assert FOLLOWS[OVER_KINDS[code]] is Severity.WARNING


STEPS = st.lists(
    st.tuples(
        st.booleans(),
        st.one_of(
            st.integers(1, 40).map(lambda n: n * MINUTE),
            st.integers(1, 60).map(lambda n: n * timedelta(hours=1)),
        ),
    ),
    max_size=80,
)


@given(st.sampled_from(SelfCode), STEPS)
def test_no_condition_is_told_to_be_wrong_twice_a_day_however_it_comes_and_goes(code, steps):
    life = Life(replace(FAILING, code=code))
    for wrong, after in steps:
        life.check(wrong=wrong, after=after)
    wrong = [message.at for message in life.messages if message.stage is Stage.OPEN]
    assert all(b - a >= TOLD_AGAIN_AFTER for a, b in pairwise(wrong))


@given(st.sampled_from(SelfCode), STEPS)
def test_only_what_was_told_is_over_and_only_once(code, steps):
    life, open_, since = Life(replace(FAILING, code=code)), False, None
    for wrong, after in steps:
        told = len(life.messages)
        life.check(wrong=wrong, after=after)
        since = (since or NOW + life.age) if wrong else None
        for message in life.messages[told:]:
            if message.stage is Stage.RESOLVED:
                assert open_
                assert not wrong
            else:
                assert wrong
                assert open_ or message.at - message.since >= TOLD_AFTER[code]
            open_ = message.stage is Stage.OPEN
    assert len({message.id for message in life.messages}) == len(life.messages)


@given(STEPS)
def test_what_is_wrong_is_open_at_once_and_what_stays_well_is_forgotten(steps):
    life = Life()
    for wrong, after in steps:
        life.check(wrong=wrong, after=after)
        if wrong:
            assert life.condition.is_open
    life.last(2 * OVER_AFTER, wrong=False).check(wrong=False, after=DAY)
    assert life.condition is None
