"""What a look leaves in a Quay's usage log: nothing, for the owner reads it, and so do we."""

import pytest

from watchdog.core.verdict import Code
from watchdog.demo.images import ARM64, build_index


@pytest.fixture
def pulls(house):
    """Does something; returns what was logged as pulled by it."""

    def during(work):
        before = len(house.registry.quay.log.entries)
        work()
        since = house.registry.quay.log.entries[before:]
        return [entry.metadata for entry in since if entry.kind == "pull_repo"]

    return during


def index(house, revision):
    """An index of two platforms, and what else BuildKit puts there."""
    return build_index([house.build(revision), house.build(revision, platform=ARM64)])


def test_a_look_at_a_moved_index_pulls_nothing(house, first, pulls):
    house.registry.push(index(house, house.repository.commit("newer")), house.tag)
    assert pulls(house.look) == []
    assert house.memory.verdict.codes == (Code.NEWER,)
