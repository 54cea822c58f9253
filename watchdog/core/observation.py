"""What a tag is now, as read from the registry."""

from dataclasses import dataclass
from datetime import datetime

from watchdog.core.oci import Pairs, Platform
from watchdog.core.reference import Digest, Tag


@dataclass(frozen=True, slots=True)
class Image:
    """One platform's image; the labels are its config's, the annotations its manifest's."""

    platform: Platform
    manifest: Digest
    created: datetime | None
    labels: Pairs
    annotations: Pairs
    diff_ids: tuple[Digest, ...]


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """The exact bytes of a manifest or index: what a revert puts back."""

    digest: Digest
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Observation:
    """A tag's digest and every image under it.

    `manifests` holds the bytes of all of them, children before the index that names them, the
    tag's own manifest last.
    """

    tag: Tag
    digest: Digest
    annotations: Pairs
    images: tuple[Image, ...]
    manifests: tuple[StoredManifest, ...]
