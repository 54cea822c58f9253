"""The incident, and every push that a person would not want reverted, look by look."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP, BUILT
from watchdog.core.verdict import Code
from watchdog.demo.git import GitRepository
from watchdog.demo.images import build_index


def test_the_fix_is_newer_and_silent(house, first):
    assert house.pushed(house.repository.commit("fix")) == (Code.NEWER,)
    assert house.told() == []


def test_the_archived_sibling_is_told_and_put_back(house, first):
    good = house.held
    zombie = house.sibling.commit("pre-fix code")
    assert house.pushed(zombie, source=house.source(f"{APP}-old")) == (Code.UNEXPECTED_SOURCE,)
    assert house.held == good
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told() == ["wrong", "reverted"]


def test_the_weekly_rebuild_is_silent_and_becomes_the_trusted_build(house, first):
    assert house.pushed(first) == (Code.REBUILD,)
    assert house.memory.trusted.digest == house.held
    assert house.told() == []


def test_an_older_commit_is_put_back(house, first):
    house.pushed(house.repository.commit("fix"))
    good = house.held
    assert house.pushed(first) == (Code.OLDER_COMMIT,)
    assert house.held == good


def test_an_old_digest_put_back_by_hand_is_told_and_left(house, first):
    old = house.held
    house.pushed(house.repository.commit("fix"))
    house.registry.move(house.tag, old)
    house.look()
    assert set(house.memory.verdict.codes) == {Code.OLDER_COMMIT, Code.PUT_BACK}
    assert house.held == old
    assert house.told() == ["wrong"]


def test_a_build_on_a_branch_that_was_rewound_is_not_reverted(house, first):
    house.pushed(house.repository.commit("mistake"))
    house.repository.force("main", first)
    again = house.push(first)
    house.look()
    assert house.memory.verdict.codes == (Code.REWRITTEN_HISTORY,)
    assert house.held == again
    assert house.told() == ["information"]


def test_a_renamed_repository_is_told_with_the_line_that_cures_it(house, first):
    renamed = house.repository.commit("after the rename")
    digest = house.push(renamed, source=house.source("crunchtools/cotta"))
    house.look()
    (finding,) = house.memory.findings
    assert finding.code is Code.UNEXPECTED_SOURCE
    assert "aliases: [" in finding.detail
    assert house.held == digest


def test_a_fork_that_builds_the_same_commit_is_not_reverted(house, first):
    digest = house.push(first, source=house.source("somebody/fork"))
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == digest


def test_labels_inherited_from_a_base_are_not_a_foreign_push(house, first):
    base = house.registry.tag("crunchtools/base")
    house.policy({"enforce": "revert"}, bases=[str(base)])
    bottom = [b"base layer"]
    house.registry.push(
        house.build(house.sibling.commit("base"), source=house.source(f"{APP}-old"), layers=bottom),
        base,
    )
    house.look(base)
    inherited = dict(house.tools.registry.observe(base).images[0].labels)
    child = house.build("", labels=inherited, layers=[*bottom, b"own layer"])
    digest = house.registry.push(child, house.tag)
    house.look()
    assert house.memory.verdict.codes == (Code.UNIDENTIFIED,)
    assert "inherited" in house.memory.findings[0].detail
    assert house.held == digest


def upon_the_trusted_build(house, tag, pack=lambda image: image):
    """Push what a Dockerfile with `FROM …/acquacotta:latest` and no labels makes."""
    base = house.build(house.repository.commit("base"), layers=[b"bottom", b"base"])
    house.registry.push(pack(base), house.tag)
    house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)
    labels = dict(house.tools.registry.observe(house.tag).images[0].labels)
    child = house.build("", labels=labels, layers=[b"bottom", b"base", b"own layer"])
    return house.registry.push(pack(child), tag)


@pytest.mark.parametrize("pack", [lambda image: image, lambda image: build_index([image])])
def test_an_image_built_upon_the_trusted_build_is_no_rebuild_of_it(house, first, pack):
    digest = upon_the_trusted_build(house, house.tag, pack)
    house.look()
    assert house.memory.verdict.codes == (Code.UNIDENTIFIED,)
    assert "inherited from the base image" in house.memory.findings[0].detail
    assert (house.held, house.told()) == (digest, ["wrong"])


def test_another_tag_s_variant_built_upon_this_one_keeps_its_claim(house, first):
    debug = house.registry.tag(APP, "debug")
    house.policy({"tags": ["latest", "debug"]})
    upon_the_trusted_build(house, debug)
    house.look(debug)
    assert house.tools.records.memory(debug).verdict.codes == (Code.FIRST_SEEN,)


def test_an_unlabelled_build_is_told_and_left(house, first):
    digest = house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert house.memory.verdict.codes == (Code.UNIDENTIFIED,)
    assert house.held == digest
    assert house.told() == ["wrong"]


def test_an_unknown_commit_is_told_only_after_a_second_look(house, first):
    house.push("a" * 40)
    house.look()
    assert house.memory.verdict.codes == (Code.UNKNOWN_COMMIT,)
    assert house.told() == []
    house.ahead = timedelta(minutes=2, seconds=1)
    house.look()
    assert house.told() == ["wrong"]


def test_a_commit_off_every_branch_that_is_merged_meanwhile_is_never_told(house, first):
    head = house.repository.loose("pull request", first)
    house.repository.pull_request(1, head)
    house.push(head)
    house.look()
    assert house.memory.verdict.codes == (Code.OFF_BRANCH,)
    house.repository.force("main", head)
    house.ahead = timedelta(minutes=2, seconds=1)
    house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.told() == []


def test_the_same_bad_build_is_told_once_and_again_next_monday(house, first):
    house.policy({"enforce": "alert"})
    good, zombie = house.held, house.sibling.commit("pre-fix code")
    bad = house.push(zombie, source=house.source(f"{APP}-old"))
    house.look()
    house.look()
    assert house.told() == ["wrong"]
    house.registry.move(house.tag, good)
    house.look()
    assert house.told() == ["wrong", "right"]
    house.registry.move(house.tag, bad)
    house.look()
    assert house.told() == ["wrong", "right", "wrong"]


def test_another_bad_build_joins_the_trouble(house, first):
    house.policy({"enforce": "alert"})
    zombie = house.sibling.commit("pre-fix code")
    for _ in range(2):
        house.push(zombie, source=house.source(f"{APP}-old"))
        house.look()
    assert house.told() == ["wrong", "wrong-again"]


def test_a_rule_that_observes_tells_nothing_and_writes_nothing(house, first):
    house.policy({"enforce": "observe"})
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == bad
    assert house.told() == []


def test_lag_is_told_once_and_so_is_its_end(house, first):
    house.policy({"max_lag": "2h"})
    house.look()
    fix = house.repository.commit("not built")
    house.tools.look_every = timedelta(milliseconds=1)
    house.look()
    assert house.told() == []
    house.ahead = timedelta(hours=2, seconds=1)
    house.look()
    assert house.memory.outcome == "warning"
    house.look()
    assert house.told() == ["lagging"]
    house.push(fix)
    house.look()
    assert house.told() == ["lagging", "caught-up"]
    assert house.memory.outcome == "accepted"


def test_a_change_of_policy_judges_the_trusted_build_again(house, first):
    house.policy({"source": house.source(f"{APP}-old"), "enforce": "revert"})
    held = house.held
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == held


def test_the_claim_of_a_label_far_from_the_build_is_never_reverted(house, first):
    labels = {
        "org.opencontainers.image.source": house.source(f"{APP}-old"),
        "org.opencontainers.image.revision": house.sibling.commit("x"),
        "org.opencontainers.image.created": (BUILT - timedelta(hours=2)).isoformat(),
    }
    digest = house.registry.push(house.build("", labels=labels), house.tag)
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == digest


def test_a_foreign_build_is_not_reverted_before_every_base_was_read(house, first):
    base = house.registry.tag("crunchtools/base")
    house.policy({"enforce": "revert"}, bases=[str(base)])
    source = house.source(f"{APP}-old")
    bad = house.push(house.sibling.commit("pre-fix"), source=source)
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == bad
    house.registry.push(house.build(house.sibling.commit("base"), source=source), base)
    house.look(base)
    house.look()
    assert house.held != bad


def test_after_an_approved_foreign_build_the_first_good_one_is_first_seen(house):
    house.repository.commit("first")
    foreign = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.approve(foreign, "for now")
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)
    assert house.pushed(house.repository.commit("fix")) == (Code.FIRST_SEEN,)


def test_a_repository_that_its_forge_redirects_is_followed_and_its_new_name_proposed(house, first):
    fix = house.repository.commit("fix")
    new = "crunchtools/cotta"
    house.git.move(APP, new)
    assert house.pushed(fix) == (Code.NEWER,)
    digest = house.push(fix, source=house.source(new))
    house.look()
    (finding,) = house.memory.findings
    assert finding.code is Code.UNEXPECTED_SOURCE
    assert "aliases: [" in finding.detail
    assert house.held == digest
    house.policy({"enforce": "revert", "aliases": [house.source(new)]})
    house.look()
    assert house.memory.verdict.codes == (Code.REBUILD,)


def test_a_repository_that_was_recreated_under_its_old_name_shares_no_history(house, first):
    (house.git.folder / f"{APP}.git").rename(house.git.folder / "gone.git")
    new = GitRepository(house.git.folder / f"{APP}.git", author="Somebody else")
    digest = house.push(new.commit("another first"))
    house.look()
    assert house.memory.verdict.codes == (Code.UNRELATED_HISTORY,)
    assert house.held == digest


def test_a_squash_merge_is_newer_though_the_pull_request_s_head_is_nowhere(house, first):
    head = house.repository.loose("work", first)
    house.repository.pull_request(1, head)
    squashed = house.repository.commit("work (#1)")
    assert house.pushed(squashed) == (Code.NEWER,)
    house.push(head)
    house.look()
    assert house.memory.verdict.codes == (Code.OFF_BRANCH,)
    assert "refs/pull/1/head" in house.memory.findings[0].detail
