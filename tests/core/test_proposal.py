"""What is proposed for a repository of which nothing is known but what its image says."""

import pytest

from tests.core.examples import revision
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.proposal import NO_LABEL, Pattern, Proposal, propose, undecided
from watchdog.core.reference import Repository
from watchdog.core.source import parse_source
from watchdog.core.verdict import Code, Finding

APP = Repository("quay.io", "acme/app")
PATTERN = Pattern("quay.io/acme/*", "https://github.com/Acme/{name}")


def source(name):
    return parse_source(f"https://github.com/acme/{name}")[0]


def claims(name, **more):
    return Reading(Evidence(Basis.LABEL, source(name), revision(), own=True, **more))


def test_a_claim_that_fits_the_pattern_needs_no_rule_of_its_own():
    assert propose(APP, claims("app"), PATTERN) == Proposal(APP, source("app"), fits=True)


def test_another_claim_is_a_rule_with_a_question():
    proposed = propose(APP, claims("app-old"), PATTERN)
    assert (proposed.source, proposed.fits) == (source("app-old"), False)
    assert "github.com/acme/app was expected: which one is right?" in proposed.note


def test_without_a_pattern_a_claim_is_a_rule():
    assert propose(APP, claims("app"), None) == Proposal(APP, source("app"))


DOUBTS = {
    "another-image": ({"inherited_by": Repository("quay.io", "acme/base")}, "acme/base says the"),
    "stale": ({"stale": True}, "its base's word, perhaps?"),
}


@pytest.mark.parametrize(("more", "words"), DOUBTS.values(), ids=DOUBTS)
def test_a_claim_that_may_be_another_s_fits_nothing_and_is_questioned(more, words):
    proposed = propose(APP, claims("app", **more), PATTERN)
    assert (proposed.source, proposed.fits) == (source("app"), False)
    assert words in proposed.note


def test_an_image_without_labels_is_not_decided():
    finding = Finding(Code.UNIDENTIFIED, "it has no label")
    assert propose(APP, Reading(None, (finding,), unlabelled=True), PATTERN) == Proposal(
        APP, note=NO_LABEL
    )


def test_an_image_that_contradicts_itself_is_not_decided_and_its_words_are_cleaned():
    findings = (
        Finding(Code.MIXED_BUILD, "two\nbuilds\u202e"),
        Finding(Code.UNIDENTIFIED, "x" * 999),
    )
    proposed = propose(APP, Reading(None, findings), PATTERN)
    assert proposed.source is None
    assert proposed.note.startswith("not decided: two builds ; xxx")
    assert len(proposed.note) == 200
    assert undecided(APP, "a\nb").note == "a b"


PLACES = {
    "fits": (APP, source("app")),
    "deeper": (Repository("quay.io", "acme/app/deep"), None),
    "another-namespace": (Repository("quay.io", "other/app"), None),
    "another-registry": (Repository("ghcr.io", "acme/app"), None),
}


@pytest.mark.parametrize(("repository", "expected"), PLACES.values(), ids=PLACES)
def test_a_pattern_is_for_one_level_of_one_namespace(repository, expected):
    assert PATTERN.source_of(repository) == expected


def test_a_pattern_may_name_one_source_for_all_and_none_for_some():
    assert Pattern("quay.io/acme/*", "https://github.com/acme/mono").source_of(APP) == source(
        "mono"
    )
    assert Pattern("quay.io/acme/*", "https://github.com/{name}").source_of(APP) is None
