"""Who moved the tag: in the alert, the history and the decision to put back."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.work.conftest import APP, House
from watchdog.core.pusher import PusherKind
from watchdog.core.verdict import Code

TOKEN = "a-token-that-may-read-the-log"
MONDAY = datetime(2030, 11, 4, 4, 30, tzinfo=UTC)


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a Quay whose log we may read."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, WATCHDOG_QUAY_TOKEN=TOKEN)
    house.registry.clock.freeze()
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    return house


@pytest.fixture
def bad(house, first):
    """Pushes another bad build and looks; returns it."""
    old = house.sibling.commit("pre-fix")

    def push(*, after_s=60, **who):
        house.registry.clock.advance(after_s)
        image = house.build(old, source=house.source(f"{APP}-old"))
        digest = house.registry.push(image, house.tag, **who)
        house.look()
        return digest

    return push


def facts(house, kind):
    house.told()
    (message,) = [one.body for one in house.receiver.received if one.body["kind"] == kind]
    return message["facts"]


def newest(house, event="verdict"):
    return next(row for row in house.tools.records.history(house.tag) if row.event == event)


def test_a_robot_is_named_in_the_alert_and_the_history_and_its_build_put_back(house, bad):
    good = house.held
    bad(by="crunchtools+ci", agent="skopeo/1.9.3", address="203.0.113.7")
    assert facts(house, "wrong")["Pushed by"] == "robot `crunchtools+ci`, skopeo/1.9.3, 203.0.113.7"
    assert newest(house).pusher.name == "crunchtools+ci"
    assert house.held == good


def test_what_a_person_pushed_is_told_and_left(house, bad):
    digest = bad(by="alice")
    assert house.held == digest
    assert "a person moved it (alice)" in facts(house, "wrong")["Watchdog"]
    assert house.told() == ["wrong"]


def test_what_a_person_may_have_pushed_is_left_too(house, first, bad):
    digest = bad(after_s=0, by="alice")
    assert house.held == digest
    assert "more than one moved it within a second" in facts(house, "wrong")["Pushed by"]


def test_what_a_person_pushed_is_put_back_where_the_rule_says_so(house, bad):
    house.policy({"enforce": "revert", "revert_people": True})
    good = house.held
    bad(by="alice")
    assert house.held == good


def test_what_a_person_restored_that_was_never_trusted_is_told_and_left(house, bad):
    digest = bad(by="crunchtools+ci")
    house.registry.quay.restore_by("alice", house.tag, digest)
    house.look()
    assert house.held == digest
    assert house.told()[-1] == "wrong"
    assert newest(house).pusher.kind is PusherKind.PERSON


def test_a_restore_by_hand_is_a_person_s_even_if_the_log_may_not_be_read(house, bad):
    digest = bad(by="crunchtools+ci")
    house.registry.quay.revoke(TOKEN)
    house.registry.quay.grant(TOKEN, scope="repo:write")
    house.registry.quay.restore_by("alice", house.tag, digest)
    house.look()
    assert house.held == digest


def test_that_it_takes_a_right_to_know_who_pushed_is_said_once(house, bad):
    house.policy({"enforce": "alert"})
    house.registry.quay.revoke(TOKEN)
    house.registry.quay.grant(TOKEN, scope="repo:write")
    bad()
    assert facts(house, "wrong")["Pushed by"] == "unknown (needs repo:admin)"
    bad()
    assert "Pushed by" not in facts(house, "wrong-again")


def test_a_log_that_is_away_keeps_nothing_from_being_put_back(house, bad):
    good = house.held
    house.registry.quay.log.unavailable = True
    bad()
    assert house.held == good
    assert "could not be read" in facts(house, "wrong")["Pushed by"]


def test_our_own_restore_is_known_by_its_application(house, bad):
    bad(by="crunchtools+ci")
    host = house.tag.repository.registry
    assert house.tools.quay_applications.read(host, house.tools.quay.token_mark(host))
    assert house.memory.pusher is None
    house.look()
    assert house.told() == ["wrong", "reverted"]


def test_the_third_monday_in_a_row_is_a_cron_and_its_next_time_is_named(house, first, bad):
    house.policy({"enforce": "alert"})
    for week in range(3):
        house.registry.clock.freeze((MONDAY + timedelta(weeks=week)).timestamp())
        house.ahead = MONDAY + timedelta(weeks=week) - house.tools.records.now()
        bad(by="crunchtools+old")
        house.registry.clock.advance(3600)
        house.pushed(house.repository.commit(f"fix {week}"))
    house.told()
    told = [one.body["facts"] for one in house.receiver.received if one.body["kind"] == "wrong"]
    assert "Before" not in told[0]
    assert told[1]["Before"].startswith("the second time in 7 days")
    assert told[2]["Before"] == (
        "third Monday in a row at about 04:30 UTC: a cron; disable the workflow or revoke the "
        "robot, or it will be back on 25 November"
    )


def test_what_passed_unseen_has_its_pusher_too(house, first):
    image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.registry.push(image, house.registry.tag(APP, "kept"))
    house.registry.clock.advance(60)
    house.registry.push(image, house.tag, by="crunchtools+old")
    house.registry.clock.advance(61)
    house.push(house.repository.commit("fix"))
    house.look()
    assert newest(house, "passing").pusher.name == "crunchtools+old"
    assert "robot `crunchtools+old`" in facts(house, "was-wrong")["Held"]
    assert house.memory.verdict.codes == (Code.NEWER,)
