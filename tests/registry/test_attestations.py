"""Provenance in an index: read where it is sound, left out and named where it is not."""

import json

import pytest

from watchdog.core.observation import Attestation, StoredManifest
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest
from watchdog.demo.images import ARM64, STATEMENT_TYPE, BuiltImage, BuiltIndex, build_index
from watchdog.errors import RemoteError
from watchdog.registry.statements import ATTESTATION_MAX_BYTES, ATTESTATIONS_MAX, REMARKS_MAX

V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
SPDX = "https://spdx.dev/Document"


def statement(text="", predicate=V1):
    return json.dumps({"predicateType": predicate, "is": text}).encode()


@pytest.fixture
def attested(simulator, image):
    """Push an index of one image, with attestation manifests as given; returns its tag."""

    def push(*attestations, about=None):
        tag = simulator.tag("acme/app")
        entries = json.loads(build_index([image()]).manifest.body)["manifests"]
        children = [image()]
        for attestation in attestations:
            entries.append(
                {
                    "mediaType": attestation.manifest.media_type,
                    "digest": str(attestation.digest),
                    "size": len(attestation.manifest.body),
                    "platform": {"os": "unknown", "architecture": "unknown"},
                    "annotations": {
                        "vnd.docker.reference.type": "attestation-manifest",
                        "vnd.docker.reference.digest": str(about or image().digest),
                    },
                }
            )
            children.append(attestation)
        document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
        body = json.dumps(document).encode()
        simulator.push(
            BuiltIndex(StoredManifest(Digest.of(body), OCI_INDEX, body), tuple(children)), tag
        )
        return tag

    return push


def attestation(*statements, predicate=V1, **changes):
    """Build an attestation manifest that holds these statements."""
    layers = [
        {
            "mediaType": STATEMENT_TYPE,
            "digest": str(Digest.of(text)),
            "size": len(text),
            "annotations": {"in-toto.io/predicate-type": predicate},
        }
        for text in statements
    ]
    config = {"mediaType": "x", "digest": str(Digest.of(b"{}")), "size": 2}
    document = {"mediaType": OCI_MANIFEST, "config": config, "layers": layers} | changes
    body = json.dumps(document).encode()
    manifest = StoredManifest(Digest.of(body), OCI_MANIFEST, body)
    return BuiltImage(manifest, ARM64, (b"{}", *statements))


@pytest.mark.parametrize("predicate", [V1, V02])
def test_a_provenance_statement_is_read_byte_for_byte(client, attested, image, predicate):
    seen = client.observe(attested(attestation(statement("a"), predicate=predicate)))
    assert seen.attestations == (Attestation(image().digest, statement("a"), predicate),)
    assert seen.remarks == ()


def test_each_image_has_its_own(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image(1), image(2)], attestation=statement()), tag)
    about = [attestation.manifest for attestation in client.observe(tag).attestations]
    assert about == [image(1).digest, image(2).digest]


def test_an_sbom_is_not_even_fetched(simulator, client, attested):
    sbom = statement("sbom", SPDX)
    seen = client.observe(attested(attestation(sbom, predicate=SPDX)))
    assert (seen.attestations, seen.remarks) == ((), ())
    assert not [path for _, path in simulator.requests if str(Digest.of(sbom)) in path]


def test_an_attestation_of_a_foreign_image_is_left_out_and_named(client, attested, image):
    foreign = attestation(statement("a"))
    seen = client.observe(attested(foreign, about=Digest.of(b"elsewhere")))
    assert len(seen.images) == 1
    assert seen.attestations == ()
    (remark,) = seen.remarks
    assert foreign.digest.short in remark
    assert "which one of the index's images" in remark
    assert seen.manifests[-2] == foreign.manifest


@pytest.mark.parametrize(
    "changes", [{"annotations": 7}, {"annotations": {"a": 1}}, {"subject": {}}, {"subject": "x"}]
)
def test_a_malformed_attestation_makes_no_image_unreadable(client, attested, changes):
    sound = attestation(statement("b"))
    seen = client.observe(attested(attestation(**changes), sound))
    assert [one.statement for one in seen.attestations] == [statement("b")]
    assert len(seen.remarks) == 1
    assert "left out" in seen.remarks[0]


def test_a_statement_that_is_too_large_by_its_descriptor_is_not_asked_for(
    simulator, client, attested
):
    built = attestation(statement("a"), statement("b"))
    document = json.loads(built.manifest.body)
    document["layers"][0]["size"] = ATTESTATION_MAX_BYTES + 1
    body = json.dumps(document).encode()
    large = BuiltImage(StoredManifest(Digest.of(body), OCI_MANIFEST, body), ARM64, built.blobs)
    seen = client.observe(attested(large))
    assert [one.statement for one in seen.attestations] == [statement("b")]
    assert f"at most {ATTESTATION_MAX_BYTES} are read" in seen.remarks[0]


def test_so_many_statements_are_read_and_no_more(client, attested):
    many = [statement(str(n)) for n in range(ATTESTATIONS_MAX + REMARKS_MAX + 5)]
    seen = client.observe(attested(attestation(*many)))
    assert [one.statement for one in seen.attestations] == many[:ATTESTATIONS_MAX]
    assert len(seen.remarks) == REMARKS_MAX
    assert "more than 16 statements" in seen.remarks[0]


def test_statements_have_a_limit_together(client, attested):
    four_mib = [bytes([65 + n]) * ATTESTATION_MAX_BYTES for n in range(5)]
    seen = client.observe(attested(attestation(*four_mib)))
    assert len(seen.attestations) == 4
    assert "more than 16777216 bytes" in seen.remarks[0]


def test_a_statement_that_is_gone_is_named(simulator, client, attested):
    tag = attested(attestation(statement("a")))
    simulator.forget_blob(Digest.of(statement("a")))
    seen = client.observe(tag)
    assert seen.attestations == ()
    assert "answered 404" in seen.remarks[0]


def test_a_registry_in_trouble_is_not_mistaken_for_a_missing_statement(simulator, client, attested):
    built = attestation(statement("a"))
    tag = attested(built)
    before = f"/v2/acme/app/manifests/{built.digest}"
    simulator.before_next("GET", before, lambda: simulator.fail_next(500))
    with pytest.raises(RemoteError, match="answered 500") as caught:
        client.observe(tag)
    assert caught.value.retryable
    assert simulator.requests[-1][1] == f"/v2/acme/app/blobs/{Digest.of(statement('a'))}"


def test_an_attestation_of_another_size_is_left_out(simulator, client, image):
    tag = simulator.tag("acme/app")
    built = build_index([image()], attestation=statement())
    simulator.push(changed(built, size=7), tag)
    seen = client.observe(tag)
    assert [kept.digest for kept in seen.manifests] == [image().digest, seen.digest]
    assert "its descriptor says 7" in seen.remarks[0]


def changed(built, **changes):
    """Change what the index says of its second entry."""
    document = json.loads(built.manifest.body)
    document["manifests"][1] |= changes
    body = json.dumps(document).encode()
    return BuiltIndex(StoredManifest(Digest.of(body), OCI_INDEX, body), built.children)


def test_an_attestation_that_is_an_index_is_left_out(simulator, client, image):
    tag = simulator.tag("acme/app")
    built = build_index([image()], attestation=statement())
    simulator.push(changed(built, mediaType=OCI_INDEX), tag)
    seen = client.observe(tag)
    assert len(seen.images) == 1
    assert "another index" in seen.remarks[0]
