from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import (
    ALIAS,
    NOW,
    OURS,
    SIBLING,
    TAG,
    URL,
    digest,
    image,
    observation,
    revision,
)
from watchdog.core.evidence import (
    BASE_NAME,
    CREATED,
    Basis,
    Evidence,
    KnownImage,
    claims_of,
    known_images,
    layer_chains,
    read_evidence,
)
from watchdog.core.oci import Platform
from watchdog.core.reference import Repository
from watchdog.core.verdict import Code

SOURCE, REVISION = "org.opencontainers.image.source", "org.opencontainers.image.revision"
VCS_URL, VCS_REF = "org.label-schema.vcs-url", "org.label-schema.vcs-ref"
FOREIGN = "https://github.com/crunchtools/acquacotta-old"
MINE = {SOURCE: URL, REVISION: revision("mine"), CREATED: NOW.isoformat()}
THEIRS = {
    SOURCE: FOREIGN,
    REVISION: revision("theirs"),
    CREATED: (NOW - timedelta(days=9)).isoformat(),
}
EARLIER = {**MINE, REVISION: revision("theirs"), CREATED: THEIRS[CREATED]}
BASE = Repository.parse("quay.io/hummingbird/python")
BASE_LAYERS = (digest("base layer"),)


def read(*images, known=(), annotations=()):
    return read_evidence(observation(*images, annotations=annotations), known, (OURS, ALIAS))


def read_labels(labels, known=(), **changes):
    return read(image(labels, **changes), known=known)


def other(labels, repository=BASE, diff_ids=BASE_LAYERS, name="base"):
    return KnownImage(repository, digest(name), diff_ids, tuple(labels.items()))


def without(labels, *keys):
    return {key: value for key, value in labels.items() if key not in keys}


def claim(source=OURS, name="mine", *, own=True, inherited_by=None):
    return Evidence(Basis.LABEL, source, revision(name), own, inherited_by)


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
    "created-long-before": (THEIRS, claim(SIBLING, "theirs", own=False)),
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
    "only-a-source": ({SOURCE: URL}, "but org.opencontainers.image.revision is missing"),
    "only-a-revision": (
        {REVISION: revision()},
        "but org.opencontainers.image.source is missing",
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
    "short-id": ({**MINE, REVISION: revision()[:7]}, "not a full commit id"),
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


INHERITED = {
    "all-of-it": THEIRS,
    "the-revision": {**THEIRS, SOURCE: URL},
    "the-source": {**THEIRS, REVISION: revision("mine")},
    "all-but-created": {**THEIRS, CREATED: MINE[CREATED]},
}


@pytest.mark.parametrize("labels", INHERITED.values(), ids=INHERITED)
def test_labels_are_dropped_one_by_one_if_a_base_has_the_same(labels):
    reading = read_labels(labels, known=[other(THEIRS)])

    (finding,) = reading.findings
    assert (reading.evidence, finding.code) == (None, Code.UNIDENTIFIED)
    assert "inherited from the base image quay.io/hummingbird/python" in finding.detail


def test_labels_that_differ_from_the_base_s_are_the_image_s_own():
    assert read_labels(MINE, known=[other(THEIRS)]).evidence == claim()


def test_an_inherited_time_does_not_show_a_claim_to_be_its_own():
    base = other({**THEIRS, CREATED: MINE[CREATED]})

    assert read_labels(MINE, known=[base]).evidence == claim(own=False)


NO_BASES = {
    "the-same-layers": other({**MINE, REVISION: "x"}, diff_ids=image().diff_ids),
    "more-layers": other(MINE | {REVISION: "x"}, diff_ids=(*image().diff_ids, digest("more"))),
    "other-layers": other(MINE | {REVISION: "x"}, diff_ids=(digest("other layer"),)),
    "no-layers": other(MINE | {REVISION: "x"}, diff_ids=()),
    "the-same-repository-s-earlier-build": other(MINE, TAG.repository),
}


@pytest.mark.parametrize("known", NO_BASES.values(), ids=NO_BASES)
def test_what_is_no_base_takes_no_label_away(known):
    assert read_labels(MINE, known=[known]).evidence == claim()


def test_a_base_of_the_same_source_that_was_labelled_anew_takes_no_label_away():
    base = other({**MINE, CREATED: THEIRS[CREATED]})

    assert read_labels(MINE, known=[base]).evidence == claim(own=False, inherited_by=BASE)
    only_source = other({SOURCE: URL, CREATED: THEIRS[CREATED]})
    assert read_labels(MINE, known=[only_source]).evidence == claim()
    other_place = other({VCS_URL: URL})
    assert read_labels({**MINE, VCS_URL: URL}, known=[other_place]).evidence == claim(own=False)


@pytest.mark.parametrize("labels", [MINE, without(MINE, CREATED)])
def test_a_base_of_the_same_source_that_was_not_labelled_anew_does(labels):
    base = other({**labels, VCS_URL: URL})

    assert read_labels(labels, known=[base]).evidence is None
    # Nor does a further look at that base, when `created` is dropped already, undo it.
    again = other({**labels, CREATED: "another"}, name="again")
    assert read_labels(labels, known=[base, again]).evidence is None


def test_a_claim_that_another_watched_image_carries_is_not_its_own():
    known = other(MINE, diff_ids=(digest("other layer"),))

    assert read_labels(MINE, known=[known]).evidence == claim(own=False, inherited_by=BASE)
    assert read_labels(MINE, known=[other(EARLIER, diff_ids=())]).evidence == claim()


NAMED = {"quay.io/hummingbird/python:latest", f"quay.io/hummingbird/python:3@{digest()}"}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_a_base_that_is_named_and_known_leaves_a_claim_its_own(name):
    annotated = image(MINE, annotations=((BASE_NAME, name),))

    assert read(annotated, known=[other(THEIRS)]).evidence == claim()


@pytest.mark.parametrize("name", ["python:3.12", "quay.io/hummingbird/ruby", "docker.io/x@y@z"])
@pytest.mark.parametrize("known", [[], [other(THEIRS)]])
def test_a_base_that_is_named_and_not_known_may_have_made_the_claim(name, known):
    pair = (BASE_NAME, name)

    assert not read(image(MINE, annotations=(pair,)), known=known).evidence.own
    assert not read(image({**MINE, BASE_NAME: name}), known=known).evidence.own
    assert not read(image(MINE), known=known, annotations=(pair,)).evidence.own


def test_the_name_of_a_base_s_own_base_is_inherited_like_any_label():
    name = {BASE_NAME: "registry.access.redhat.com/ubi10:latest"}

    assert read_labels({**MINE, **name}, known=[other({**THEIRS, **name})]).evidence == claim()


def test_what_later_images_may_inherit_is_kept():
    labels = {**MINE, VCS_REF: "x", "maintainer": "ann"}

    (kept,) = known_images(observation(image(labels)))

    assert kept == KnownImage(
        TAG.repository,
        image().manifest,
        image().diff_ids,
        tuple(sorted(without(labels, "maintainer").items())),
    )


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
