"""What a tag is now, and putting a manifest back: the OCI distribution API.

Everything is verified against its digest before it is believed. Judging it, and when to ask
again, are left to `core` and `work`: nothing is retried here but one answer to a challenge.
"""

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from watchdog.core.observation import Image, Observation, StoredManifest
from watchdog.core.oci import (
    CONFIG_MAX_BYTES,
    INDEX_TYPES,
    Descriptor,
    Index,
    Manifest,
    parse_config,
    parse_manifest,
)
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import DigestMismatchError, MalformedError, RemoteError
from watchdog.registry.auth import Authenticator
from watchdog.registry.cache import CACHE_MAX_BYTES, ContentCache
from watchdog.registry.content import ContentClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.transport import EXCHANGE_TIMEOUT_S, Transport

PLATFORMS_MAX = 16
MANIFESTS_MAX_BYTES = 8 * 1024 * 1024
"""For all manifests of one index together: they are kept, to be put back."""
OBSERVE_TIMEOUT_S = 120.0
"""No further exchange is begun after this; a whole look has 180 s (DESIGN.md, "Limits")."""

_T = TypeVar("_T")


class RegistryClient:
    """All registries of the policy: made once, thread safe, closed at the end.

    Every method raises RemoteError (NotFoundError: there is no such tag; DeniedError),
    MalformedError or DigestMismatchError; each message names the tag.
    """

    def __init__(
        self,
        hosts: Mapping[str, HostSettings],
        credentials: Credentials,
        *,
        exchange_timeout_s: float = EXCHANGE_TIMEOUT_S,
        observe_timeout_s: float = OBSERVE_TIMEOUT_S,
        cache_max_bytes: int = CACHE_MAX_BYTES,
    ) -> None:
        self._transport = Transport(hosts, timeout_s=exchange_timeout_s)
        authenticator = Authenticator(self._transport, credentials)
        cache = ContentCache(cache_max_bytes)
        self._content = ContentClient(self._transport, authenticator, cache)
        self._observe_timeout_s = observe_timeout_s

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def digest(self, tag: Tag) -> Digest:
        """Read a tag's digest with one request, with two where the server does not say it."""
        return self._content.head_tag(tag) or self._content.get_tag(tag).digest

    def observe(self, tag: Tag, digest: Digest | None = None) -> Observation:
        """Read everything that a tag names, at most PLATFORMS_MAX images of an index.

        With a digest: what the tag held under it, if the registry still has that.
        """
        own = self._content.get_tag(tag, digest)
        reading = _Reading(self._content, tag, time.monotonic() + self._observe_timeout_s)
        document = reading.parse("", parse_manifest, own.body, own.media_type)
        if isinstance(document, Index):
            images, children = reading.index(document)
            return Observation(tag, own.digest, document.annotations, images, (*children, own))
        image = reading.image(own, document, None)
        return Observation(tag, own.digest, document.annotations, (image,), (own,))

    def put_manifest(
        self, repository: Repository, reference: str, manifest: StoredManifest
    ) -> None:
        """Write a manifest under a tag's name or its own digest.

        Not repeated: after a RemoteError that is retryable it may or may not have been written.
        """
        if not manifest.digest.matches(manifest.body):
            raise DigestMismatchError(
                f"the saved manifest of {repository} is not {manifest.digest}"
            )
        if ":" not in reference:
            self._content.put_manifest(repository, Tag(repository, reference), manifest)
        elif reference == str(manifest.digest):
            self._content.put_manifest(repository, manifest.digest, manifest)
        else:
            raise MalformedError(f"{reference[:80]!r} is not the digest {manifest.digest}")


class _Reading:
    """One observation under way: what the tag's own manifest names is read part by part."""

    def __init__(self, content: ContentClient, tag: Tag, until: float) -> None:
        self._content, self._tag, self._until = content, tag, until

    def index(self, index: Index) -> tuple[tuple[Image, ...], tuple[StoredManifest, ...]]:
        """Read every child of an index; attestations are kept, as a revert must restore them."""
        wanted = [entry for entry in index.manifests if not entry.is_attestation]
        if not 0 < len(wanted) <= PLATFORMS_MAX:
            raise MalformedError(
                f"{self._tag}: its index names {len(wanted)} images; 1 to {PLATFORMS_MAX} are read"
            )
        if sum(entry.size for entry in index.manifests) > MANIFESTS_MAX_BYTES:
            raise MalformedError(
                f"{self._tag}: the manifests of its index exceed {MANIFESTS_MAX_BYTES} bytes"
            )
        images = []
        children: dict[Digest, StoredManifest] = {}
        for entry in index.manifests:
            child = children[entry.digest] = self._child(entry)
            if not entry.is_attestation:
                part = f" (manifest {entry.digest})"
                document = self.parse(part, parse_manifest, child.body, child.media_type)
                # Defensive: `_child` let no index in, and a manifest's type decides what it is.
                if isinstance(document, Manifest):
                    images.append(self.image(child, document, entry))
        return tuple(images), tuple(children.values())

    def image(self, stored: StoredManifest, manifest: Manifest, entry: Descriptor | None) -> Image:
        """Read an image's config; an index entry's platform goes before the config's own."""
        self._check_time()
        body = self._content.get_blob(self._tag, manifest.config, CONFIG_MAX_BYTES)
        config = self.parse(f" (config {manifest.config.digest})", parse_config, body)
        return Image(
            platform=entry.platform if entry and entry.platform else config.platform,
            manifest=stored.digest,
            created=config.created,
            labels=config.labels,
            annotations=manifest.annotations,
            diff_ids=config.diff_ids,
        )

    def parse(self, part: str, parser: Callable[..., _T], *arguments: object) -> _T:
        """Parse, naming the tag and the part of it in the error."""
        try:
            return parser(*arguments)
        except MalformedError as error:
            raise MalformedError(f"{self._tag}{part}: {error}") from error

    def _child(self, entry: Descriptor) -> StoredManifest:
        if entry.media_type in INDEX_TYPES:
            raise MalformedError(f"{self._tag}: its index names another index, {entry.digest}")
        self._check_time()
        body = self._content.get_manifest(self._tag, entry)
        return StoredManifest(entry.digest, entry.media_type, body)

    def _check_time(self) -> None:
        if time.monotonic() > self._until:
            raise RemoteError(
                f"{self._tag}: {self._tag.repository.registry} is too slow to read all of it",
                retryable=True,
            )
