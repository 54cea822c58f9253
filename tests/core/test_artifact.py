import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import digest
from watchdog.core.artifact import (
    ATTESTATION_TYPE,
    BUNDLE_TYPE,
    BUNDLED_PREDICATE_KEY,
    PREDICATE_KEY,
    REFERENCE_KEY,
    REFERRERS_MAX_ENTRIES,
    SIGNATURE_TYPE,
    STATEMENT_TYPE,
    Artifact,
    attached_provenance,
    attested_image,
    bundle_layer,
    may_be_evidence,
    parse_artifact,
    parse_referrers,
    provenance_layers,
)
from watchdog.core.oci import LAYERS_MAX, OCI_MANIFEST, Descriptor
from watchdog.errors import MalformedError

EMPTY = "application/vnd.oci.empty.v1+json"
V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
SPDX = "https://spdx.dev/Document"


def described(media_type=EMPTY, **changes):
    return {"mediaType": media_type, "digest": str(digest()), "size": 7} | changes


def body(**document):
    return json.dumps({"config": described()} | document).encode()


def layer(media_type=STATEMENT_TYPE, **annotations):
    return Descriptor(media_type, digest(), 7, annotations=tuple(sorted(annotations.items())))


def artifact(*layers, subject=None, artifact_type=BUNDLE_TYPE):
    return Artifact(artifact_type, subject, layers, ())


def test_an_artifact_is_read():
    written = body(
        artifactType=BUNDLE_TYPE,
        subject=described(OCI_MANIFEST, digest=str(digest("subject"))),
        layers=[described(BUNDLE_TYPE)],
        annotations={"a": "1"},
    )

    assert parse_artifact(written) == Artifact(
        BUNDLE_TYPE, digest("subject"), (Descriptor(BUNDLE_TYPE, digest(), 7),), (("a", "1"),)
    )


@pytest.mark.parametrize("own", [{}, {"artifactType": ""}, {"artifactType": 7}])
def test_an_artifact_without_a_type_has_its_configs(own):
    assert parse_artifact(body(**own)) == Artifact(EMPTY, None, (), ())


@pytest.mark.parametrize(
    "written",
    [
        b"{}",
        b"[]",
        body(subject=7),
        body(layers="x"),
        body(layers=[described()] * (LAYERS_MAX + 1)),
        body(annotations={"a": 1}),
    ],
)
def test_an_artifact_that_is_none_is_malformed(written):
    with pytest.raises(MalformedError):
        parse_artifact(written)


def test_referrers_are_read_with_their_types():
    written = body(manifests=[described(OCI_MANIFEST, artifactType="x", annotations={"a": "1"})])

    assert parse_referrers(written) == (
        Descriptor(OCI_MANIFEST, digest(), 7, None, (("a", "1"),), "x"),
    )


@pytest.mark.parametrize("nothing", [{}, {"manifests": None}, {"manifests": []}])
def test_there_may_be_no_referrers(nothing):
    assert parse_referrers(body(**nothing)) == ()


def test_a_page_of_referrers_has_a_limit():
    assert len(parse_referrers(body(manifests=[described()] * REFERRERS_MAX_ENTRIES))) == 1024
    with pytest.raises(MalformedError, match="1025 entries"):
        parse_referrers(body(manifests=[described()] * (REFERRERS_MAX_ENTRIES + 1)))


def test_provenance_is_told_from_sboms_and_from_what_is_no_statement():
    first, second = layer(**{PREDICATE_KEY: V02}), layer(**{PREDICATE_KEY: V1})
    others = (layer(**{PREDICATE_KEY: SPDX}), layer(), layer("text/plain", **{PREDICATE_KEY: V1}))

    assert provenance_layers(artifact(first, *others, second)) == ((V02, first), (V1, second))


def test_an_attestation_that_only_refers_holds_provenance():
    statement = layer(**{PREDICATE_KEY: V1})
    about = artifact(layer(), statement, subject=digest("a"), artifact_type=ATTESTATION_TYPE)

    assert attached_provenance(about, digest("a")) == ((V1, statement),)


@pytest.mark.parametrize(
    ("subject", "artifact_type"), [("b", ATTESTATION_TYPE), (None, ATTESTATION_TYPE), ("a", EMPTY)]
)
def test_what_refers_to_something_else_or_is_of_another_type_is_malformed(subject, artifact_type):
    statement = layer(**{PREDICATE_KEY: V1})
    about = artifact(statement, subject=subject and digest(subject), artifact_type=artifact_type)

    with pytest.raises(MalformedError, match="not BuildKit's attestation of this image"):
        attached_provenance(about, digest("a"))


@pytest.mark.parametrize(
    ("reference", "subject"), [("a", None), (None, "a"), ("a", "a")], ids=["old", "new", "both"]
)
def test_an_attestation_says_which_image_it_is_about(reference, subject):
    entry = layer(**({REFERENCE_KEY: str(digest(reference))} if reference else {}))
    about = artifact(subject=subject and digest(subject))

    assert attested_image(entry, about, frozenset({digest("a"), digest("b")})) == digest("a")


@pytest.mark.parametrize(
    ("reference", "subject"),
    [(None, None), ("c", None), (None, "c"), ("a", "b"), ("a", "c")],
)
def test_an_attestation_of_no_one_image_of_the_index_is_malformed(reference, subject):
    entry = layer(**({REFERENCE_KEY: str(digest(reference))} if reference else {}))
    about = artifact(subject=subject and digest(subject))

    with pytest.raises(MalformedError, match="which one of the index's images"):
        attested_image(entry, about, frozenset({digest("a"), digest("b")}))


def test_a_reference_that_is_no_digest_is_malformed():
    with pytest.raises(MalformedError, match="not a digest"):
        attested_image(layer(**{REFERENCE_KEY: "latest"}), artifact(), frozenset())


def test_a_referrer_holds_one_bundle():
    bundle = layer(BUNDLE_TYPE)

    assert bundle_layer(artifact(layer(), bundle, subject=digest("a")), digest("a")) == bundle


@pytest.mark.parametrize(
    ("referrer", "words"),
    [
        (artifact(layer(BUNDLE_TYPE)), "not a Sigstore bundle about this image"),
        (artifact(layer(BUNDLE_TYPE), subject=digest("b")), "about this image"),
        (artifact(layer(BUNDLE_TYPE), subject=digest("a"), artifact_type="x"), "not a Sigstore"),
        (artifact(layer(), subject=digest("a")), "0 bundles"),
        (artifact(*[layer(BUNDLE_TYPE)] * 2, subject=digest("a")), "2 bundles"),
    ],
)
def test_another_referrer_is_malformed(referrer, words):
    with pytest.raises(MalformedError, match=words):
        bundle_layer(referrer, digest("a"))


@pytest.mark.parametrize(
    ("predicate", "wanted"), [(None, True), (V1, True), (SIGNATURE_TYPE, True), (SPDX, False)]
)
def test_which_bundles_are_fetched(predicate, wanted):
    annotations = () if predicate is None else ((BUNDLED_PREDICATE_KEY, predicate),)

    assert may_be_evidence(annotations) == wanted


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(json.dumps).map(str.encode))
def test_any_bytes_are_an_artifact_or_malformed(written):
    for parser in (parse_artifact, parse_referrers):
        with suppress(MalformedError):
            parser(written)
