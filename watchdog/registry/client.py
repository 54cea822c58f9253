"""What a tag is now, what is attached to it, and putting a manifest back: the OCI distribution API.

Everything is verified against its digest before it is believed. Judging it, and when to ask
again, are left to `core` and `work`: nothing is retried here but one answer to a challenge.
"""

import time
from collections.abc import Iterable

from watchdog.core.observation import Observation, Signatures, StoredManifest
from watchdog.core.oci import Descriptor
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import DigestMismatchError, MalformedError
from watchdog.registry.attached import AttachedReader
from watchdog.registry.auth import Authenticator
from watchdog.registry.cache import ContentCache
from watchdog.registry.content import ContentClient, Uncounted, counted
from watchdog.registry.credentials import Credentials
from watchdog.registry.reading import Reading
from watchdog.registry.referrers import ReferrersClient
from watchdog.registry.tags import list_tags, tags_holding
from watchdog.registry.transport import Transport

OBSERVE_TIMEOUT_S = 120.0
"""No further exchange is begun after this; a whole look has 180 s (DESIGN.md, "Limits")."""
ATTACHED_TIMEOUT_S = 30.0
"""The same for provenance that only refers to the image: small, and read after all else."""


class RegistryClient:
    """All registries of the policy: made once, thread safe, closed at the end.

    Every method raises RemoteError (NotFoundError: there is no such tag; DeniedError),
    MalformedError or DigestMismatchError; each message names the tag. What was read by digest is
    kept, and not read again while the cache has it. `uncounted` is asked first for manifests whose
    digest is known.
    """

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        *,
        cache: ContentCache | None = None,
        uncounted: Uncounted = counted,
        observe_timeout_s: float = OBSERVE_TIMEOUT_S,
    ) -> None:
        self._transport = transport
        authenticator = Authenticator(transport, credentials)
        self._content = ContentClient(transport, authenticator, cache or ContentCache(), uncounted)
        self._referrers = ReferrersClient(self._content, timeout_s=observe_timeout_s)
        attached_timeout_s = min(observe_timeout_s, ATTACHED_TIMEOUT_S)
        self._attached = AttachedReader(
            self._content, self._referrers, timeout_s=attached_timeout_s
        )
        self._observe_timeout_s = observe_timeout_s

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def digest(self, tag: Tag) -> Digest:
        """Read a tag's digest with one request, with two where the server does not say it."""
        return self._content.head_tag(tag) or self._content.get_tag(tag).digest

    def observe(self, tag: Tag, digest: Digest | None = None, *, kept: bool = False) -> Observation:
        """Read everything that a tag names, at most PLATFORMS_MAX images of an index.

        With a digest: what the tag held under it, if the registry still has that; with `kept`, or
        if it was read before.
        """
        return self._read(tag, self._content.get_tag(tag, digest, kept=kept))

    def observe_unless(self, tag: Tag, known: Digest) -> Observation | None:
        """Read everything that a tag names, unless it still is a known digest: one request."""
        own = self._content.get_tag_unless(tag, known)
        return None if own is None else self._read(tag, own)

    def referrers(self, tag: Tag, subject: Digest, artifact_type: str) -> tuple[Descriptor, ...]:
        """List what refers to a manifest of the tag's repository and is of this type."""
        return self._referrers.referrers(tag, subject, artifact_type)

    def with_attached(self, observation: Observation, images: tuple[Digest, ...]) -> Observation:
        """Add BuildKit's provenance that refers to these images of it, or to their index."""
        return self._attached.read(observation, images)

    def signatures(self, tag: Tag, subject: Digest) -> Signatures:
        """Fetch the Sigstore bundles about a manifest that may say where an image comes from."""
        return self._referrers.signatures(tag, subject)

    def bundles(self, tag: Tag, subject: Digest) -> tuple[bytes, ...]:
        """Fetch those bundles alone."""
        return self._referrers.signatures(tag, subject).bundles

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """List a repository's tags, TAGS_MAX at most, none where there is no such repository."""
        return list_tags(self._content, repository, self._until())

    def tags_holding(self, tag: Tag, digest: Digest, candidates: Iterable[str]) -> tuple[str, ...]:
        """Say which of these names, the first CANDIDATES_MAX, hold this very digest."""
        return tags_holding(self._content, tag, digest, candidates)

    def put_manifest(
        self,
        repository: Repository,
        reference: str,
        manifest: StoredManifest,
        *,
        at_once: bool = False,
    ) -> None:
        """Write a manifest under a tag's name or its own digest.

        With `at_once` it waits for no new token: a retryable RemoteError says that one is needed.
        Not repeated: after a RemoteError that is retryable it may or may not have been written.
        """
        if not manifest.digest.matches(manifest.body):
            raise DigestMismatchError(
                f"the saved manifest of {repository} is not {manifest.digest}"
            )
        if ":" not in reference:
            tag = Tag(repository, reference)
            self._content.put_manifest(repository, tag, manifest, at_once=at_once)
        elif reference == str(manifest.digest):
            self._content.put_manifest(repository, manifest.digest, manifest)
        else:
            raise MalformedError(f"{reference[:80]!r} is not the digest {manifest.digest}")

    def _read(self, tag: Tag, own: StoredManifest) -> Observation:
        return Reading(self._content, tag, self._until()).observe(own)

    def _until(self) -> float:
        return time.monotonic() + self._observe_timeout_s
