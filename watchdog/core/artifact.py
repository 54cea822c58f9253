"""What lies beside an image: attestations in its index and referrers, as bytes become types.

Source: OCI image-spec 1.1 (manifest.md, "Guidelines for Artifact Usage"), distribution-spec 1.1
("Listing Referrers"), BuildKit's docs/attestations/attestation-storage.md, Sigstore's
BUNDLE_SPEC.md (sigstore/cosign). What an attestation claims is left to `evidence`.
"""

from dataclasses import dataclass

from watchdog.core.document import decode_json
from watchdog.core.oci import (
    LAYERS_MAX,
    Descriptor,
    Pairs,
    parse_descriptor,
    parse_descriptors,
    parse_pairs,
)
from watchdog.core.reference import Digest
from watchdog.errors import MalformedError

STATEMENT_TYPE = "application/vnd.in-toto+json"
ATTESTATION_TYPE = "application/vnd.docker.attestation.manifest.v1+json"
"""What BuildKit writes with `oci-artifact=true` (moby/buildkit#5573): its `subject` is the image's
manifest, so registries list it as a referrer, also of an image that was copied without its index.
"""
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PROVENANCE_TYPES = frozenset({"https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"})
SIGNATURE_TYPE = "https://sigstore.dev/cosign/sign/v1"
"""What cosign 3 signs where nothing is attested: the certificate alone names the source."""
BUNDLED_TYPES = PROVENANCE_TYPES | {SIGNATURE_TYPE}

PREDICATE_KEY = "in-toto.io/predicate-type"
BUNDLED_PREDICATE_KEY = "dev.sigstore.bundle.predicateType"
REFERENCE_KEY = "vnd.docker.reference.digest"
REFERRERS_MAX_ENTRIES = 1024


@dataclass(frozen=True, slots=True)
class Artifact:
    """A manifest that is no image: what it holds, and what it is about."""

    artifact_type: str
    subject: Digest | None
    layers: tuple[Descriptor, ...]
    annotations: Pairs


def parse_artifact(body: bytes) -> Artifact:
    """Read an artifact's manifest; its type is its config's where it names none itself.

    Raises MalformedError.
    """
    document = decode_json(body, "the artifact's manifest")
    subject = document.get("subject")
    config = parse_descriptor(document.get("config"))
    own_type = document.get("artifactType")
    return Artifact(
        artifact_type=own_type if isinstance(own_type, str) and own_type else config.media_type,
        subject=None if subject is None else parse_descriptor(subject).digest,
        layers=parse_descriptors(document.get("layers") or [], "layers", LAYERS_MAX),
        annotations=parse_pairs(document.get("annotations"), "annotations"),
    )


def parse_referrers(body: bytes) -> tuple[Descriptor, ...]:
    """Read one page of referrers, of every type; raises MalformedError."""
    document = decode_json(body, "the list of referrers")
    return parse_descriptors(document.get("manifests") or [], "manifests", REFERRERS_MAX_ENTRIES)


def provenance_layers(artifact: Artifact) -> tuple[tuple[str, Descriptor], ...]:
    """List the layers that hold SLSA provenance, each with its predicate type; not the SBOMs."""
    typed = ((dict(layer.annotations).get(PREDICATE_KEY, ""), layer) for layer in artifact.layers)
    return tuple(
        (predicate, layer)
        for predicate, layer in typed
        if predicate in PROVENANCE_TYPES and layer.media_type == STATEMENT_TYPE
    )


def attached_provenance(artifact: Artifact, subject: Digest) -> tuple[tuple[str, Descriptor], ...]:
    """List the provenance in an attestation manifest that only refers to what it is about.

    Raises MalformedError where it is of another type, or about something else.
    """
    if artifact.artifact_type != ATTESTATION_TYPE or artifact.subject != subject:
        raise MalformedError("it is not BuildKit's attestation of this image")
    return provenance_layers(artifact)


def attested_image(entry: Descriptor, artifact: Artifact, images: frozenset[Digest]) -> Digest:
    """Say which image of the index its attestation manifest is about.

    Raises MalformedError where it names none, one of another index, or two.
    """
    reference = dict(entry.annotations).get(REFERENCE_KEY)
    named = {Digest.parse(reference)} if reference is not None else set()
    if artifact.subject is not None:
        named.add(artifact.subject)
    if len(named) != 1 or not named <= images:
        raise MalformedError("it does not say which one of the index's images it is about")
    return named.pop()


def bundle_layer(artifact: Artifact, subject: Digest) -> Descriptor:
    """Find the one bundle that a referrer holds; raises MalformedError."""
    if artifact.artifact_type != BUNDLE_TYPE or artifact.subject != subject:
        raise MalformedError("it is not a Sigstore bundle about this image")
    bundles = [layer for layer in artifact.layers if layer.media_type == BUNDLE_TYPE]
    if len(bundles) != 1:
        raise MalformedError(f"it holds {len(bundles)} bundles instead of one")
    return bundles[0]


def may_be_evidence(annotations: Pairs) -> bool:
    """Tell whether a bundle may say where an image comes from; one that names no type may."""
    predicate = dict(annotations).get(BUNDLED_PREDICATE_KEY)
    return predicate is None or predicate in BUNDLED_TYPES
