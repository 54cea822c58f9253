"""The signatures of a build go back with it, and nothing else does."""

import time
from datetime import timedelta

import pytest

from tests.work.conftest import APP, House

TOKEN = "a-token-that-may-write"
DAY_S = timedelta(days=1).total_seconds()


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a Quay that knows our token, and whose clock is in our hands."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, WATCHDOG_QUAY_TOKEN=TOKEN)
    house.registry.clock.freeze(time.time() - 9 * DAY_S)
    house.registry.quay.grant(TOKEN, scope="repo:write")
    return house


@pytest.fixture
def signature(house, first):
    """The signature's tag of the trusted build."""
    tag = house.registry.tag(APP, f"sha256-{house.held.hex}.sig")
    house.registry.push(house.build("", labels={}), tag)
    return tag


def pushed_wrongly(house):
    image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    return house.registry.push(image, house.tag)


@pytest.mark.parametrize("ahead_s", [-9 * DAY_S, 0, 30])
def test_whatever_quay_s_clock_says_they_go_back(house, signature, ahead_s):
    good = house.held
    house.registry.clock.freeze(time.time() + ahead_s)
    house.registry.clock.advance(5)
    pushed_wrongly(house)
    assert house.registry.digest(signature) is None
    house.look()
    assert house.held == good
    assert house.registry.digest(signature)


def test_a_signature_that_somebody_deleted_days_before_stays_deleted(house, signature):
    good = house.held
    house.registry.clock.advance(DAY_S)
    house.registry.delete_tag(signature)
    house.registry.clock.advance(DAY_S)
    pushed_wrongly(house)
    house.look()
    assert house.held == good
    assert house.registry.digest(signature) is None


def test_they_go_back_however_many_pushes_displaced_the_build(house, signature):
    house.policy({"enforce": "alert"})
    for _ in range(22):
        house.registry.clock.advance(60)
        pushed_wrongly(house)
    house.look()
    house.policy({"enforce": "revert"})
    house.look()
    assert house.registry.digest(signature)


def test_a_quay_that_is_read_only_is_told_once_and_not_asked_again_and_again(house, first):
    bad = pushed_wrongly(house)
    house.registry.quay.read_only = True
    for _ in range(2):
        house.look()
    assert house.held == bad
    assert house.memory.revert is None
    assert house.told() == ["wrong", "revert-failed"]
    assert "Quay itself is read-only" in str(house.receiver.received[-1].body)
