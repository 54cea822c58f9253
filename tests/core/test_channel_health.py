"""Who is told that a channel fails: the remaining ones, once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.channel_health import (
    GIVE_UP_AFTER,
    ChannelState,
    ChannelTold,
    Failure,
    follow_channel,
    is_given_up,
)
from watchdog.core.message import Message, Severity, Stage

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AWAY = Failure(NOW - MINUTE, 3, "Slack at a.example answered 503")
REFUSED = replace(AWAY, reason="Slack at a.example answered 404", refused_since=NOW - MINUTE)
FINE = ChannelState("ops", "slack", NOW - DAY)
FAILING = replace(FINE, failure=REFUSED, waiting=2)


def follow(state, told=ChannelTold(), now=NOW):  # noqa: B008  # it is frozen
    after, messages = follow_channel(state, told, now)
    return after, [message.kind for message in messages]


UNTOLD = {
    "fine": FINE,
    "away-for-a-minute": replace(FINE, failure=AWAY),
    "taken-away-on-purpose": replace(FAILING, kind=""),
}


@pytest.mark.parametrize("state", UNTOLD.values(), ids=UNTOLD)
def test_what_is_no_trouble_yet_is_not_told(state):
    assert follow(state) == (ChannelTold(), [])


@pytest.mark.parametrize("failure", [REFUSED, replace(AWAY, since=NOW - HOUR)])
def test_a_refusal_is_told_at_once_and_an_absence_after_an_hour(failure):
    state = replace(FINE, failure=failure, waiting=2)
    told, kinds = follow(state)
    assert kinds == ["channel-failing"]
    assert told == ChannelTold(failing_since=failure.since, failing_at=NOW)
    assert follow(state, told, NOW + 3 * DAY) == (told, [])


def test_it_is_told_that_it_works_again_once_something_was_delivered():
    told, _ = follow(FAILING)
    assert follow(FINE, told) == (told, [])
    works = replace(FINE, delivered_at=NOW + HOUR)
    after, kinds = follow(works, told, NOW + HOUR)
    assert kinds == ["channel-works"]
    assert follow(works, after, NOW + HOUR) == (after, [])


def test_a_channel_that_comes_and_goes_is_told_of_once_a_day():
    told, _ = follow(FAILING)
    told, _ = follow(replace(FINE, delivered_at=NOW), told)
    assert follow(FAILING, told, NOW + HOUR) == (told, [])
    assert follow(FAILING, told, NOW + DAY)[1] == ["channel-failing"]


def test_what_was_given_up_is_told_once_a_day_with_its_number():
    state = replace(FINE, given_up=3)
    told, (message,) = follow_channel(state, ChannelTold(), NOW)
    assert message.kind == "channel-gave-up"
    assert "3 messages were given up" in message.title
    assert message.facts == ()
    assert follow(state, told, NOW + DAY) == (told, [])
    more = replace(state, kind="", given_up=4, failure=AWAY)
    assert follow(more, told, NOW + HOUR) == (told, [])
    _, (message,) = follow_channel(more, told, NOW + DAY)
    assert "1 message was given up" in message.title
    assert message.facts == (("Reason", AWAY.reason),)


def test_beginning_and_end_are_one_thread_and_say_what_a_person_needs():
    told, (begun,) = follow_channel(FAILING, ChannelTold(), NOW)
    _, (ended,) = follow_channel(replace(FINE, delivered_at=NOW), told, NOW + HOUR)
    assert begun.thread == ended.thread
    assert begun.subject == ended.subject == "channel ops"
    assert (begun.stage, ended.stage) == (Stage.OPEN, Stage.RESOLVED)
    assert (begun.severity, ended.severity) == (Severity.WARNING, Severity.RIGHT)
    assert "refuses" in begun.title
    assert ("Waiting", "2 messages") in begun.facts
    assert ("Reason", REFUSED.reason) in begun.facts
    assert "1 h 1 min" in ended.title
    away = replace(FINE, failure=replace(AWAY, since=NOW - HOUR), waiting=1)
    _, (begun,) = follow_channel(away, ChannelTold(), NOW)
    assert "does not take" in begun.title
    assert ("Waiting", "1 message") in begun.facts


@pytest.mark.parametrize(
    ("message_age", "failing_for", "given_up"),
    [
        (GIVE_UP_AFTER, GIVE_UP_AFTER, True),
        (GIVE_UP_AFTER - MINUTE, GIVE_UP_AFTER, False),
        (30 * DAY, MINUTE, False),
    ],
)
def test_a_message_is_given_up_that_is_old_and_was_tried_for_long(
    message_age, failing_for, given_up
):
    message = Message("m", "a", "wrong", Severity.CRITICAL, "", (), (), NOW - message_age)
    assert is_given_up(message, Failure(NOW - failing_for, 9, ""), NOW) is given_up
