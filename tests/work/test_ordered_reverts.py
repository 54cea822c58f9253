"""A revert that a person ordered: what it goes before, what holds for it, what is told."""

from datetime import timedelta

import pytest

from tests.work.conftest import House
from tests.work.reverting import writes
from tests.work.test_answers import bad_build, events, happenings
from watchdog.core.incident_record import Happening
from watchdog.core.verdict import Code
from watchdog.errors import RefusedError, StaleLeaseError
from watchdog.store.answers import order_writes
from watchdog.work.worker import look

ORDER = ("revert-ordered", "alice: login is broken")
DONE = ("revert", "ordered by alice: login is broken")


@pytest.fixture
def observing(house, first):
    """A tag that holds its first build, under a rule that does nothing by itself."""
    house.policy({"enforce": "observe", "revert_on": []})
    return house


def ordered(house, **fields):
    house.answer("revert", reason="login is broken", **fields)


@pytest.mark.parametrize("enforce", ["observe", "alert"])
def test_a_person_s_order_goes_before_the_rule(house, first, enforce):
    house.policy({"enforce": enforce, "revert_on": []})
    good = house.held
    bad_build(house)
    ordered(house)
    house.look()
    assert house.held == good
    assert events(house) == [ORDER, DONE]
    assert house.memory.revert is None
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told()[-1] == "reverted"


def test_the_incident_ends_with_who_put_it_right(house, first):
    house.policy({"enforce": "alert"})
    bad_build(house)
    ordered(house)
    house.look()
    assert house.told() == ["wrong", "reverted"]
    (kept,) = house.tools.incidents.newest(1)
    assert kept.incident.closing.startswith("alice put the trusted build back")
    assert (Happening.REVERT_ORDERED, "alice") in happenings(house)


def test_a_person_s_order_goes_before_the_limit_for_a_day_and_does_not_count(house, first):
    for _ in range(3):
        bad_build(house)
    bad = bad_build(house)
    assert house.held == bad
    ordered(house)
    house.look()
    assert house.held != bad
    assert len(house.memory.reverts) == 3


def test_a_good_build_is_rolled_back_and_its_return_is_told(house, first):
    old, fix = house.held, house.repository.commit("fix")
    house.pushed(fix)
    newest = house.held
    ordered(house, to=old)
    house.look()
    assert house.held == old
    house.look()
    memory = house.memory
    assert memory.verdict.codes == (Code.UNCHANGED,)
    assert (memory.trusted.digest, memory.rolled_back) == (old, (fix,))
    assert house.told() == ["reverted"]
    house.registry.move(house.tag, newest)
    house.look()
    assert Code.ROLLED_BACK in house.memory.verdict.codes
    house.policy({"enforce": "revert", "aliases": ["https://example.org/a/b"]})
    house.registry.move(house.tag, old)
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)


def test_what_was_rolled_back_from_is_approved_no_more(house, first):
    old = house.held
    house.pushed(house.repository.commit("fix"))
    newest = house.held
    house.approve(newest, "it is right")
    ordered(house, to=old)
    house.look()
    house.registry.move(house.tag, newest)
    house.look()
    assert Code.APPROVED not in house.memory.verdict.codes


def test_the_switch_holds_for_everybody(observing):
    bad = bad_build(observing)
    observing.tools.reverts = False
    ordered(observing)
    observing.look()
    assert (observing.held, writes(observing)) == (bad, [])
    assert observing.told() == ["order-failed"]
    assert "WATCHDOG_REVERTS" in str(observing.receiver.received[-1].body)
    observing.tools.reverts = True
    observing.look()
    assert observing.held == bad


def test_what_was_pushed_since_the_order_is_left_alone(observing):
    bad_build(observing)
    ordered(observing)
    fix = observing.push(observing.repository.commit("fix"))
    observing.look()
    observing.look()
    assert observing.held == fix
    assert observing.told() == ["order-failed"]
    assert "the tag holds" in str(observing.receiver.received[-1].body)


def test_what_a_look_has_seen_since_the_order_is_left_alone(observing):
    bad_build(observing)
    ordered(observing)
    (order,) = observing.tools.answers.read(observing.tag).orders
    memory = observing.memory
    observing.push(observing.repository.commit("fix"))
    observing.client.delete(f"wd:orders:{observing.tag}")
    observing.look()
    for write in order_writes(observing.tag, order):
        observing.client.execute_command(*write)
    observing.look()
    assert observing.memory.digest != memory.digest
    assert observing.told() == ["order-failed"]
    assert "pushed since then" in str(observing.receiver.received[-1].body)


def test_an_approval_after_the_order_stops_it(observing):
    bad = bad_build(observing)
    ordered(observing)
    observing.hook()
    claim = observing.claim()
    memory = observing.examiner.examine(claim)
    observing.approve(bad, "I was wrong")
    observing.carry_out(claim, memory)
    assert observing.held == bad
    assert observing.told() == ["order-failed"]


def test_a_trusted_build_that_would_not_be_accepted_today_must_be_named(observing):
    good = observing.held
    bad = bad_build(observing)
    observing.policy({"enforce": "alert", "refs": ["release"]})
    ordered(observing)
    observing.look()
    assert observing.held == bad
    ordered(observing, to=good)
    observing.look()
    assert observing.held == good


def test_only_what_was_trusted_before_can_be_named(observing):
    with pytest.raises(RefusedError, match="never trusted"):
        ordered(observing, to=observing.build("0" * 40).digest)
    with pytest.raises(RefusedError, match="holds"):
        ordered(observing, to=observing.held)


def test_a_build_whose_manifests_are_gone_is_not_put_back_where_quay_cannot_restore_it(
    stack, redis_client, tmp_path
):
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"}, kind="oci")
    house.pushed(house.repository.commit("first"))
    old = house.held
    house.pushed(house.repository.commit("fix"))
    newest = house.held
    house.registry.collect_garbage()
    house.client.delete("wd:content", "wd:content:ages", "wd:content:size")
    house.policy({"enforce": "alert"})
    ordered(house, to=old)
    house.look()
    assert house.held == newest
    assert house.memory.trusted.digest == newest
    assert house.told() == ["order-failed"]
    assert "push it again" in str(house.receiver.received[-1].body)


def test_a_worker_that_dies_after_taking_an_order_in_loses_it_not_and_does_it_once(observing):
    good = observing.held
    bad_build(observing)
    ordered(observing)
    observing.hook()
    claim = observing.claim()
    assert observing.examiner.examine(claim).revert.by == "alice"
    assert observing.tools.answers.read(observing.tag).orders == ()
    observing.tools.looks.void_leases()
    with pytest.raises(StaleLeaseError):
        observing.carry_out(claim, observing.memory)
    assert observing.held != good
    look(observing.tools, observing.claim())
    assert observing.held == good
    assert len(writes(observing)) == 1
    assert events(observing) == [ORDER, DONE]


def test_a_worker_that_lost_its_lease_takes_no_order_in(observing):
    bad_build(observing)
    ordered(observing)
    observing.hook()
    claim = observing.claim()
    observing.tools.looks.void_leases()
    with pytest.raises(StaleLeaseError):
        observing.examiner.examine(claim)
    assert len(observing.tools.answers.read(observing.tag).orders) == 1
    assert observing.memory.revert is None


def test_a_registry_that_is_away_is_asked_again_for_what_was_ordered(observing):
    good = observing.held
    bad_build(observing)
    ordered(observing)
    observing.registry.fail_next(503, times=2)
    observing.look()
    assert observing.held != good
    assert observing.memory.revert.by == "alice"
    observing.look()
    assert observing.held == good


def test_an_order_to_put_back_a_tag_that_is_gone_has_failed(observing):
    bad_build(observing)
    ordered(observing)
    observing.registry.delete_tag(observing.tag)
    observing.look()
    assert observing.told() == ["order-failed"]
    assert observing.memory.revert is None


def test_a_silenced_tag_is_put_back_too_and_who_ordered_it_hears_so(observing):
    good = observing.held
    observing.policy({"enforce": "alert"})
    observing.silence()
    bad_build(observing)
    ordered(observing)
    observing.look()
    assert observing.held == good
    observing.ahead = timedelta(hours=3)
    observing.chore("silences")
    observing.look()
    assert observing.told() == ["reverted"]


def test_an_order_that_failed_is_told_in_a_silence_too(observing):
    observing.silence()
    bad_build(observing)
    ordered(observing)
    observing.push(observing.repository.commit("fix"))
    observing.look()
    assert observing.told() == ["order-failed"]
    observing.answer("trust", digest=observing.build("0" * 40).digest)
    bad_build(observing)
    assert observing.told() == ["order-failed", "order-failed"]
