"""What a Quay held for a moment uses an approval up, and nothing else is approved by it."""

import pytest

from tests.work.conftest import APP, House
from watchdog.core.verdict import Code


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A tag whose commit `house.first` may be built once more, though a newer one is there."""
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"})
    house.registry.clock.freeze()
    house.first = house.repository.commit("first")
    house.pushed(house.first)
    house.pushed(house.repository.commit("fix"))
    house.answer("approval", "ci", person=False, revision=house.first)
    return house


def push(house, revision):
    """Push a build that is still to be had when the tag holds another; returns its digest."""
    house.registry.clock.advance(5)
    image = house.build(revision)
    house.registry.push(image, house.registry.tag(APP, f"keep{house.layers}"))
    return house.registry.push(image, house.tag)


def found(house):
    """The newest verdict on each build."""
    rows = reversed(house.tools.records.history(house.tag))
    return {row.digest: tuple(f.code for f in row.findings) for row in rows}


def used(house):
    (approval,) = house.tools.answers.read(house.tag).decisions.approvals
    return approval.used


def test_what_is_held_now_is_not_approved_by_what_was_used_in_passing(house):
    once, again = push(house, house.first), push(house, house.first)
    house.look()
    codes = found(house)
    assert (codes[once], codes[again]) == ((Code.APPROVED,), (Code.OLDER_COMMIT,))
    assert used(house) == once


def test_of_two_builds_in_passing_one_is_approved(house):
    newest = house.held
    once, again = push(house, house.first), push(house, house.first)
    house.registry.clock.advance(5)
    house.registry.move(house.tag, newest)
    house.look()
    codes = found(house)
    assert (codes[once], codes[again]) == ((Code.APPROVED,), (Code.OLDER_COMMIT,))
    assert used(house) == once


def test_the_build_that_used_it_stands_when_the_tag_is_back_at_it(house):
    once = push(house, house.first)
    push(house, house.first)
    house.registry.clock.advance(5)
    house.registry.move(house.tag, once)
    house.look()
    assert (house.memory.digest, house.memory.trusted.digest) == (once, once)
    assert house.memory.verdict.codes == (Code.APPROVED,)
    assert used(house) == once
