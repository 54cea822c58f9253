"""What of a lane is told next, when it could not be told in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.lane import beside, next_parcel, tells_all, told_at_once
from watchdog.core.message import Message, Severity, Stage

AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
TAG = "quay.io/crunchtools/acquacotta:latest"


def said(kind, number=0, *, thread="t", stage=Stage.OPEN, **more):
    values = {
        "id": f"{kind}-{number}",
        "subject": TAG,
        "kind": kind,
        "severity": Severity.CRITICAL,
        "title": kind,
        "facts": (),
        "advice": (),
        "at": AT + timedelta(minutes=number),
        "thread": thread,
        "since": AT,
        "stage": stage,
    }
    return Message(**(values | more))


OPEN = said("wrong")
AGAIN = said("wrong-again", 1)
REMINDER = said("reminder", 60)
NEXT_REMINDER = said("reminder", 360)
LAST_REMINDER = said("last-reminder", 9000)
END = said("right", 500, stage=Stage.RESOLVED, severity=Severity.RIGHT)
OTHER = said("lagging", 2, thread="other")
OTHER_END = said("caught-up", 3, thread="other", stage=Stage.RESOLVED)
ALONE = said("information", 4, thread=None, since=None, stage=None)

IN_TIME = [[OPEN], [OPEN, END], [REMINDER, END], [ALONE, OPEN], [OPEN, REMINDER]]


@pytest.mark.parametrize("lane", IN_TIME)
def test_in_time_everything_is_told_one_after_the_other(lane):
    parcel = next_parcel(lane, (), late=False)
    assert (parcel.message, parcel.settles) == (lane[0], (0,))


LATE = {
    "alone": ([ALONE, OPEN, END], (), ALONE, (0,)),
    "only-the-opening": ([OPEN, OTHER], (), OPEN, (0,)),
    "only-the-end": ([END], (), END, (0,)),
    "the-opening-was-told": ([AGAIN, END], ("t",), AGAIN, (0,)),
    "another-thread-was-told": ([OPEN, AGAIN], ("other",), OPEN, (0,)),
    "a-reminder-before-the-end": ([REMINDER, OTHER, END], ("t",), END, (0, 2)),
    "reminders-before-a-reminder": (
        [REMINDER, NEXT_REMINDER, LAST_REMINDER],
        ("t",),
        LAST_REMINDER,
        (0, 1, 2),
    ),
    "a-reminder-alone": ([REMINDER], ("t",), REMINDER, (0,)),
    "reminders-beside-news": ([OPEN, REMINDER, OTHER, NEXT_REMINDER], (), OPEN, (0, 1, 3)),
    "the-last-reminder-says-more": ([OPEN, REMINDER, LAST_REMINDER], (), OPEN, (0, 1)),
}


@pytest.mark.parametrize(("lane", "told", "message", "settles"), LATE.values(), ids=LATE)
def test_late_a_reminder_beside_anything_newer_is_not_told(lane, told, message, settles):
    parcel = next_parcel(lane, told, late=True)
    assert (parcel.message, parcel.settles) == (message, settles)


def test_late_what_was_never_told_and_is_over_becomes_one_message():
    parcel = next_parcel([OPEN, OTHER, AGAIN, REMINDER, END, OTHER_END], (), late=True)
    assert parcel.settles == (0, 2, 3, 4)
    assert parcel.message == told_at_once(OPEN, END)


def test_the_one_message_says_what_it_was_and_from_when_to_when():
    message = told_at_once(OPEN, END)
    assert (message.id, message.kind, message.stage) == (END.id, "right", Stage.RESOLVED)
    assert message.title == "right (all of it from 2026-03-02 04:30 to 2026-03-02 12:50 UTC)"
    assert message.facts[0] == ("What it was", "wrong")
    assert message.since == AT


def test_what_has_no_beginning_began_when_it_was_found():
    assert told_at_once(said("unreachable", 5, since=None), END).since == AT + timedelta(minutes=5)


def test_what_tells_of_beginning_and_end_is_news_and_an_end_alone_is_not():
    assert tells_all(said("was-wrong", stage=Stage.RESOLVED))
    assert tells_all(told_at_once(OPEN, END))
    assert not tells_all(replace(END, facts=(("Trusted", "wrong"),)))


@pytest.mark.parametrize(
    ("lane", "turns"),
    [
        ([OPEN], [(), ()]),
        ([OPEN, AGAIN, END], [(), ()]),
        ([ALONE, OPEN, OTHER, END], [(1, 3), (2,), (1, 3)]),
        ([OPEN, ALONE, replace(ALONE, id="2"), END], [(1,), (2,), (1,)]),
    ],
    ids=["alone", "one-thread", "two-others", "of-no-thread"],
)
def test_beside_a_refused_head_each_other_thread_has_its_turn(lane, turns):
    assert [beside(lane, turn) for turn in range(len(turns))] == turns


MESSAGES = st.sampled_from(
    (OPEN, AGAIN, REMINDER, NEXT_REMINDER, LAST_REMINDER, END, OTHER, OTHER_END, ALONE)
)
LANES = st.lists(MESSAGES, min_size=1, max_size=12, unique=True)


@given(LANES, st.sets(st.sampled_from(("t", "other"))), st.booleans())
def test_a_lane_is_told_to_its_end_and_nothing_but_reminders_and_what_is_over_is_left_out(
    lane, told, late
):
    told, sent, left = set(told), [], list(lane)
    while left:
        parcel = next_parcel(left, told, late=late)
        assert 0 in parcel.settles
        sent.append(parcel.message.id)
        told.add(parcel.message.thread)
        left = [message for index, message in enumerate(left) if index not in parcel.settles]
    assert len(sent) == len(set(sent))
    untold = [message for message in lane if message.id not in sent]
    over = {m.thread for m in lane if m.stage is Stage.RESOLVED and m.id in sent}
    assert all(m.kind.endswith("reminder") or m.thread in over for m in untold)
