"""A tag that was seen and is gone: told once that is certain, over when it is back."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from tests.work.listing import sweep
from tests.work.test_unreachable import next_look_in
from watchdog.core.verdict import Code, ConditionCode, Outcome


@pytest.fixture(params=["quay", "oci"])
def gone(request, stack, redis_client, tmp_path):
    """A watched tag that was accepted, and deleted; its repository has another."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, kind=request.param)
    revision = house.repository.commit("first")
    house.pushed(revision)
    house.registry.push(house.build(revision), house.registry.tag(APP, "other"))
    house.registry.delete_tag(house.tag)
    return house


def unreachable(house):
    """Let the next look fail."""
    house.registry.fail_next(503)


def later(house, **span):
    house.ahead += timedelta(**span)
    house.look()


def test_a_deleted_tag_is_told_once_after_a_second_look(gone):
    trusted = gone.memory.trusted
    gone.look()
    assert 29 < next_look_in(gone) <= 30
    assert gone.told() == []
    assert gone.memory.verdict.codes == (Code.FIRST_SEEN,)
    for _ in range(3):
        later(gone, seconds=30)
    assert gone.told() == ["deleted"]
    assert gone.memory.outcome is Outcome.WARNING
    assert gone.memory.conditions[0].code is ConditionCode.DELETED
    assert gone.memory.trusted == trusted
    later(gone, minutes=30)
    gone.chore()
    assert gone.told() == ["deleted"]


def test_a_deleted_tag_is_not_put_back(gone):
    for _ in range(3):
        later(gone, seconds=30)
    assert gone.held is None
    assert not [method for method, _ in gone.registry.requests if method in {"PUT", "POST"}]


def test_a_tag_that_is_back_is_told_and_judged(gone):
    for _ in range(2):
        later(gone, seconds=30)
    gone.push(gone.repository.commit("newer"))
    gone.look()
    assert gone.told() == ["deleted", "returned"]
    assert gone.memory.verdict.codes == (Code.NEWER,)
    assert gone.memory.conditions == ()


def test_a_tag_that_was_missing_for_a_moment_is_not_told(gone):
    trusted = gone.memory.digest
    gone.look()
    assert len(gone.memory.conditions) == 1
    gone.registry.move(gone.tag, trusted)
    later(gone, seconds=30)
    assert gone.told() == []
    assert gone.memory.conditions == ()


def test_a_tag_that_the_repository_still_has_is_unreadable_not_deleted(gone):
    gone.registry.move(gone.tag, gone.memory.digest)
    gone.registry.fail_next(404, times=2)
    gone.look()
    assert gone.memory.conditions == ()
    assert gone.told() == []


def test_quay_says_since_when_a_tag_is_gone(house, first):
    house.registry.delete_tag(house.tag)
    house.look()
    at = house.registry.clock.now
    assert f"no such tag since {at:%Y-%m-%d}" in house.memory.conditions[0].detail


def test_what_was_not_known_before_it_was_gone_stays_so(gone):
    unreachable(gone)
    gone.look()
    gone.look()
    later(gone, seconds=30)
    assert gone.told() == ["deleted"]
    assert gone.memory.verdict.codes == (Code.UNREADABLE,)
    assert gone.memory.outage is None


def test_without_its_repository_a_tag_is_unreadable_not_deleted(house, first):
    house.registry.quay.delete(APP)
    house.look()
    later(house, minutes=1)
    assert house.memory.conditions == ()
    assert house.memory.verdict.codes == (Code.UNREADABLE,)


def test_elsewhere_a_repository_without_any_tag_may_be_gone_itself(gone):
    gone.registry.delete_tag(gone.registry.tag(APP, "other"))
    gone.look()
    quay = gone.entry["kind"] == "quay"
    assert bool(gone.memory.conditions) is quay
    assert gone.memory.verdict.codes == ((Code.FIRST_SEEN,) if quay else (Code.UNREADABLE,))


def test_an_outage_in_between_keeps_the_first_time(gone):
    gone.look()
    (first,) = gone.memory.conditions
    gone.ahead = timedelta(seconds=10)
    unreachable(gone)
    gone.look()
    assert gone.memory.conditions == (first,)
    later(gone, seconds=20)
    assert gone.told() == ["deleted"]
    assert gone.memory.conditions[0].since == first.since


def test_a_vanished_repository_is_told_by_the_list_alone(house, first):
    sweep(house)
    house.registry.quay.delete(APP)
    for _ in range(2):
        sweep(house)
    house.look()
    house.ahead = timedelta(minutes=20)
    house.look()
    house.chore()
    assert house.told() == ["repository-gone"]
    assert house.memory.outcome is Outcome.INCONCLUSIVE
