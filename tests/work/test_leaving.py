"""What becomes of an incident that a look cannot judge, or that no rule is about any more."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP
from watchdog.core.message import Stage
from watchdog.store.incidents import Incidents

HOUR = timedelta(hours=1)


@pytest.fixture
def known(house, first):
    """A tag that is wrong, and left; people know."""
    house.policy({"enforce": "alert"})
    house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.told() == ["wrong"]
    return house


def only_incident(house):
    (kept,) = Incidents(house.client).newest(10)
    return kept.incident


def test_while_the_registry_is_away_people_are_reminded_all_the_same(known):
    known.ahead = HOUR + timedelta(minutes=1)
    known.registry.fail_next(503, times=9)
    known.look()
    assert known.told() == ["wrong", "reminder"]
    assert only_incident(known).reminders == 1


def test_a_tag_that_was_deleted_while_it_was_wrong_is_reminded_of(known):
    known.registry.push(known.build(""), known.registry.tag(APP, "other"))
    known.registry.delete_tag(known.tag)
    known.ahead = HOUR + timedelta(minutes=1)
    known.look()
    assert known.told() == ["wrong", "reminder"]


def test_the_incident_of_a_tag_that_no_rule_watches_any_more_is_closed_and_told(known):
    known.policy({"tags": ["other"]})
    known.hook()
    known.examiner.examine(known.claim())
    assert known.told() == ["wrong", "closed"]
    assert only_incident(known).stage is Stage.RESOLVED
    assert known.memory.incident is None
    assert known.claim() is None
    assert Incidents(known.client).open() == ()


def test_a_rule_that_only_observes_from_now_on_closes_it(known):
    known.policy({"enforce": "observe"})
    known.look()
    assert known.told() == ["wrong", "closed"]


def test_a_war_of_reverts_ends_with_the_word_that_the_tag_is_left_wrong(house, first):
    old, source = house.sibling.commit("pre-fix"), house.source(f"{APP}-old")
    for _ in range(4):
        house.push(old, source=source)
        house.look()
    assert house.told()[-1] == "wrong"
    assert "put back 3 times" in house.receiver.received[-1].body["facts"]["Watchdog"]
