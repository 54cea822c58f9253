"""One observation: what a tag's own manifest names, read part by part.

An image that cannot be read fails the whole look; an attestation that cannot be is left out and
named, for it can only add to what is known.
"""

from collections.abc import Callable
from typing import TypeVar

from watchdog.core.artifact import attested_image, parse_artifact, provenance_layers
from watchdog.core.observation import Attestation, Image, Observation, StoredManifest
from watchdog.core.oci import (
    CONFIG_MAX_BYTES,
    INDEX_TYPES,
    Descriptor,
    Index,
    Manifest,
    parse_config,
    parse_manifest,
)
from watchdog.core.reference import Digest, Tag
from watchdog.errors import MalformedError
from watchdog.registry.content import ContentClient
from watchdog.registry.failures import check_time
from watchdog.registry.statements import Statements

PLATFORMS_MAX = 16
MANIFESTS_MAX_BYTES = 8 * 1024 * 1024
"""For all manifests of one index together: they are kept, to be put back."""

_T = TypeVar("_T")


class Reading:
    """Reads what a tag's manifest names, until a moment of the monotonic clock."""

    def __init__(self, content: ContentClient, tag: Tag, until: float) -> None:
        self._content, self._tag, self._until = content, tag, until
        self._images: list[Image] = []
        self._manifests: dict[Digest, StoredManifest] = {}
        self._statements = Statements(content, tag, until)

    def observe(self, own: StoredManifest) -> Observation:
        """Read every image and provenance statement of the tag's own manifest."""
        document = self._parse("", parse_manifest, own.body, own.media_type)
        if isinstance(document, Index):
            self._index(document)
        else:
            self._image(own, document, None)
        self._manifests[own.digest] = own
        return Observation(
            self._tag,
            own.digest,
            document.annotations,
            tuple(self._images),
            tuple(self._manifests.values()),
            tuple(self._statements.attestations),
            tuple(self._statements.remarks),
        )

    def _index(self, index: Index) -> None:
        """Read every child of an index; attestations are kept, as a revert must restore them."""
        wanted = frozenset(entry.digest for entry in index.manifests if not entry.is_attestation)
        count = sum(not entry.is_attestation for entry in index.manifests)
        if not 0 < count <= PLATFORMS_MAX:
            raise MalformedError(
                f"{self._tag}: its index names {count} images; 1 to {PLATFORMS_MAX} are read"
            )
        if sum(entry.size for entry in index.manifests) > MANIFESTS_MAX_BYTES:
            raise MalformedError(
                f"{self._tag}: the manifests of its index exceed {MANIFESTS_MAX_BYTES} bytes"
            )
        for entry in index.manifests:
            if entry.is_attestation:
                what = f"attestation {entry.digest.short}"
                self._statements.attempt(what, self._attestation, entry, wanted)
            else:
                self._child(entry)

    def _child(self, entry: Descriptor) -> None:
        child = self._manifest(entry)
        part = f" (manifest {entry.digest})"
        document = self._parse(part, parse_manifest, child.body, child.media_type)
        # Defensive: `_manifest` let no index in, and a manifest's type decides what it is.
        if isinstance(document, Manifest):
            self._image(child, document, entry)

    def _image(self, stored: StoredManifest, manifest: Manifest, entry: Descriptor | None) -> None:
        """Read an image's config; an index entry's platform goes before the config's own."""
        self._check_time()
        body = self._content.get_blob(self._tag, manifest.config, CONFIG_MAX_BYTES)
        config = self._parse(f" (config {manifest.config.digest})", parse_config, body)
        self._images.append(
            Image(
                platform=entry.platform if entry and entry.platform else config.platform,
                manifest=stored.digest,
                created=config.created,
                labels=config.labels,
                annotations=manifest.annotations,
                diff_ids=config.diff_ids,
            )
        )

    def _attestation(self, entry: Descriptor, images: frozenset[Digest]) -> None:
        """Read the provenance of an attestation manifest, statement by statement."""
        artifact = parse_artifact(self._manifest(entry).body)
        about = attested_image(entry, artifact, images)
        for predicate, layer in provenance_layers(artifact):
            what = f"provenance {layer.digest.short}"
            self._statements.attempt(what, self._statement, about, predicate, layer)

    def _statement(self, about: Digest, predicate: str, layer: Descriptor) -> None:
        statement = self._statements.read(layer)
        self._statements.attestations.append(Attestation(about, statement, predicate))

    def _manifest(self, entry: Descriptor) -> StoredManifest:
        if entry.media_type in INDEX_TYPES:
            raise MalformedError(f"{self._tag}: its index names another index, {entry.digest}")
        self._check_time()
        body = self._content.get_manifest(self._tag, entry)
        child = self._manifests[entry.digest] = StoredManifest(entry.digest, entry.media_type, body)
        return child

    def _parse(self, part: str, parser: Callable[..., _T], *arguments: object) -> _T:
        """Parse, naming the tag and the part of it in the error."""
        try:
            return parser(*arguments)
        except MalformedError as error:
            raise MalformedError(f"{self._tag}{part}: {error}") from error

    def _check_time(self) -> None:
        check_time(self._tag, self._until, "all of it")
