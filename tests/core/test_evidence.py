from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import (
    NOW,
    SIBLING,
    URL,
    digest,
    image,
    revision,
)
from tests.core.labels import (
    FOREIGN,
    MINE,
    REVISION,
    SOURCE,
    THEIRS,
    VCS_REF,
    VCS_URL,
    claim,
    read,
    read_labels,
    without,
)
from watchdog.core.claims import CREATED
from watchdog.core.inheritance import claims_of, layer_chains
from watchdog.core.oci import Platform
from watchdog.core.verdict import Code

READ = {
    "oci": (MINE, claim()),
    "label-schema": (
        {VCS_URL: URL, VCS_REF: revision("mine"), CREATED: MINE[CREATED]},
        claim(),
    ),
    "both-say-the-same": ({**MINE, VCS_URL: f"{URL}.git", VCS_REF: revision("mine")}, claim()),
    "in-capitals-and-with-spaces": (
        {**MINE, SOURCE: f" {URL.upper()} ", REVISION: revision("mine").upper()},
        claim(),
    ),
    "foreign": (THEIRS | {CREATED: MINE[CREATED]}, claim(SIBLING, "theirs")),
    "without-created": (without(MINE, CREATED), claim(own=False)),
    "created-long-before": (THEIRS, claim(SIBLING, "theirs", own=False, stale=True)),
    "created-is-no-time": ({**MINE, CREATED: "yesterday"}, claim(own=False)),
    "beside-half-a-claim": (
        {**MINE, VCS_REF: revision("theirs")},
        claim(own=False),
    ),
}


@pytest.mark.parametrize(("labels", "expected"), READ.values(), ids=READ)
def test_a_usable_claim_is_read(labels, expected):
    assert read_labels(labels).evidence == expected
    assert read_labels(labels).findings == ()


@pytest.mark.parametrize(
    ("apart", "own"),
    [(timedelta(), True), (timedelta(hours=1), True), (timedelta(hours=1, seconds=1), False)],
)
def test_a_claim_is_the_image_s_own_if_it_was_labelled_within_an_hour_of_its_build(apart, own):
    for created in (NOW + apart, NOW - apart):
        assert read_labels(MINE, created=created).evidence.own is own


def test_an_image_without_a_time_shows_no_claim_to_be_its_own():
    assert not read_labels(MINE, created=None).evidence.own


UNUSABLE = {
    "nothing": ({}, "it has no label that names source and revision"),
    "only-a-source": ({SOURCE: URL}, f"{SOURCE} is {URL!r} but {REVISION} is missing"),
    "only-a-revision": (
        {REVISION: revision()},
        f"{REVISION} is {revision()!r} but {SOURCE} is missing",
    ),
    "source-of-one-place-revision-of-another": (
        {SOURCE: URL, VCS_REF: revision("mine")},
        "org.opencontainers.image.revision is missing; org.label-schema.vcs-ref is",
    ),
    "revision-of-one-place-source-of-another": (
        {REVISION: revision("mine"), VCS_URL: URL},
        "org.opencontainers.image.source is missing; org.label-schema.vcs-url is",
    ),
    "dirty": ({**MINE, REVISION: f"{revision()}-dirty"}, "files that are in no commit"),
    "dirty-beside-a-clean-claim": (
        {**MINE, VCS_URL: URL, VCS_REF: f"{revision('mine')}-dirty"},
        "files that are in no commit",
    ),
    "placeholder": ({**MINE, REVISION: "unknown"}, "the placeholder 'unknown'"),
    "branch": ({**MINE, REVISION: "Main"}, "the placeholder 'Main'"),
    "unset-variable": ({**MINE, REVISION: "${GITHUB_SHA}"}, "the placeholder"),
    "too-short-id": ({**MINE, REVISION: revision()[:6]}, "too short to name a commit"),
    "too-long-id": ({**MINE, REVISION: revision() + "0"}, "no commit id is that long"),
    "version": ({**MINE, REVISION: "v1.2.3"}, "which is no commit id"),
    "unset-source": ({**MINE, SOURCE: "${GITHUB_SERVER_URL}/org/repo"}, "not a repository URL"),
    "no-repository": ({**MINE, SOURCE: "https://github.com/org"}, "not a repository URL"),
}


@pytest.mark.parametrize(("labels", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_is_no_usable_claim_is_unidentified_and_says_why_and_what_to_do(labels, words):
    reading = read_labels(labels)

    (finding,) = reading.findings
    assert (reading.evidence, finding.code) == (None, Code.UNIDENTIFIED)
    assert finding.detail.startswith("linux/amd64: ")
    assert words in finding.detail
    assert "pass `labels:` with source and revision" in finding.detail


@pytest.mark.parametrize(
    "url",
    [
        "https://robot:hunter2@github.com/org/repo",
        "https://robot:hunter2@github.com/org",
        "https://github.com/org/repo?token=hunter2",
        "https://robot:hun/ter2@[/hunter2@org/repo",
    ],
)
@pytest.mark.parametrize("revision_label", ["", revision("mine")])
def test_a_secret_in_a_label_is_not_repeated(url, revision_label):
    reading = read_labels({SOURCE: url, REVISION: revision_label})

    assert not any("ter2" in finding.detail for finding in reading.findings)


def test_two_places_that_disagree_conflict():
    (finding,) = read_labels({**MINE, VCS_URL: URL, VCS_REF: revision("theirs")}).findings

    assert finding.code is Code.CONFLICTING_CLAIMS
    assert revision("mine")[:12] in finding.detail
    assert revision("theirs")[:12] in finding.detail


def test_text_from_an_image_is_cleaned_where_it_is_shown():
    hostile = replace(image(), platform=Platform("linux\n\u202e" + "x" * 999, "arm64"))

    for labels in ({}, {**MINE, VCS_URL: URL, VCS_REF: revision("theirs")}):
        pairs = tuple(labels.items())
        (finding,) = read(replace(hostile, labels=pairs)).findings
        assert finding.detail.isprintable()
        assert len(finding.detail) < 400


@pytest.mark.parametrize("first", [MINE, {**MINE, SOURCE: FOREIGN}])
def test_platforms_that_claim_different_builds_are_a_mixed_build(first):
    reading = read(image(first), image({**MINE, REVISION: revision("x")}, "arm64"))

    (finding,) = reading.findings
    assert (reading.evidence, finding.code) == (None, Code.MIXED_BUILD)
    assert "linux/arm64: github.com/crunchtools/acquacotta@" in finding.detail


def test_two_images_of_one_platform_are_both_read():
    bad, good = image({**MINE, SOURCE: FOREIGN}), image(MINE)

    for images in ((bad, good), (good, bad)):
        assert [finding.code for finding in read(*images).findings] == [Code.MIXED_BUILD]


def test_platforms_that_claim_the_same_build_are_one_claim():
    assert read(image(MINE), image(MINE, "arm64")).evidence == claim()


def test_a_claim_is_own_only_if_it_is_on_every_platform():
    bare = without(MINE, CREATED)

    for first, second in ((MINE, bare), (bare, MINE)):
        assert not read(image(first), image(second, "arm64")).evidence.own


def test_a_platform_without_a_claim_leaves_the_whole_index_unidentified():
    reading = read(image(MINE), image({}, "arm64"))

    (finding,) = reading.findings
    assert (reading.evidence, finding.code) == (None, Code.UNIDENTIFIED)
    assert finding.detail.startswith("linux/arm64")


def test_all_that_is_wrong_with_an_index_is_said():
    reading = read(image(MINE), image(THEIRS, "arm64"), image({}, "riscv64"))

    assert [finding.code for finding in reading.findings] == [Code.UNIDENTIFIED, Code.MIXED_BUILD]


def test_an_index_without_images_is_unidentified():
    (finding,) = read().findings

    assert (finding.code, finding.detail[:17]) == (Code.UNIDENTIFIED, "it holds no image")


def test_claims_are_named():
    assert claims_of(tuple(MINE.items())) == (
        f"github.com/crunchtools/acquacotta@{MINE[REVISION]}",
    )
    assert claims_of(((SOURCE, URL),)) == ()


def test_equal_stacks_of_layers_have_equal_names():
    one, two, three = (digest(name) for name in "abc")

    assert layer_chains((one, two, three))[:2] == layer_chains((one, two))
    assert len({*layer_chains((one, two)), *layer_chains((two, one))}) == 4
    assert layer_chains(()) == ()
