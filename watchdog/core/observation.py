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
class Attestation:
    """A provenance statement that a build put beside its image; nobody signed it.

    `manifest` is the image that its place, in the index or as a referrer, says it is about. What
    the statement itself says, its subject included, has not been believed. `index` is what it is
    attached to where that is the whole index: then it may name that instead.
    """

    manifest: Digest
    statement: bytes
    predicate_type: str
    index: Digest | None = None


@dataclass(frozen=True, slots=True)
class Signatures:
    """What is signed about a digest: Sigstore bundles as bytes, none of them verified yet.

    `legacy` tells that there are none, but cosign's former `.att` or `.sig` tags; it is not
    looked for otherwise. `remarks` name what was left out, and why.
    """

    bundles: tuple[bytes, ...] = ()
    legacy: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """A tag's digest and every image under it.

    `manifests` holds the bytes of all of them, children before the index that names them, the
    tag's own manifest last. `remarks` name the attestations that were left out, and why.
    `referrers_read` tells that provenance was also looked for among the referrers.
    """

    tag: Tag
    digest: Digest
    annotations: Pairs
    images: tuple[Image, ...]
    manifests: tuple[StoredManifest, ...]
    attestations: tuple[Attestation, ...] = ()
    remarks: tuple[str, ...] = ()
    referrers_read: bool = False
