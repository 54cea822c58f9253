import pytest

from watchdog.core.commits import Ancestry, Lead, Revision, parse_ref_pattern
from watchdog.errors import NotFoundError

UNKNOWN = Revision("f" * 40)


def test_a_revision_is_ordered_against_the_baseline(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    aside = source.repository.loose("aside", first)
    source.repository.branch("aside", aside)
    source.fetch()
    assert source.mirror.ancestry(first, first) is Ancestry.IDENTICAL
    assert source.mirror.ancestry(second, first) is Ancestry.AHEAD
    assert source.mirror.ancestry(first, second) is Ancestry.BEHIND
    assert source.mirror.ancestry(aside, second) is Ancestry.DIVERGED


def test_a_merge_is_ahead_of_both_its_parents(source):
    first = source.repository.commit("1")
    source.repository.branch("topic", first)
    topic, second = source.repository.commit("topic", branch="topic"), source.repository.commit("2")
    merged = source.repository.merge("main", "topic")
    source.fetch()
    assert [source.mirror.ancestry(merged, old) for old in (topic, second)] == [Ancestry.AHEAD] * 2


def test_a_commit_contains_the_allowed_tags_before_it(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.repository.tag("v1", first, annotated=True)
    source.repository.tag("nightly", first)
    source.repository.tag("v2", second)
    source.repository.tag("v1.1", source.repository.loose("aside", first))
    source.fetch()
    allowed = (parse_ref_pattern("HEAD"), parse_ref_pattern("v*"))
    assert source.mirror.releases(first, allowed) == ("refs/tags/v1",)
    assert source.mirror.releases(second, allowed) == ("refs/tags/v1", "refs/tags/v2")
    assert source.mirror.releases(UNKNOWN, allowed) == ()


def test_histories_without_a_common_commit_are_unrelated(source):
    first = source.repository.commit("1")
    other = source.repository.commit("another beginning", branch="orphan")
    source.fetch()
    assert source.mirror.ancestry(other, first) is Ancestry.UNRELATED


def test_an_unknown_commit_on_either_side_is_unknown(source):
    first = source.repository.commit("1")
    source.fetch()
    assert source.mirror.ancestry(UNKNOWN, first) is Ancestry.UNKNOWN
    assert source.mirror.ancestry(first, UNKNOWN) is Ancestry.UNKNOWN
    second = source.repository.commit("2")
    assert source.mirror.ancestry(second, first) is Ancestry.UNKNOWN
    source.fetch()
    assert source.mirror.ancestry(second, first) is Ancestry.AHEAD


def test_a_rewritten_branch_is_diverged_from_what_was_there(source):
    first, second = source.repository.commit("1"), source.repository.commit("2")
    source.fetch()
    source.mirror.pin(second)
    source.repository.force("main", first)
    rewritten = source.repository.commit("2, better")
    source.fetch()
    assert source.mirror.ancestry(rewritten, second) is Ancestry.DIVERGED


def test_a_branch_leads_by_what_a_revision_lacks(source):
    first, second, third = (source.repository.commit(text) for text in ("1", "2", "3"))
    source.fetch()
    assert source.lead(first, "HEAD") == Lead("refs/heads/main", 2, second)
    assert source.lead(third, "HEAD") is None


def test_the_oldest_missing_commit_stays_the_same_while_the_branch_moves_on(source):
    first = source.repository.commit("1")
    source.repository.branch("topic", first)
    source.repository.commit("topic", branch="topic")
    merged = source.repository.merge("main", "topic")
    source.fetch()
    before = source.lead(first, "HEAD")
    source.repository.commit("more")
    source.fetch()
    after = source.lead(first, "HEAD")
    assert (before.count, after.count) == (2, 3)
    assert before.oldest == after.oldest == merged


def test_the_first_allowed_branch_that_leads_is_named_and_tags_never_lead(source):
    first = source.repository.commit("1")
    source.repository.branch("stable", first)
    second = source.repository.commit("2")
    source.repository.tag("v2", second)
    source.fetch()
    assert source.lead(first, "v*", "stable") is None
    assert source.lead(first, "v*", "stable", "main") == Lead("refs/heads/main", 1, second)


def test_an_unknown_revision_has_no_lead(source):
    source.repository.commit("1")
    source.fetch()
    assert source.lead(UNKNOWN, "HEAD") is None


def test_what_the_source_does_not_have_cannot_be_pinned(source):
    source.repository.commit("1")
    source.fetch()
    with pytest.raises(NotFoundError, match="to be pinned"):
        source.mirror.pin(UNKNOWN)
