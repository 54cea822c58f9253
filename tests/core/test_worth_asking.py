"""When BuildKit's referrers are asked for: only where they can change the verdict."""

import json
from dataclasses import replace

import pytest

from tests.core.examples import image, observation, revision, rule
from tests.core.labels import FOREIGN, MINE, OURS, REVISION, SOURCE, URL, without
from watchdog.core.claims import CREATED
from watchdog.core.evidence import read_evidence, worth_asking
from watchdog.core.observation import Attestation
from watchdog.core.rule import Require

LABELS, BUILDKIT, SIGNED = Require.LABELS, Require.BUILDKIT, Require.SIGNED
ACCUSED = {**MINE, SOURCE: FOREIGN, REVISION: revision("theirs")}


def said_by_the_builder(one, commit=MINE[REVISION]):
    """The statement of the index about an image; "" names no source."""
    told = {"uri": f"{URL}.git", "digest": {"sha1": commit}} if commit else {}
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": one.manifest.hex}}],
        "predicate": {"buildDefinition": {"externalParameters": {"configSource": told}}},
    }
    return Attestation(one.manifest, json.dumps(said).encode(), "slsa")


def asked(require, *images, attestations=()):
    """The numbers of the images that are asked about."""
    seen = replace(observation(*images), attestations=tuple(attestations))
    reading = read_evidence(seen, (), (OURS,))
    wanted = worth_asking(seen, reading, rule(require=require))
    return [number for number, one in enumerate(images) if one.manifest in wanted]


@pytest.mark.parametrize(
    ("labels", "require", "worth"),
    [
        (MINE, LABELS, False),
        (MINE, BUILDKIT, True),
        (MINE, SIGNED, False),
        ({}, LABELS, True),
        ({}, BUILDKIT, True),
        ({}, SIGNED, False),
        ({REVISION: "unknown"}, LABELS, True),
        (without(MINE, CREATED), LABELS, True),
        ({**MINE, REVISION: MINE[REVISION][:9]}, LABELS, True),
        (ACCUSED, LABELS, True),
        (without(ACCUSED, CREATED), LABELS, True),
        (ACCUSED, SIGNED, False),
    ],
    ids=[
        "own-labels",
        "own-labels-that-do-not-suffice",
        "own-labels-beside-signatures",
        "unlabelled",
        "unlabelled-under-buildkit",
        "unlabelled-under-signed",
        "a-placeholder",
        "not-shown-to-be-its-own",
        "a-short-id",
        "another-source",
        "perhaps-another-source",
        "another-source-under-signed",
    ],
)
def test_it_depends_on_the_labels_and_on_what_the_policy_requires(labels, require, worth):
    assert asked(require, image(labels)) == ([0] if worth else [])


@pytest.mark.parametrize(
    ("commit", "worth"),
    [(revision("mine"), False), (f"{revision('mine')}-dirty", False), ("", True), ("main", True)],
)
@pytest.mark.parametrize("require", [LABELS, BUILDKIT])
def test_an_image_of_which_the_index_says_something_is_not_asked_about(require, commit, worth):
    one = image({})
    assert asked(require, one, attestations=[said_by_the_builder(one, commit)]) == [0] * worth


def test_only_those_images_are_asked_about_of_which_the_index_says_nothing():
    one, other = image({}), image({}, platform="arm64")
    assert asked(LABELS, one, other, attestations=[said_by_the_builder(one)]) == [1]


def test_an_index_of_no_image_leaves_nothing_to_ask_about():
    assert asked(BUILDKIT) == []
