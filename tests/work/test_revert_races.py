"""Reverts that race with pushes, with other workers, and with their own lost answers."""

import time

import pytest

from tests.work.conftest import APP
from tests.work.reverting import decided, writes
from watchdog.core.verdict import Code
from watchdog.errors import StaleLeaseError


def test_a_tag_that_moved_since_it_was_judged_is_not_written(house, wrong):
    claim, memory = decided(house)
    newer = house.push(house.repository.commit("fix"))
    house.carry_out(claim, memory)
    assert writes(house) == []
    assert house.held == newer
    house.look()
    assert house.told() == ["wrong", "right"]


def test_the_same_bad_build_that_was_pushed_again_meanwhile_is_judged_again(house, first):
    image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.registry.push(image, house.tag)
    claim, memory = decided(house)
    house.registry.push(image, house.tag)
    house.carry_out(claim, memory)
    assert writes(house) == []
    assert house.held == image.digest
    house.look()
    assert house.told() == ["wrong", "reverted"]


def test_a_worker_that_was_paused_beyond_its_lease_writes_nothing(house, wrong):
    claim, memory = decided(house)
    house.tools.looks.void_leases()
    other = house.claim()
    with pytest.raises(StaleLeaseError):
        house.carry_out(claim, memory)
    assert writes(house) == []
    house.carry_out(other, house.examiner.examine(other))
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_a_read_that_took_too_long_is_not_relied_on_and_is_tried_again(house, wrong):
    house.tools.read_max_age_s = 0.1
    claim, memory = decided(house)
    path = f"/v2/{APP}/manifests/latest"
    house.registry.before_next("HEAD", path, lambda: time.sleep(0.2))
    house.carry_out(claim, memory)
    assert writes(house) == []
    assert house.held == wrong[1]
    house.hook()
    claim = house.claim()
    house.carry_out(claim, house.examiner.examine(claim))
    assert house.held == wrong[0]


def test_a_revert_that_a_dead_worker_left_is_carried_out_by_the_next(house, wrong):
    decided(house)
    house.tools.looks.void_leases()
    claim = house.claim()
    house.carry_out(claim, house.examiner.examine(claim))
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_a_revert_that_was_written_by_a_dead_worker_is_not_written_again(house, wrong, race):
    race(house.tools.looks.void_leases)
    claim, memory = decided(house)
    with pytest.raises(StaleLeaseError):
        house.carry_out(claim, memory)
    house.look()
    assert len(writes(house)) == len(house.memory.reverts) == 1
    assert house.told() == ["wrong", "reverted"]


def test_what_another_put_back_before_anything_was_written_is_not_claimed(house, wrong):
    claim, memory = decided(house)
    house.registry.move(house.tag, wrong[0])
    house.carry_out(claim, memory)
    house.look()
    assert writes(house) == []
    assert house.memory.reverts == ()
    assert house.told() == ["wrong", "right"]


def test_a_replica_that_lags_does_not_make_the_revert_fail(house, wrong, race):
    race(lambda: house.registry.stale_reads(2))
    house.look()
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_a_good_push_between_reading_and_writing_is_found_and_told(house, wrong, race):
    good = house.build(house.repository.commit("fix"))
    race(lambda: house.registry.push(good, house.tag))
    claim, memory = decided(house)
    house.carry_out(claim, memory)
    assert "overtaken" in house.told()
    assert str(good.digest) in house.receiver.received[-1].body["facts"]["Watchdog"]


def test_a_good_push_that_can_still_be_read_is_put_back(house, wrong, race):
    good = house.build(house.repository.commit("fix"))
    keep = house.registry.tag(APP, "sha-fix")
    house.registry.push(good, keep)
    race(lambda: house.registry.push(good, house.tag))
    claim, memory = decided(house)
    house.carry_out(claim, memory)
    assert house.held == good.digest
    house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.told() == ["wrong", "overtaken", "right"]


@pytest.fixture
def race(house):
    """Let something happen just before the tag is written: a push wins the race with the PUT."""

    def prepare(happens):
        house.registry.before_next("PUT", f"/v2/{APP}/manifests/latest", happens)

    return prepare


def test_a_good_push_is_found_even_where_the_answer_to_our_write_was_lost(house, wrong, race):
    good = house.build(house.repository.commit("fix"))
    race(lambda: house.registry.push(good, house.tag))
    house.registry.lose_answer("PUT", f"/v2/{APP}/manifests/latest")
    claim, memory = decided(house)
    house.carry_out(claim, memory)
    house.look()
    assert house.told()[-1] == "overtaken"
    assert str(good.digest) in house.receiver.received[-1].body["facts"]["Watchdog"]


def test_a_revert_that_was_left_behind_is_judged_anew(house, first):
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    decided(house)
    house.tools.looks.void_leases()
    house.policy({"enforce": "revert", "aliases": [house.source(f"{APP}-old")]})
    house.look()
    assert house.memory.verdict.codes == (Code.UNKNOWN_COMMIT,)
    assert house.held == bad
    assert writes(house) == []


def test_a_worker_that_lost_its_lease_after_reading_the_tag_writes_nothing(house, wrong):
    claim, memory = decided(house)
    path = f"/v2/{APP}/manifests/latest"
    house.registry.before_next("HEAD", path, house.tools.looks.void_leases)
    with pytest.raises(StaleLeaseError):
        house.carry_out(claim, memory)
    assert writes(house) == []
