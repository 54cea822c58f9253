from dataclasses import replace

import pytest

from tests.core.examples import (
    TAG,
    URL,
    digest,
    image,
    observation,
    revision,
)
from tests.core.labels import (
    BASE,
    BASE_LAYERS,
    EARLIER,
    MINE,
    REVISION,
    SOURCE,
    THEIRS,
    VCS_REF,
    VCS_URL,
    claim,
    other,
    read,
    read_labels,
    without,
)
from watchdog.core.claims import BASE_NAME, CREATED
from watchdog.core.evidence import Basis
from watchdog.core.inheritance import KnownImage, known_images, possible_bases
from watchdog.core.verdict import Code

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
}


@pytest.mark.parametrize("known", NO_BASES.values(), ids=NO_BASES)
def test_what_is_no_base_takes_no_label_away(known):
    assert read_labels(MINE, known=[known]).evidence == claim()


DERIVED = {
    "label-for-label": MINE,
    "with-labels-that-claim-nothing": {**MINE, "maintainer": "ann"},
    "in-the-older-vocabulary": {VCS_URL: URL, VCS_REF: revision("mine"), CREATED: MINE[CREATED]},
}


@pytest.mark.parametrize("labels", DERIVED.values(), ids=DERIVED)
def test_an_image_built_upon_what_its_own_tag_held_has_no_claim_of_its_own(labels):
    reading = read_labels(labels, known=[other(labels, TAG.repository)])

    (finding,) = reading.findings
    assert (reading.evidence, finding.code) == (None, Code.UNIDENTIFIED)
    assert f"inherited from the base image {TAG.repository}" in finding.detail
    assert "pass `labels:`" in finding.detail
    assert not reading.unlabelled


def test_its_annotations_may_be_its_own_and_may_be_inherited():
    annotations = tuple(MINE.items())
    anew = tuple({**MINE, CREATED: EARLIER[CREATED]}.items())
    build = KnownImage(TAG.repository, digest("base"), BASE_LAYERS, annotations, annotations)

    assert read(image(MINE, annotations=annotations), known=[build]).evidence is None
    assert read(image(MINE, annotations=anew), known=[build]).evidence.basis is Basis.ANNOTATION


BUILDS = {
    "labelled-anew": (MINE, {**MINE, CREATED: EARLIER[CREATED]}),
    "without-a-time": (without(MINE, CREATED), without(MINE, CREATED)),
    "with-a-time-that-is-none": ({**MINE, CREATED: "today"}, {**MINE, CREATED: "today"}),
    "of-another-commit-at-the-same-time": (MINE, {**MINE, REVISION: revision("theirs")}),
    "that-claims-nothing-at-the-same-time": (MINE, {SOURCE: URL, CREATED: MINE[CREATED]}),
}


@pytest.mark.parametrize(("labels", "earlier"), BUILDS.values(), ids=BUILDS)
def test_a_build_with_a_claim_of_its_own_may_stand_upon_what_its_tag_held(labels, earlier):
    build = other(earlier, TAG.repository)

    assert read_labels(labels, known=[build]) == read_labels(labels)
    assert read_labels(labels, known=[build]).evidence.revision == revision("mine")


@pytest.mark.parametrize(
    "layers", [image().diff_ids, (*image().diff_ids, digest("more")), (digest("other layer"),), ()]
)
def test_what_its_tag_held_takes_nothing_from_an_image_that_does_not_stand_upon_it(layers):
    build = other(MINE, TAG.repository, diff_ids=layers)

    assert read_labels(MINE, known=[build]).evidence == claim()


def test_what_it_inherited_of_a_base_as_well_does_not_make_its_claim_its_own():
    base = other({CREATED: MINE[CREATED]}, name="base of both")
    for known in ([base, other(MINE, TAG.repository)], [other(MINE, TAG.repository), base]):
        assert read_labels(MINE, known=known).evidence is None


def test_a_time_without_a_claim_is_not_carried_over():
    labels = {CREATED: MINE[CREATED]}

    assert read_labels(labels, known=[other(labels, TAG.repository)]).unlabelled


def test_of_its_own_repository_only_what_the_tag_held_is_a_possible_base():
    mine = [
        replace(other(MINE, TAG.repository, name=name), build=build)
        for name, build in (("held", digest("held")), ("variant", digest("x")), ("old", None))
    ]
    known = [other(THEIRS), *mine]

    assert possible_bases(known, TAG, {digest("held")}) == (known[0], mine[0])
    assert possible_bases(known, TAG, ()) == (known[0],)


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


def test_an_image_without_a_time_was_not_labelled_anew():
    labels = without(MINE, CREATED)
    base = other({**labels, CREATED: THEIRS[CREATED]})

    assert read_labels(labels, known=[base]).evidence is None


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
        build=digest(),
    )


def test_a_label_longer_than_any_url_is_not_kept_of_a_base():
    (known,) = known_images(observation(image({**THEIRS, SOURCE: "x" * 2049})))
    assert SOURCE not in dict(known.labels)
    assert dict(known.labels)[REVISION] == THEIRS[REVISION]
