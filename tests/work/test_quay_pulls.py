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


def test_a_look_at_a_base_image_pulls_nothing(house, pulls):
    base = house.registry.tag("crunchtools/base")
    house.policy({}, bases=[str(base)])
    house.registry.push(house.build("x"), base)
    assert pulls(lambda: house.look(base)) == []
    assert house.tools.records.bases() == {base}


def test_a_base_image_that_is_watched_is_read_whole_and_pulls_nothing(house, first, pulls):
    house.policy({}, bases=[str(house.tag)])
    assert pulls(house.look) == []
    assert house.tools.records.bases() == {house.tag}


def test_a_base_image_whose_history_may_not_be_read_is_pulled(house):
    base = house.registry.tag("crunchtools/base")
    house.policy({}, bases=[str(base)])
    house.registry.push(house.build("x"), base)
    house.registry.fail_next(403)
    house.look(base)
    assert house.tools.records.bases() == {base}


def test_a_tag_that_names_the_commit_is_found_without_a_pull(house, first, pulls):
    revision = house.repository.commit("newer")
    image = house.build("", labels={})
    house.registry.push(
        image, house.registry.tag(house.tag.repository.path, f"sha-{revision[:12]}")
    )
    house.registry.push(image, house.tag)
    assert pulls(house.look) == []
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.memory.revision == revision


def test_looking_for_such_a_tag_in_vain_pulls_nothing(house, first, pulls):
    house.policy({"enforce": "alert"})
    path = house.tag.repository.path
    for number in range(9):
        commit = house.repository.commit(f"commit {number}")
        house.registry.push(house.build(commit), house.registry.tag(path, f"sha-{commit[:12]}"))
    house.registry.push(house.build("", labels={}), house.tag)
    assert pulls(house.look) == []
    assert pulls(house.look) == []
    assert house.memory.verdict.codes == (Code.UNIDENTIFIED,)


def test_a_look_after_another_policy_pulls_nothing(house, first, pulls):
    house.policy({"refs": ["refs/heads/main"]})
    assert pulls(house.look) == []
    assert house.memory.verdict.codes == (Code.REBUILD,)


def test_whether_a_revert_was_written_is_asked_without_a_pull(house, wrong, pulls):
    good, _ = wrong
    house.hook()
    claim = house.claim()
    memory = house.examiner.examine(claim)
    assert memory.revert
    house.registry.quay.restore_by("admin", house.tag, good)
    house.tools.looks.give_back(claim)
    assert pulls(lambda: house.examiner.examine(house.claim())) == []
    assert house.memory.revert == memory.revert, "it is carried out to its end"
