import os
import subprocess

import pytest

from watchdog.core.commits import TAGS_LINE, Place, Revision
from watchdog.errors import MalformedError, RemoteError

UNKNOWN = Revision("f" * 40)


def test_a_mirror_that_was_never_fetched_says_so_and_is_worth_a_retry(source):
    with pytest.raises(RemoteError, match="refresh its mirror first") as caught:
        source.place(UNKNOWN, "HEAD")
    assert caught.value.retryable


def test_a_commit_on_the_default_branch_stands_there_and_how_far_behind(source):
    first, second, third = (source.repository.commit(text) for text in ("1", "2", "3"))
    source.fetch()
    assert source.place(third, "HEAD") == Place(third, ("refs/heads/main",))
    assert source.place(first, "HEAD") == Place(first, ("refs/heads/main",), behind=2)
    assert source.place(second, "main") == Place(second, ("refs/heads/main",), behind=1)


def test_a_commit_pushed_later_is_unknown_until_it_is_fetched(source):
    source.repository.commit("1")
    source.fetch()
    second = source.repository.commit("2")
    assert source.place(second, "HEAD") is None
    source.fetch()
    assert source.place(second, "HEAD") == Place(second, ("refs/heads/main",))


def test_a_commit_on_another_branch_is_elsewhere(source):
    source.repository.branch("feature", source.repository.commit("1"))
    source.repository.commit("2")
    aside = source.repository.commit("aside", branch="feature")
    source.repository.tag("nightly", aside)
    source.fetch()
    expected = Place(aside, (), elsewhere=("refs/heads/feature", "refs/tags/nightly"))
    assert source.place(aside, "HEAD", "v*") == expected


def test_only_five_places_elsewhere_are_named(source):
    source.repository.commit("1")
    aside = source.repository.commit("aside", branch="feature")
    for number in range(9):
        source.repository.branch(f"x{number}", aside)
    source.fetch()
    assert len(source.place(aside, "HEAD").elsewhere) == 5


def test_a_force_push_takes_the_commit_off_the_branch(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.fetch()
    source.repository.force("main", first)
    source.fetch()
    assert source.place(second, "HEAD") is None
    assert source.place(first, "HEAD") == Place(first, ("refs/heads/main",))


def test_the_tip_of_a_pull_request_is_elsewhere(source):
    base = source.repository.commit("1")
    head = source.repository.loose("proposal", base)
    source.repository.pull_request(12, head)
    source.fetch()
    assert source.place(head, "HEAD") == Place(head, (), elsewhere=("refs/pull/12/head",))


def test_an_unknown_commit_costs_one_listing_per_fetch(source):
    source.repository.commit("1")
    source.fetch()
    before = len(source.server.requests)
    assert source.place(UNKNOWN, "HEAD") is None
    listing = len(source.server.requests) - before
    assert listing > 0
    assert source.place(Revision("e" * 40), "HEAD") is None
    assert len(source.server.requests) - before == listing
    proposed = source.repository.loose("proposal")
    source.repository.pull_request(3, proposed)
    assert source.place(proposed, "HEAD") is None
    source.fetch()
    assert source.place(proposed, "HEAD").elsewhere == ("refs/pull/3/head",)


def test_a_forks_commit_stays_unknown_although_the_server_would_hand_it_out(source):
    base = source.repository.commit("1")
    impostor = source.repository.loose("not yours", base)
    source.fetch()
    assert source.place(impostor, "HEAD") is None
    assert source.mirror.ancestry(impostor, base) == "unknown"
    # The control: git by itself would have fetched it, and found it.
    folder = next((source.mirrors).glob("*.git"))
    environment = {"PATH": os.environ["PATH"], "GIT_NO_LAZY_FETCH": "0"}
    promisor = ["-c", "remote.origin.promisor=true"]
    command = ["git", *promisor, f"--git-dir={folder}", "cat-file", "-e", impostor]
    assert subprocess.run(command, env=environment, check=False).returncode == 0


def test_an_unknown_commit_while_the_server_is_away_is_an_error_not_an_answer(source):
    source.repository.commit("1")
    source.fetch()
    source.server.fail_next(503)
    with pytest.raises(RemoteError) as caught:
        source.place(UNKNOWN, "HEAD")
    assert caught.value.retryable


def test_version_tags_on_one_commit_are_all_named_annotated_or_not(source):
    first = source.repository.commit("1")
    source.repository.commit("2")
    source.repository.tag("v1.0", first, annotated=True)
    source.repository.tag("v1.0.0", first)
    source.repository.tag("nightly", first)
    source.fetch()
    assert source.place(first, "v*") == Place(
        first, (TAGS_LINE,), ("refs/tags/v1.0", "refs/tags/v1.0.0")
    )
    assert source.place(first, "v*", "HEAD").lines == ("refs/heads/main", TAGS_LINE)


def test_an_ancestor_of_a_tag_is_on_the_line_of_tags_without_a_version(source):
    first = source.repository.commit("1")
    source.repository.tag("v1", source.repository.commit("2"), annotated=True)
    source.fetch()
    assert source.place(first, "v*") == Place(first, (TAGS_LINE,))


def test_a_tag_objects_id_counts_as_the_commit_it_points_at(source):
    first = source.repository.commit("1")
    tag_object = source.repository.tag("v1", first, annotated=True)
    nested = source.repository.tag("nested", tag_object, annotated=True)
    source.fetch()
    assert tag_object != first
    for given in (tag_object, nested):
        assert source.place(given, "HEAD") == Place(first, ("refs/heads/main",))
        assert source.mirror.ancestry(given, first) == "identical"
    assert source.place(first, "nested*").versions == ("refs/tags/nested",)


def test_tags_of_trees_and_files_disturb_nobody(source):
    first = source.repository.commit("1")
    tree = source.repository.git("rev-parse", f"{first}^{{tree}}")
    file = source.repository.git("hash-object", "-w", "--stdin", stdin=b"a key")
    for name, target in (("v-tree", tree), ("v-file", file)):
        source.repository.tag(name, target)
        source.repository.tag(f"{name}-annotated", target, annotated=True)
    source.repository.tag("v1", first)
    source.fetch()
    source.repository.commit("2")
    source.fetch()
    assert source.place(first, "v*") == Place(first, (TAGS_LINE,), ("refs/tags/v1",))
    assert source.place(Revision(tree), "v*") is None


def test_a_glob_matches_tags_only_and_a_plain_name_that_branch_only(source):
    source.repository.commit("1")
    vendor = source.repository.commit("vendor", branch="vendor-update")
    source.repository.tag("main-tag", vendor)
    source.fetch()
    assert source.place(vendor, "v*").lines == ()
    assert source.place(vendor, "main", "main-tag").lines == ()
    assert source.place(vendor, "vendor-update").lines == ("refs/heads/vendor-update",)


def test_a_glob_of_branches_gives_each_branch_its_line(source):
    first = source.repository.commit("1")
    for name in ("release-2", "release-1", "released", "release-1x/y"):
        source.repository.branch(name, first)
    later = source.repository.commit("2", branch="release-2")
    source.fetch()
    place = source.place(first, "refs/heads/release-*")
    assert place.lines == ("refs/heads/release-1", "refs/heads/release-2")
    assert source.place(later, "refs/heads/release-*").lines == ("refs/heads/release-2",)


def test_a_branch_does_not_allow_what_is_named_below_it(source):
    source.repository.commit("1")
    below = source.repository.commit("below", branch="release/1")
    source.fetch()
    assert source.place(below, "release", "refs/tags/x").lines == ()


def test_no_allowed_ref_allows_nothing(source):
    first = source.repository.commit("1")
    source.fetch()
    assert source.mirror.place(first, ()) == Place(first, (), elsewhere=("refs/heads/main",))


def test_a_commit_that_is_new_on_a_moved_ref_is_not_answered_from_memory(source):
    first = source.repository.commit("1")
    source.fetch()
    assert source.place(first, "v*").lines == ()
    source.repository.tag("v1", first)
    source.fetch()
    assert source.place(first, "v*").versions == ("refs/tags/v1",)


@pytest.mark.parametrize("text", ["main", "--all", "abc123", "f" * 40 + "\n" + "e" * 40])
def test_what_is_no_full_commit_id_never_reaches_git(source, text):
    source.repository.commit("1")
    source.fetch()
    with pytest.raises(MalformedError):
        source.place(Revision(text), "HEAD")


def test_a_branch_that_is_named_like_a_commit_id_is_none(source):
    first = source.repository.commit("1")
    for name in ("a" * 64, "b" * 40):
        source.repository.branch(name, first)
    source.fetch()
    assert source.place(Revision("a" * 64), "HEAD") is None
    assert source.place(Revision("b" * 40), "HEAD") is None
