from dataclasses import replace

import pytest

from tests.core.examples import MAIN, RELEASES, accepted, place, revision
from watchdog.core.case import Baseline, choose_baseline
from watchdog.core.commits import TAGS_LINE, Ancestry

# The place of this build; the accepted ones, newest first; which of them orders it.
BASELINES = {
    "none": (place(), (), None),
    "the-newest-on-its-branch": (
        place("x", MAIN),
        (("ahead", "b", (MAIN,), ()), ("ahead", "a", (MAIN,), ())),
        "b",
    ),
    "not-one-of-another-branch": (place("x", MAIN), (("diverged", "a", (RELEASES,), ()),), None),
    "main-after-a-release-branch": (
        place("x", MAIN),
        (("diverged", "b", (RELEASES,), ()), ("ahead", "a", (MAIN,), ())),
        "a",
    ),
    "a-tag-that-orders-it": (
        place("x", TAGS_LINE),
        (("ahead", "b", (TAGS_LINE,), ()), ("ahead", "a", (TAGS_LINE,), ())),
        "b",
    ),
    "not-an-old-tag-that-everything-is-ahead-of": (
        place("x", TAGS_LINE),
        (("diverged", "b", (TAGS_LINE,), ()), ("ahead", "a", (TAGS_LINE,), ())),
        "b",
    ),
    "a-newer-tag-that-orders-it-before-a-branch": (
        place("x", MAIN, TAGS_LINE),
        (("ahead", "b", (TAGS_LINE,), ()), ("ahead", "a", (MAIN,), ())),
        "b",
    ),
    "a-newer-version-before-a-branch": (
        place("x", MAIN, TAGS_LINE, versions=("v2",)),
        (("diverged", "b", (TAGS_LINE,), ("v1",)), ("ahead", "a", (MAIN,), ())),
        "b",
    ),
    "a-tag-of-another-version": (
        place("x", TAGS_LINE, versions=("v1",)),
        (("diverged", "b", (TAGS_LINE,), ("v2",)), ("ahead", "a", (TAGS_LINE,), ())),
        "b",
    ),
    "only-tags-that-do-not-order-it": (
        place("x", TAGS_LINE),
        (("diverged", "b", (TAGS_LINE,), ()), ("diverged", "a", (TAGS_LINE,), ())),
        "b",
    ),
    "a-branch-before-a-tag-that-does-not-order-it": (
        place("x", MAIN, TAGS_LINE),
        (("diverged", "b", (TAGS_LINE,), ()), ("ahead", "a", (MAIN,), ())),
        "a",
    ),
}


@pytest.mark.parametrize(("here", "candidates", "expected"), BASELINES.values(), ids=BASELINES)
def test_the_baseline_is_the_newest_accepted_that_orders_a_build(here, candidates, expected):
    offered = (
        Baseline(revision(name), Ancestry(ancestry), place(name, *lines, versions=versions))
        for ancestry, name, lines, versions in candidates
    )

    chosen = choose_baseline(here, offered)

    assert (chosen and chosen.revision) == (expected and revision(expected))


TAKEN_BACK = {
    "still-where-it-was": ((MAIN, TAGS_LINE), ("v2",), place("a", MAIN, TAGS_LINE), ("v2",), False),
    "released-since": ((MAIN,), (), place("a", MAIN, TAGS_LINE), ("v2",), False),
    "one-of-its-tags-moved-on": (
        (TAGS_LINE,),
        ("v2", "v2.0"),
        place("a", TAGS_LINE),
        ("v2.0",),
        False,
    ),
    "its-release-was-withdrawn": ((MAIN, TAGS_LINE), ("v2",), place("a", MAIN), (), True),
    "its-branch-was-reset-and-a-tag-stands": ((MAIN,), (), place("a", TAGS_LINE), (), True),
    "its-branch-was-renamed": ((MAIN,), (), place("a", RELEASES), (), False),
    "a-release-that-never-was-on-a-branch": (
        (TAGS_LINE,),
        ("v2",),
        place("a", TAGS_LINE),
        ("v2",),
        False,
    ),
}


@pytest.mark.parametrize(
    ("lines", "versions", "now", "versions_now", "expected"), TAKEN_BACK.values(), ids=TAKEN_BACK
)
def test_a_baseline_is_taken_back_when_its_release_or_its_branch_gave_it_up(
    lines, versions, now, versions_now, expected
):
    then = replace(accepted("a"), lines=lines, versions=versions)
    stands = replace(now, versions=versions_now)

    baseline = Baseline(revision("a"), Ancestry.BEHIND, stands, then)

    assert baseline.taken_back is expected
    assert baseline.left_behind is (expected and not versions)


def test_what_was_not_accepted_by_rule_is_not_taken_back():
    for baseline in (
        Baseline(revision("a"), Ancestry.BEHIND, place("a")),
        Baseline(revision("a"), Ancestry.BEHIND, None, accepted("a")),
    ):
        assert (baseline.taken_back, baseline.left_behind) == (False, False)


def test_a_commit_that_is_nowhere_is_no_baseline():
    assert choose_baseline(place(), [Baseline(revision("a"), Ancestry.UNKNOWN, None)]) is None


def test_candidates_are_asked_for_only_as_far_as_needed():
    def offered():
        yield Baseline(revision("b"), Ancestry.AHEAD, place("b"))
        raise AssertionError("a question too many")

    assert choose_baseline(place(), offered()).revision == revision("b")
