"""What others attached to an image: referrers, and the Sigstore bundles among them.

Whether a bundle is genuine is left to `provenance`. Sources: OCI distribution-spec 1.1, "Listing
Referrers" and "Unavailable Referrers API"; sigstore/cosign specs/BUNDLE_SPEC.md.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

from watchdog.core.artifact import (
    BUNDLE_TYPE,
    bundle_layer,
    may_be_evidence,
    parse_artifact,
    parse_referrers,
)
from watchdog.core.message import plain
from watchdog.core.observation import Signatures
from watchdog.core.oci import OCI_INDEX, Descriptor
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import DigestMismatchError, MalformedError, NotFoundError
from watchdog.registry.content import ContentClient
from watchdog.registry.exchange import Reply
from watchdog.registry.failures import MissingPartError, check_time, error_code, refusal
from watchdog.registry.pages import next_page
from watchdog.registry.tokens import bounded

REFERRERS_MAX = 16
BUNDLE_MAX_BYTES = 4 * 1024 * 1024
BUNDLES_MAX_BYTES = 16 * 1024 * 1024
PAGES_MAX = 16
UNSUPPORTED_FOR_S = 3600.0
"""How long a repository that knows no referrers API is not asked for it again."""
LEGACY_SUFFIXES = (".att", ".sig")
_FALLBACK_HEX_MAX = 64
_UNSUPPORTED = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_ACCEPTABLE}
)


class ReferrersClient:
    """Finds what refers to a digest; thread safe."""

    def __init__(self, content: ContentClient, *, timeout_s: float) -> None:
        self._content = content
        self._timeout_s = timeout_s
        self._unsupported: dict[Repository, float] = {}

    def referrers(self, tag: Tag, subject: Digest, artifact_type: str) -> tuple[Descriptor, ...]:
        """List what refers to a manifest and is of this type: by the API, else the fallback tag."""
        listed = self._listed(tag, subject, artifact_type)
        if listed is None:
            listed = self._fallback(tag, subject)
        return tuple(entry for entry in listed if entry.artifact_type == artifact_type)

    def signatures(self, tag: Tag, subject: Digest) -> Signatures:
        """Fetch the bundles that may say where an image comes from, at most REFERRERS_MAX.

        One that is malformed or missing is left out and named. Only where there is none cosign's
        former tags are looked for (two requests).
        """
        until = time.monotonic() + self._timeout_s
        listed = self.referrers(tag, subject, BUNDLE_TYPE)
        wanted = [entry for entry in listed if may_be_evidence(entry.annotations)]
        # Those that name their type come first: they are of a wanted one.
        wanted.sort(key=lambda entry: not entry.annotations)
        bundles: list[bytes] = []
        remarks = []
        for entry in wanted[:REFERRERS_MAX]:
            check_time(tag, until, "its signatures")
            try:
                bundles.extend(self._bundle(tag, subject, entry, sum(map(len, bundles))))
            except (MalformedError, DigestMismatchError, MissingPartError) as error:
                remarks.append(plain(f"the bundle {entry.digest.short} was left out: {error}"))
        if len(wanted) > REFERRERS_MAX:
            remarks.append(f"{len(wanted) - REFERRERS_MAX} more bundles were not read")
        legacy = not bundles and self._has_legacy(tag, subject)
        return Signatures(tuple(bundles), legacy, tuple(remarks))

    def _listed(
        self, tag: Tag, subject: Digest, artifact_type: str
    ) -> tuple[Descriptor, ...] | None:
        """Ask the referrers API; None where there is none, or it knows nothing of the subject."""
        if time.monotonic() < self._unsupported.get(tag.repository, 0.0):
            return None
        about = f"{tag} (what refers to {subject})"
        reply = self._page(tag, subject, {"artifactType": artifact_type}, about)
        not_listed = reply.status == HTTPStatus.OK and reply.media_type != OCI_INDEX
        if reply.status in _UNSUPPORTED or not_listed:
            until = time.monotonic() + UNSUPPORTED_FOR_S
            bounded(self._unsupported)[tag.repository] = until
            return None
        # Quay's answer for a subject that it does not know.
        if reply.status == HTTPStatus.BAD_REQUEST and error_code(reply) == "MANIFEST_INVALID":
            return None
        return tuple(self._entries(tag, subject, reply, about))

    def _entries(self, tag: Tag, subject: Digest, reply: Reply, about: str) -> Iterator[Descriptor]:
        for _ in range(PAGES_MAX):
            if reply.status != HTTPStatus.OK:
                raise refusal(reply, about)
            yield from _parsed(reply.body, about)
            query = next_page(reply)
            if not query:
                return
            reply = self._page(tag, subject, query, about)
        raise MalformedError(f"{about}: {reply.origin} lists more than {PAGES_MAX} pages")

    def _page(self, tag: Tag, subject: Digest, query: dict[str, str], about: str) -> Reply:
        path = f"referrers/{subject}?{urlencode(query)}"
        request = self._content.request(tag.repository, path, about)
        return self._content.ask(tag.repository, replace(request, headers={"Accept": OCI_INDEX}))

    def _fallback(self, tag: Tag, subject: Digest) -> tuple[Descriptor, ...]:
        """Read the tag that stands in for the API; GitLab resolves it to the subject itself."""
        name = f"{subject.algorithm}-{subject.hex[:_FALLBACK_HEX_MAX]}"
        fallback = Tag(tag.repository, name)
        try:
            manifest = self._content.get_tag(fallback)
        except NotFoundError:
            return ()
        if manifest.digest == subject or manifest.media_type != OCI_INDEX:
            return ()
        return _parsed(manifest.body, str(fallback))

    def _bundle(
        self, tag: Tag, subject: Digest, entry: Descriptor, bytes_read: int
    ) -> tuple[bytes, ...]:
        """Read one referrer's bundle; none where its manifest names a type that is not wanted."""
        artifact = parse_artifact(self._content.get_manifest(tag, entry))
        layer = bundle_layer(artifact, subject)
        if not may_be_evidence(artifact.annotations):
            return ()
        if bytes_read + layer.size > BUNDLES_MAX_BYTES:
            raise MalformedError(f"more than {BUNDLES_MAX_BYTES} bytes are not read")
        return (self._content.get_blob(tag, layer, BUNDLE_MAX_BYTES),)

    def _has_legacy(self, tag: Tag, subject: Digest) -> bool:
        stem = f"{subject.algorithm}-{subject.hex}"
        names = (f"{stem}{suffix}" for suffix in LEGACY_SUFFIXES if subject.algorithm == "sha256")
        return any(self._holds_other(Tag(tag.repository, name), subject) for name in names)

    def _holds_other(self, tag: Tag, subject: Digest) -> bool:
        """Tell whether there is such a tag, and it is not the subject under another name."""
        try:
            return self._content.head_tag(tag) != subject
        except NotFoundError:
            return False


def _parsed(body: bytes, about: str) -> tuple[Descriptor, ...]:
    try:
        return parse_referrers(body)
    except MalformedError as error:
        raise MalformedError(f"{about}: {error}") from error
