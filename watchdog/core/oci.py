"""Manifests, indexes and configs: bytes become frozen types here, once.

Source: OCI image-spec 1.1 (manifest.md, image-index.md, config.md, descriptor.md). Fetching the
bytes and checking their digest is the registry client's work.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from watchdog.core.document import decode_json, json_array, json_object, json_text
from watchdog.core.reference import Digest
from watchdog.errors import MalformedError

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEX_TYPES = frozenset({OCI_INDEX, DOCKER_LIST})
MANIFEST_TYPES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
# Quay converts the manifest to another one, with another digest, unless all four are accepted.
ACCEPT = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}"

MANIFEST_MAX_BYTES = 4 * 1024 * 1024
CONFIG_MAX_BYTES = 1024 * 1024
INDEX_MAX_ENTRIES = 64
LAYERS_MAX = 1024
SIZE_MAX_BYTES = 2**63 - 1
"""A descriptor's size is an int64; one of thousands of digits would fill every message."""

Pairs = tuple[tuple[str, str], ...]
"""Labels or annotations, sorted by key; `dict(pairs)` to look one up."""


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """What an image runs on."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A typed, sized pointer to content."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    annotations: Pairs = ()
    artifact_type: str = ""

    @property
    def is_attestation(self) -> bool:
        """Whether this index entry stands beside the images, as BuildKit's attestations do.

        Its platform alone decides (attestation-storage.md): a client pulls whatever has a real one,
        so that is judged, whatever its annotations say.
        """
        return self.platform == Platform("unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Manifest:
    """One image of one platform."""

    media_type: str
    config: Descriptor
    annotations: Pairs


@dataclass(frozen=True, slots=True)
class Index:
    """Images of several platforms under one digest."""

    media_type: str
    manifests: tuple[Descriptor, ...]
    annotations: Pairs


@dataclass(frozen=True, slots=True)
class Config:
    """What an image says of itself; `created` is None where it is absent or unreadable."""

    platform: Platform
    created: datetime | None
    labels: Pairs
    diff_ids: tuple[Digest, ...]


def parse_manifest(body: bytes, media_type: str) -> Manifest | Index:
    """Read a manifest or an index; raises MalformedError.

    `media_type` is what the server said; the document's own must not contradict it.
    """
    document = decode_json(body, "the manifest")
    declared = document.get("mediaType", media_type)
    if declared != media_type:
        raise MalformedError(
            f"the manifest says it is {str(declared)[:80]!r}, its server says {media_type[:80]!r}"
        )
    annotations = parse_pairs(document.get("annotations"), "annotations")
    if media_type in INDEX_TYPES:
        entries = parse_descriptors(document.get("manifests"), "manifests", INDEX_MAX_ENTRIES)
        return Index(media_type, entries, annotations)
    if media_type in MANIFEST_TYPES:
        return Manifest(media_type, parse_descriptor(document.get("config")), annotations)
    raise MalformedError(f"the manifest has the unsupported media type {media_type[:80]!r}")


def manifest_type(body: bytes) -> str | None:
    """Say of what type a manifest is by its own word, or else by its shape; None if by neither."""
    try:
        document = decode_json(body, "the manifest")
    except MalformedError:
        return None
    shapes = {"manifests": OCI_INDEX, "layers": OCI_MANIFEST}
    by_shape = next((media_type for key, media_type in shapes.items() if key in document), None)
    declared = document.get("mediaType", by_shape)
    known = isinstance(declared, str) and declared in INDEX_TYPES | MANIFEST_TYPES
    return declared if known else None


def parse_config(body: bytes) -> Config:
    """Read an image config; raises MalformedError."""
    document = decode_json(body, "the image config")
    inner = json_object(document.get("config") or {}, "config")
    rootfs = json_object(document.get("rootfs") or {}, "rootfs")
    layers = json_array(rootfs.get("diff_ids") or [], "diff_ids", LAYERS_MAX)
    return Config(
        platform=_platform(document),
        created=parse_time(document.get("created")),
        labels=parse_pairs(inner.get("Labels"), "Labels"),
        diff_ids=tuple(Digest.parse(json_text(layer, "diff_id")) for layer in layers),
    )


def parse_time(value: object) -> datetime | None:
    """Read an RFC 3339 time in UTC; None for anything else. Nanoseconds are cut."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def parse_descriptors(value: object, what: str, most: int) -> tuple[Descriptor, ...]:
    """Read a list of at most so many descriptors; raises MalformedError."""
    return tuple(parse_descriptor(entry) for entry in json_array(value, what, most))


def parse_descriptor(value: object) -> Descriptor:
    """Read one descriptor (descriptor.md); raises MalformedError."""
    document = json_object(value, "a descriptor")
    size = document.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= SIZE_MAX_BYTES:
        raise MalformedError(f"a descriptor has the size {str(size)[:40]!r}")
    platform = document.get("platform")
    return Descriptor(
        media_type=json_text(document.get("mediaType"), "mediaType"),
        digest=Digest.parse(json_text(document.get("digest"), "digest")),
        size=size,
        platform=None if platform is None else _platform(json_object(platform, "platform")),
        annotations=parse_pairs(document.get("annotations"), "annotations"),
        artifact_type=json_text(document.get("artifactType") or "", "artifactType"),
    )


def _platform(document: Mapping[str, object]) -> Platform:
    words = (document.get(key) or "" for key in ("os", "architecture", "variant"))
    return Platform(*(json_text(word, "platform") for word in words))


def parse_pairs(value: object, what: str) -> Pairs:
    """Read labels or annotations; raises MalformedError."""
    document = json_object(value or {}, what)
    return tuple(sorted((key, json_text(text, what)) for key, text in document.items()))
