"""Silences: nobody hears of a tag's incidents meanwhile, and at the end of what is still wrong."""

from datetime import timedelta

import pytest

from tests.work.test_answers import bad_build, happenings
from watchdog.core.answer import Answerer
from watchdog.core.incident_record import Happening
from watchdog.errors import RefusedError
from watchdog.store.answering import Answering


@pytest.fixture
def alerting(house, first):
    house.policy({"enforce": "alert"})
    return house


def looked(house):
    """Look at what is due, as a worker does."""
    while claim := house.claim():
        memory = house.examiner.examine(claim)
        if memory:
            house.carry_out(claim, memory)


def test_what_is_wrong_is_told_when_the_silence_ends(alerting):
    alerting.silence(f"{alerting.tag.repository}:l*")
    bad_build(alerting)
    assert alerting.told() == []
    assert alerting.memory.verdict.outcome == "rejected"
    assert (Happening.SILENCED, "alice") in happenings(alerting)
    alerting.look()
    assert happenings(alerting).count((Happening.SILENCED, "alice")) == 1
    alerting.ahead = timedelta(hours=2)
    alerting.chore("silences")
    looked(alerting)
    assert alerting.told() == ["wrong"]
    assert alerting.tools.answers.silences() == ()
    (over,) = alerting.tools.answers.ended_silences(10)
    assert (over.by, over.ended_by) == ("alice", "")


def test_a_silence_that_a_person_ends_is_over_at_once(alerting):
    silence = alerting.silence()
    bad_build(alerting)
    Answering(alerting.client).end_silence(silence.id, Answerer("bob"))
    alerting.chore("silences")
    looked(alerting)
    assert alerting.told() == ["wrong"]
    (over,) = alerting.tools.answers.ended_silences(10)
    assert over.ended_by == "bob"
    with pytest.raises(RefusedError, match="no silence"):
        Answering(alerting.client).end_silence(silence.id, Answerer("bob"))


def test_what_came_right_in_a_silence_is_not_told(alerting):
    good = alerting.held
    alerting.silence()
    bad_build(alerting)
    alerting.registry.move(alerting.tag, good)
    alerting.look()
    alerting.ahead = timedelta(hours=2)
    alerting.chore("silences")
    looked(alerting)
    assert alerting.told() == []


def test_another_tag_is_not_silenced(alerting):
    alerting.silence("quay.io/crunchtools/*")
    bad_build(alerting)
    assert alerting.told() == ["wrong"]


def test_a_further_bad_build_is_told_when_the_silence_ends(alerting):
    bad_build(alerting)
    alerting.silence()
    bad_build(alerting)
    assert alerting.told() == ["wrong"]
    alerting.ahead = timedelta(hours=2)
    alerting.chore("silences")
    looked(alerting)
    assert alerting.told() == ["wrong", "wrong-again"]
