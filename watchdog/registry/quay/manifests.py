"""Reading a manifest by digest without a row in anyone's usage log.

Quay logs a pull for each manifest that is read by the distribution API, by digest too (quay/quay
endpoints/v2/manifest.py), and such rows bury the pushes; its own API logs none
(endpoints/api/manifest.py).
"""

from collections.abc import Collection
from http import HTTPStatus

from watchdog.core.document import decode_json
from watchdog.core.observation import StoredManifest
from watchdog.core.oci import INDEX_TYPES, MANIFEST_MAX_BYTES, manifest_type
from watchdog.core.reference import Digest, Tag
from watchdog.errors import MalformedError
from watchdog.registry.content import Uncounted
from watchdog.registry.exchange import Reply
from watchdog.registry.quay.api import Call, QuayApi

DESCRIPTION_MAX_BYTES = 4 * MANIFEST_MAX_BYTES
"""The manifest is a JSON text in it, and beside it stands what made each layer."""
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


def uncounted_on(api: QuayApi, hosts: Collection[str]) -> Uncounted:
    """Make what reads manifests in this way where their registry is one of these Quays."""

    def read(tag: Tag, digest: Digest) -> StoredManifest | None:
        return read_manifest(api, tag, digest) if tag.repository.registry in hosts else None

    return read


def read_manifest(api: QuayApi, tag: Tag, digest: Digest) -> StoredManifest | None:
    """Read a manifest of a tag's repository, verified; None where this API does not give it.

    That is whatever it refuses, what only a hidden tag holds, and what it answers otherwise than
    Quay does. Raises a retryable RemoteError where it gives no answer, or asks for patience.
    """
    path = f"repository/{api.path_of(tag.repository)}/manifest/{digest}"
    about = f"{tag} (manifest {digest})"
    call = Call(tag.repository.registry, path, about, max_bytes=DESCRIPTION_MAX_BYTES)
    try:
        reply = api.ask(call)
        if reply.status in _BUSY:
            raise api.refused(call, reply)
        return _manifest(reply, digest, about) if reply.status == HTTPStatus.OK else None
    except MalformedError:
        return None


def _manifest(reply: Reply, digest: Digest, about: str) -> StoredManifest | None:
    """Take the bytes if they are the right ones, and their type if all that is said agrees."""
    document = decode_json(reply.body, about)
    data = document.get("manifest_data")
    body = data.encode() if isinstance(data, str) else b""
    if len(body) > MANIFEST_MAX_BYTES or not digest.matches(body):
        return None
    media_type = manifest_type(body)
    if media_type is None or (media_type in INDEX_TYPES) is not document.get("is_manifest_list"):
        return None
    return StoredManifest(digest, media_type, body)
