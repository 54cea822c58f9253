"""One repository's manifests and blobs as bytes, verified against their digests.

What the bytes mean is left to `client`.
"""

from dataclasses import replace
from http import HTTPStatus

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import ACCEPT, MANIFEST_MAX_BYTES, Descriptor
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import DigestMismatchError, MalformedError
from watchdog.registry.auth import PULL, PULL_AND_PUSH, Authenticator
from watchdog.registry.cache import ContentCache
from watchdog.registry.exchange import Reply, Request
from watchdog.registry.failures import missing_part, missing_tag, refusal
from watchdog.registry.transport import Transport

# Docker Hub's images are named after a host that does not serve them.
_API_HOSTS = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


class ContentClient:
    """Reads and writes content by tag and digest; thread safe."""

    def __init__(
        self, transport: Transport, authenticator: Authenticator, cache: ContentCache
    ) -> None:
        self._transport = transport
        self._authenticator = authenticator
        self._cache = cache

    def head_tag(self, tag: Tag) -> Digest | None:
        """Ask for a tag's digest without its body; None if the server does not say it."""
        reply = self._authenticator.exchange(
            self._request("HEAD", tag.repository, f"manifests/{tag.name}", str(tag)),
            tag.repository,
            PULL,
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            raise missing_tag(reply, str(tag))
        if reply.status != HTTPStatus.OK:
            raise refusal(reply, str(tag))
        return _said_digest(reply)

    def get_tag(self, tag: Tag, wanted: Digest | None = None) -> StoredManifest:
        """Read a tag's manifest, or a wanted one by digest; its digest is what the bytes hash to.

        Raises NotFoundError, and DigestMismatchError where it is another one than said or wanted.
        """
        reference = str(wanted or tag.name)
        reply = self._authenticator.exchange(
            self._request("GET", tag.repository, f"manifests/{reference}", str(tag)),
            tag.repository,
            PULL,
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            raise missing_tag(reply, str(tag))
        if reply.status != HTTPStatus.OK:
            raise refusal(reply, str(tag))
        digest = wanted or _said_digest(reply) or Digest.of(reply.body)
        if not digest.matches(reply.body):
            raise DigestMismatchError(
                f"{tag}: {reply.origin} sent a manifest that is not {digest}, as it says it is"
            )
        return StoredManifest(digest, reply.media_type, reply.body)

    def get_manifest(self, tag: Tag, descriptor: Descriptor) -> bytes:
        """Read a manifest that the tag's index names."""
        return self._get(tag, "manifests", descriptor, MANIFEST_MAX_BYTES)

    def get_blob(self, tag: Tag, descriptor: Descriptor, max_bytes: int) -> bytes:
        """Read a blob that a manifest under the tag names."""
        return self._get(tag, "blobs", descriptor, max_bytes)

    def _get(self, tag: Tag, kind: str, descriptor: Descriptor, max_bytes: int) -> bytes:
        """Read content by digest, from memory if it was read before; checks digest and size."""
        about = f"{tag} ({kind.removesuffix('s')} {descriptor.digest})"
        if descriptor.size > max_bytes:
            raise MalformedError(
                f"{about}: it says {descriptor.size} bytes, at most {max_bytes} are read"
            )
        body = self._cache.get(descriptor.digest)
        if body is None:
            body = self._fetch(tag.repository, f"{kind}/{descriptor.digest}", about, max_bytes)
            if not descriptor.digest.matches(body):
                raise DigestMismatchError(f"{about}: the registry sent other content")
            self._cache.put(descriptor.digest, body)
        if len(body) != descriptor.size:
            raise MalformedError(
                f"{about}: it is {len(body)} bytes, its descriptor says {descriptor.size}"
            )
        return body

    def _fetch(self, repository: Repository, path: str, about: str, max_bytes: int) -> bytes:
        request = self._request("GET", repository, path, about)
        reply = self._authenticator.exchange(
            replace(request, max_bytes=max_bytes), repository, PULL
        )
        if reply.status == HTTPStatus.NOT_FOUND:
            raise missing_part(reply, about)
        if reply.status != HTTPStatus.OK:
            raise refusal(reply, about)
        return reply.body

    def put_manifest(
        self, repository: Repository, reference: Tag | Digest, manifest: StoredManifest
    ) -> None:
        """Write a manifest under a tag or its digest; raises RemoteError or DigestMismatchError."""
        named = reference.name if isinstance(reference, Tag) else str(reference)
        about = f"writing {repository} {named}"
        request = replace(
            self._request("PUT", repository, f"manifests/{named}", about),
            headers={"Content-Type": manifest.media_type},
            body=manifest.body,
        )
        reply = self._authenticator.exchange(request, repository, PULL_AND_PUSH)
        if reply.status != HTTPStatus.CREATED:
            raise refusal(reply, about)
        digest = _said_digest(reply)
        if digest is not None and not digest.matches(manifest.body):
            raise DigestMismatchError(
                f"{about}: {reply.origin} stored {digest} instead of {manifest.digest}"
            )

    def _request(self, method: str, repository: Repository, path: str, about: str) -> Request:
        host = _API_HOSTS.get(repository.registry, repository.registry)
        scheme = self._transport.settings(host).scheme
        return Request(
            method=method,
            url=f"{scheme}://{host}/v2/{repository.path}/{path}",
            registry=host,
            about=about,
            max_bytes=MANIFEST_MAX_BYTES,
            headers={"Accept": ACCEPT},
        )


def _said_digest(reply: Reply) -> Digest | None:
    """Read Docker-Content-Digest; None if it is absent or no digest that we can check."""
    try:
        return Digest.parse(reply.headers.get("Docker-Content-Digest", ""))
    except MalformedError:
        return None
