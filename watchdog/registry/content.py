"""One repository's manifests and blobs as bytes, verified against their digests.

What the bytes mean is left to `reading` and `referrers`.
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import ACCEPT, MANIFEST_MAX_BYTES, Descriptor, manifest_type
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import DigestMismatchError, MalformedError
from watchdog.registry.auth import PULL, PULL_AND_PUSH, Authenticator
from watchdog.registry.cache import ContentCache
from watchdog.registry.exchange import Reply, Request
from watchdog.registry.failures import missing_part, missing_tag, refusal
from watchdog.registry.kinds import kind_of
from watchdog.registry.tokens import bounded
from watchdog.registry.transport import Transport

_MANIFESTS = "manifests"

Uncounted = Callable[[Tag, Digest], StoredManifest | None]
"""Reads a manifest of a tag's repository in a way that counts as no pull; None: there is none."""


def counted(_tag: Tag, _digest: Digest) -> None:
    """Know of no such way: most registries have none, and need none."""


class ContentClient:
    """Reads and writes content by tag and digest; thread safe.

    A manifest is read by digest as `uncounted` does, and else by the distribution API.
    """

    def __init__(
        self,
        transport: Transport,
        authenticator: Authenticator,
        cache: ContentCache,
        uncounted: Uncounted = counted,
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
        self._cache = cache
        self._uncounted = uncounted
        self._gives_etags: dict[str, bool] = {}

    def head_tag(self, tag: Tag) -> Digest | None:
        """Ask for a tag's digest without its body; None if the server does not say it."""
        request = self.request(tag.repository, f"manifests/{tag.name}", str(tag))
        reply = self.ask(tag.repository, replace(request, method="HEAD"))
        _check_tag(reply, tag)
        digest = _said_digest(reply)
        self._notice_etag(tag, reply, digest)
        return digest

    def get_tag(
        self, tag: Tag, wanted: Digest | None = None, *, kept: bool = False
    ) -> StoredManifest:
        """Read a tag's manifest, or a wanted one by digest; its digest is what the bytes hash to.

        With `kept` one that was read before is not asked for again: the registry may have lost it.
        Raises NotFoundError, and DigestMismatchError where it is another one than said or wanted.
        """
        if kept and wanted is not None and (manifest := self._kept(wanted)):
            return manifest
        if wanted is not None and (manifest := self._uncounted(tag, wanted)):
            self._cache.put(wanted, manifest.body)
            return manifest
        request = self.request(tag.repository, f"manifests/{wanted or tag.name}", str(tag))
        return self._manifest(tag, self.ask(tag.repository, request), wanted)

    def get_tag_unless(self, tag: Tag, known: Digest) -> StoredManifest | None:
        """Read a tag's manifest unless it still is a known one: that costs one small request.

        A conditional GET where the registry is known to give ETags and lets manifests be read
        freely, else HEAD and then GET.
        """
        if self._reads_conditionally(tag.repository):
            manifest = self._get_tag_if_none_match(tag, known)
        else:
            manifest = None if self.head_tag(tag) == known else self.get_tag(tag)
        return None if manifest is None or manifest.digest == known else manifest

    def _get_tag_if_none_match(self, tag: Tag, known: Digest) -> StoredManifest | None:
        request = self.request(tag.repository, f"manifests/{tag.name}", str(tag))
        headers = {**request.headers, "If-None-Match": f'"{known}"'}
        reply = self.ask(tag.repository, replace(request, headers=headers))
        if reply.status == HTTPStatus.NOT_MODIFIED:
            return None
        return self._manifest(tag, reply, None)

    def get_manifest(self, tag: Tag, descriptor: Descriptor) -> bytes:
        """Read a manifest that the tag's index names."""
        return self._get(tag, _MANIFESTS, descriptor, MANIFEST_MAX_BYTES)

    def get_blob(self, tag: Tag, descriptor: Descriptor, max_bytes: int) -> bytes:
        """Read a blob that a manifest under the tag names."""
        return self._get(tag, "blobs", descriptor, max_bytes)

    def put_manifest(
        self,
        repository: Repository,
        reference: Tag | Digest,
        manifest: StoredManifest,
        *,
        at_once: bool = False,
    ) -> None:
        """Write a manifest under a tag or its digest; raises RemoteError or DigestMismatchError."""
        named = reference.name if isinstance(reference, Tag) else str(reference)
        about = f"writing {repository} {named}"
        request = replace(
            self.request(repository, f"manifests/{named}", about),
            method="PUT",
            headers={"Content-Type": manifest.media_type},
            body=manifest.body,
        )
        reply = self._authenticator.exchange(
            request, _api(repository), PULL_AND_PUSH, at_once=at_once
        )
        if reply.status != HTTPStatus.CREATED:
            raise refusal(reply, about)
        digest = _said_digest(reply)
        if digest is not None and not digest.matches(manifest.body):
            raise DigestMismatchError(
                f"{about}: {reply.origin} stored {digest} instead of {manifest.digest}"
            )

    def request(self, repository: Repository, path: str, about: str) -> Request:
        """Build the request to read something under a repository; `path` may have a query."""
        api = _api(repository)
        scheme = self._transport.settings(api.registry).scheme
        return Request(
            method="GET",
            url=f"{scheme}://{api.registry}/v2/{api.path}/{path}",
            registry=api.registry,
            about=about,
            max_bytes=MANIFEST_MAX_BYTES,
            headers={"Accept": ACCEPT},
        )

    def ask(self, repository: Repository, request: Request) -> Reply:
        """Read something of a repository, whatever the answer but 401 and 403 (DeniedError)."""
        return self._authenticator.exchange(request, _api(repository), PULL)

    def _get(self, tag: Tag, kind: str, descriptor: Descriptor, max_bytes: int) -> bytes:
        """Read content by digest, from memory if it was read before; checks digest and size."""
        about = f"{tag} ({kind.removesuffix('s')} {descriptor.digest})"
        if descriptor.size > max_bytes:
            raise MalformedError(
                f"{about}: it says {descriptor.size} bytes, at most {max_bytes} are read"
            )
        body = self._cache.get(descriptor.digest)
        if body is None:
            manifest = self._uncounted(tag, descriptor.digest) if kind == _MANIFESTS else None
            path = f"{kind}/{descriptor.digest}"
            body = manifest.body if manifest else self._fetch(tag, path, about, max_bytes)
            if not descriptor.digest.matches(body):
                raise DigestMismatchError(f"{about}: the registry sent other content")
            self._cache.put(descriptor.digest, body)
        if len(body) != descriptor.size:
            raise MalformedError(
                f"{about}: it is {len(body)} bytes, its descriptor says {descriptor.size}"
            )
        return body

    def _kept(self, digest: Digest) -> StoredManifest | None:
        body = self._cache.get(digest)
        media_type = manifest_type(body) if body is not None else None
        return StoredManifest(digest, media_type, body) if body is not None and media_type else None

    def _fetch(self, tag: Tag, path: str, about: str, max_bytes: int) -> bytes:
        request = self.request(tag.repository, path, about)
        reply = self.ask(tag.repository, replace(request, max_bytes=max_bytes))
        if reply.status == HTTPStatus.NOT_FOUND:
            raise missing_part(reply, about)
        if reply.status != HTTPStatus.OK:
            raise refusal(reply, about)
        return reply.body

    def _manifest(self, tag: Tag, reply: Reply, wanted: Digest | None) -> StoredManifest:
        _check_tag(reply, tag)
        digest = wanted or _said_digest(reply) or Digest.of(reply.body)
        if not digest.matches(reply.body):
            raise DigestMismatchError(
                f"{tag}: {reply.origin} sent a manifest that is not {digest}, as it says it is"
            )
        self._notice_etag(tag, reply, digest)
        self._cache.put(digest, reply.body)
        return StoredManifest(digest, reply.media_type, reply.body)

    def _reads_conditionally(self, repository: Repository) -> bool:
        gives_etags = self._gives_etags.get(_api(repository).registry, False)
        return gives_etags and not kind_of(repository).reads_are_counted

    def _notice_etag(self, tag: Tag, reply: Reply, digest: Digest | None) -> None:
        says = digest is not None and reply.headers.get("ETag") == f'"{digest}"'
        bounded(self._gives_etags)[_api(tag.repository).registry] = says


def _api(repository: Repository) -> Repository:
    return kind_of(repository).api(repository)


def _check_tag(reply: Reply, tag: Tag) -> None:
    if reply.status == HTTPStatus.NOT_FOUND:
        raise missing_tag(reply, str(tag))
    if reply.status != HTTPStatus.OK:
        raise refusal(reply, str(tag))


def _said_digest(reply: Reply) -> Digest | None:
    """Read Docker-Content-Digest; None if it is absent or no digest that we can check."""
    try:
        return Digest.parse(reply.headers.get("Docker-Content-Digest", ""))
    except MalformedError:
        return None
