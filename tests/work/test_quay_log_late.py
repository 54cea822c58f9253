"""Who moved the tag is not known yet: a revert waits for a while, what is missing comes later."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from watchdog.core.pusher import PusherKind
from watchdog.core.rhythm import LOG_ASKED_FOR, LOG_GRACE
from watchdog.core.verdict import Code

TOKEN = "a-token-that-may-read-the-log"
LOGS = f"/api/v1/repository/{APP}/logs"
ROBOT, SECOND = "crunchtools+old", timedelta(seconds=1)


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a Quay whose log we may read, as was checked."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, WATCHDOG_QUAY_TOKEN=TOKEN)
    house.registry.clock.freeze()
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    return house


@pytest.fixture
def log(house, first):
    """The log, after the trusted build was accepted and the token was checked."""
    house.chore("quay-token")
    house.registry.clock.advance(60)
    return house.registry.quay.log


def bad(house, by):
    """Push a build of the sibling."""
    image = house.build(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    return house.registry.push(image, house.tag, by=by)


def later(house, span):
    """Let time pass, and look."""
    house.ahead += span
    house.registry.clock.advance(span.total_seconds())
    house.look()


def row(house, digest):
    (found,) = [move for move in house.tools.records.history(house.tag) if move.digest == digest]
    return found


def facts(house):
    """What the newest message says."""
    house.told()
    return house.receiver.received[-1].body["facts"]


def test_what_a_person_pushed_is_left_though_the_log_is_late(house, log):
    log.late_by = 3 * SECOND
    digest = bad(house, "alice")
    house.look()
    assert house.held == digest
    assert "waits up to 82 s to know who moved it" in facts(house)["Watchdog"]
    assert facts(house)["Pushed by"].startswith("unknown so far (the usage log has no entry")
    assert 0 < house.tools.looks.next_due_ms() <= 2000
    later(house, 3 * SECOND)
    assert house.held == digest
    assert row(house, digest).pusher.name == house.memory.pusher.name == "alice"
    assert house.told() == ["wrong", "revert-failed"]
    assert "a person moved it (alice)" in facts(house)["Watchdog"]
    later(house, LOG_GRACE)
    assert (house.held, house.told()) == (digest, ["wrong", "revert-failed"])
    assert house.memory.sought_since is None


def test_what_a_robot_pushed_is_put_back_as_soon_as_the_log_says_so(house, log):
    good = house.held
    log.late_by = 3 * SECOND
    digest = bad(house, ROBOT)
    house.look()
    assert house.held == digest
    later(house, 3 * SECOND)
    assert house.held == good
    assert house.told() == ["wrong", "reverted"]
    assert row(house, digest).pusher.name == ROBOT


def test_a_log_that_keeps_silent_puts_a_revert_off_for_a_while_only(house, log):
    good, log.late_by = house.held, timedelta(minutes=10)
    digest = bad(house, ROBOT)
    house.look()
    later(house, LOG_GRACE - SECOND)
    assert house.held == digest
    later(house, SECOND)
    assert house.held == good
    assert row(house, digest).pusher.pending
    later(house, log.late_by)
    assert row(house, digest).pusher.name == ROBOT
    assert house.memory.sought_since is None


def test_the_history_says_in_the_end_that_nobody_told(house, log):
    log.late_by = 2 * LOG_ASKED_FOR
    digest = bad(house, ROBOT)
    house.look()
    later(house, LOG_GRACE)
    later(house, LOG_ASKED_FOR)
    assert row(house, digest).pusher.sentence().startswith("unknown (the usage log has no entry")
    assert house.memory.sought_since is None


def test_the_same_build_pushed_again_and_again_is_put_back_all_the_same(house, log):
    good, log.late_by = house.held, timedelta(minutes=10)
    image = house.build(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.registry.push(image, house.tag, by=ROBOT)
    house.look()
    for _ in range(2):
        house.registry.push(image, house.tag, by=ROBOT)
        later(house, LOG_GRACE / 2)
    assert house.held == good


def fail(house):
    house.registry.quay.log.unavailable = 1


def fill(house):
    house.registry.quay.log.empty_pages = 60


def garble_the_history(house):
    house.registry.quay.garble()


@pytest.mark.parametrize("happens", [fail, fill, garble_the_history])
def test_what_cannot_be_read_just_now_is_waited_for(house, log, happens):
    digest = bad(house, "alice")
    happens(house)
    house.look()
    assert house.held == digest
    assert "waits up to 82 s" in facts(house)["Watchdog"]
    later(house, 2 * SECOND)
    assert house.held == digest
    assert row(house, digest).pusher.name == "alice"
    assert row(house, digest).since == house.memory.since


def test_where_it_was_never_shown_that_the_log_may_be_read_nothing_waits(house, first):
    good = house.held
    bad(house, ROBOT)
    fail(house)
    house.look()
    assert house.held == good


def test_a_log_that_is_kept_elsewhere_is_not_waited_for(house, log):
    good, log.elsewhere = house.held, True
    bad(house, ROBOT)
    house.look()
    assert house.held == good
    house.told()
    assert "no log that can be read" in house.receiver.received[0].body["facts"]["Pushed by"]


def test_what_passed_before_the_log_told_gets_its_pusher_later(house, log):
    image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.registry.push(image, house.registry.tag(APP, "kept"))
    house.registry.push(image, house.tag, by=ROBOT)
    house.registry.clock.advance(61)
    log.late_by = timedelta(minutes=5)
    house.push(house.repository.commit("fix"))
    house.look()
    assert row(house, image.digest).pusher.pending
    later(house, log.late_by)
    assert row(house, image.digest).pusher.name == ROBOT
    assert row(house, image.digest).event == "passing"
    assert house.memory.verdict.codes == (Code.UNCHANGED,)


def test_the_log_is_read_once_for_all_that_passed(house, log):
    house.policy({"enforce": "alert"})
    for number in range(4):
        bad(house, f"crunchtools+r{number}")
        house.registry.clock.advance(10)
    before = len(house.registry.requests)
    house.look()
    names = [move.pusher.name for move in house.tools.records.history(house.tag) if move.pusher]
    assert {f"crunchtools+r{number}" for number in range(4)} <= set(names)
    assert [path for _, path in house.registry.requests[before:]].count(LOGS) == 1


def test_a_person_who_pushes_what_a_robot_had_pushed_is_seen(house, log):
    image = house.build(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    for _ in range(4):
        house.registry.clock.advance(10)
        house.registry.push(image, house.tag, by=ROBOT)
        house.look()
    assert (house.held, house.memory.pusher.name) == (image.digest, ROBOT)
    house.registry.clock.advance(60)
    house.registry.push(image, house.tag, by="alice")
    house.look()
    assert (house.memory.pusher.kind, house.memory.pusher.name) == (PusherKind.PERSON, "alice")
    later(house, timedelta(days=1, minutes=5))
    assert house.held == image.digest
