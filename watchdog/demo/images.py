"""Tiny images as bytes: the same arguments always give the same digests."""

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST, Platform
from watchdog.core.reference import Digest

AMD64 = Platform("linux", "amd64")
ARM64 = Platform("linux", "arm64", "v8")
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
STATEMENT_TYPE = "application/vnd.in-toto+json"
ATTESTATION_TYPE = "application/vnd.docker.attestation.manifest.v1+json"
_UNKNOWN = Platform("unknown", "unknown")


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """One platform's image and every blob that it needs."""

    manifest: StoredManifest
    platform: Platform
    blobs: tuple[bytes, ...]

    @property
    def digest(self) -> Digest:
        """The digest of its manifest."""
        return self.manifest.digest

    @property
    def children(self) -> tuple["BuiltImage", ...]:
        """None: it names no other manifest."""
        return ()


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """Several images, and perhaps their attestations, under one digest."""

    manifest: StoredManifest
    children: tuple[BuiltImage, ...]

    @property
    def digest(self) -> Digest:
        """The digest of the index."""
        return self.manifest.digest

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """None of its own."""
        return ()


def build_layer(files: Mapping[str, bytes]) -> bytes:
    """Pack files into a layer: an uncompressed tar archive without times or owners."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def build_image(
    labels: Mapping[str, str],
    *,
    created: datetime,
    layers: Sequence[bytes],
    platform: Platform = AMD64,
    annotations: Mapping[str, str] | None = None,
) -> BuiltImage:
    """Build an image as BuildKit would: labels in the config, annotations on the manifest."""
    config = _encode(
        {
            "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **_platform(platform),
            "config": {"Labels": dict(labels)},
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(body)) for body in layers]},
        }
    )
    described = [_descriptor(LAYER_TYPE, body) for body in layers]
    manifest = _manifest(config, described, annotations)
    return BuiltImage(manifest, platform, (config, *layers))


def build_index(
    images: Sequence[BuiltImage],
    *,
    annotations: Mapping[str, str] | None = None,
    attestation: bytes | None = None,
) -> BuiltIndex:
    """Build an index; with an in-toto statement, each image gets it as BuildKit attaches it.

    Layout: buildkit, docs/attestations/attestation-storage.md.
    """
    entries = [_entry(image.manifest, image.platform) for image in images]
    children = list(images)
    if attestation is not None:
        for image in images:
            attested = _attest(attestation)
            reference = {
                "vnd.docker.reference.type": "attestation-manifest",
                "vnd.docker.reference.digest": str(image.digest),
            }
            entries.append(_entry(attested.manifest, _UNKNOWN) | {"annotations": reference})
            children.append(attested)
    body = _encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": entries,
            **({"annotations": dict(annotations)} if annotations else {}),
        }
    )
    return BuiltIndex(StoredManifest(Digest.of(body), OCI_INDEX, body), tuple(children))


def build_artifact(
    subject: StoredManifest,
    artifact_type: str,
    content: bytes,
    *,
    annotations: Mapping[str, str] | None = None,
) -> BuiltImage:
    """Build an artifact that refers to a manifest, as cosign and actions/attest do."""
    layers = [_descriptor(artifact_type, content)]
    return _referring(subject, artifact_type, layers, (content,), annotations)


def build_attestation(subject: StoredManifest, *statements: bytes) -> BuiltImage:
    """Build the attestation manifest that BuildKit writes with `oci-artifact=true`: it refers."""
    layers = [_statement(statement) for statement in statements]
    return _referring(subject, ATTESTATION_TYPE, layers, statements, None)


def _attest(statement: bytes) -> BuiltImage:
    layer = _statement(statement)
    diff_ids = [str(Digest.of(statement))]
    config = _encode(
        {**_platform(_UNKNOWN), "config": {}, "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    )
    return BuiltImage(_manifest(config, [layer], None), _UNKNOWN, (config, statement))


def _statement(statement: bytes) -> dict[str, object]:
    predicate = str(json.loads(statement).get("predicateType", ""))
    annotations = {"in-toto.io/predicate-type": predicate}
    return _descriptor(STATEMENT_TYPE, statement) | {"annotations": annotations}


def _referring(
    subject: StoredManifest,
    artifact_type: str,
    layers: list[dict[str, object]],
    blobs: tuple[bytes, ...],
    annotations: Mapping[str, str] | None,
) -> BuiltImage:
    config = b"{}"
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": _descriptor("application/vnd.oci.empty.v1+json", config),
        "layers": layers,
        "subject": _descriptor(subject.media_type, subject.body),
        **({"annotations": dict(annotations)} if annotations else {}),
    }
    body = _encode(document)
    manifest = StoredManifest(Digest.of(body), OCI_MANIFEST, body)
    return BuiltImage(manifest, _UNKNOWN, (config, *blobs))


def _manifest(
    config: bytes, layers: list[dict[str, object]], annotations: Mapping[str, str] | None
) -> StoredManifest:
    body = _encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": _descriptor(CONFIG_TYPE, config),
            "layers": layers,
            **({"annotations": dict(annotations)} if annotations else {}),
        }
    )
    return StoredManifest(Digest.of(body), OCI_MANIFEST, body)


def _entry(manifest: StoredManifest, platform: Platform) -> dict[str, object]:
    return _descriptor(manifest.media_type, manifest.body) | {"platform": _platform(platform)}


def _descriptor(media_type: str, body: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(Digest.of(body)), "size": len(body)}


def _platform(platform: Platform) -> dict[str, str]:
    named = {"architecture": platform.architecture, "os": platform.os}
    return named | ({"variant": platform.variant} if platform.variant else {})


def _encode(document: dict[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
