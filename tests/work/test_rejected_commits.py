"""Every build of a rejected commit: neither put back nor trusted on another person's word."""

import pytest

from tests.work.conftest import APP
from tests.work.reverting import writes
from tests.work.test_answers import bad_build, events
from watchdog.errors import RefusedError
from watchdog.store.answers import order_writes


@pytest.fixture
def moved_on(house, first):
    """A tag whose first build was trusted before; its commit was rejected since."""
    house.policy({"enforce": "alert"})
    house.old = house.held
    house.pushed(house.repository.commit("fix"))
    return house


def ordered_before(house, kind, rejected, **fields):
    """Order something, and let somebody reject a commit before a look takes the order in."""
    house.answer(kind, **fields)
    (order,) = house.tools.answers.read(house.tag).orders
    house.answer("rejection", "bob", revision=rejected, reason="it leaks")
    for write in order_writes(house.tag, order):
        house.client.execute_command(*write)


def test_a_revert_to_a_build_of_it_is_refused_when_it_is_ordered(moved_on, first):
    moved_on.answer("rejection", "bob", revision=first, reason="it leaks")
    with pytest.raises(RefusedError, match=r"bob rejected .* \(it leaks\)"):
        moved_on.answer("revert", to=moved_on.old)
    bad_build(moved_on)
    with pytest.raises(RefusedError, match="bob rejected"):
        moved_on.answer("trust", digest=moved_on.old)


def test_a_revert_that_waited_is_refused_when_it_is_taken_in(moved_on, first):
    ordered_before(moved_on, "revert", first, to=moved_on.old)
    moved_on.look()
    assert writes(moved_on) == []
    assert moved_on.told() == ["order-failed"]
    assert "bob rejected" in events(moved_on)[-1][1]


def test_a_build_that_nobody_saw_yet_is_not_trusted_when_it_is_read(moved_on):
    trusted, leaks = moved_on.memory.trusted, moved_on.repository.commit("leaks")
    build = moved_on.registry.push(moved_on.build(leaks), moved_on.registry.tag(APP, "keep"))
    bad_build(moved_on)
    moved_on.answer("rejection", "bob", revision=leaks, reason="it leaks")
    moved_on.answer("trust", digest=build)
    moved_on.look()
    assert moved_on.memory.trusted == trusted
    assert "bob rejected" in events(moved_on)[-1][1]
    moved_on.answer("approval", "bob", digest=build)
    moved_on.answer("trust", digest=build)
    moved_on.look()
    assert moved_on.memory.trusted.digest == build
