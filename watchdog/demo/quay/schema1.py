"""What Quay gives a client that does not accept a tag's real type: another manifest altogether.

Of an index it takes the amd64 image, and what the client does not accept of that it turns into a
manifest of Docker's first schema, with a digest of its own.
"""

import json
from collections.abc import Mapping
from typing import Any

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import INDEX_TYPES
from watchdog.core.reference import Digest
from watchdog.demo.registry_content import RepositoryContent

SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
_AMD64 = {"architecture": "amd64", "os": "linux"}
_NOT_IN_SCHEMA_1 = {"rootfs", "history"}


def instead(
    manifest: StoredManifest,
    accepted: set[str],
    content: RepositoryContent,
    blobs: Mapping[Digest, bytes],
    name: tuple[str, str],
) -> StoredManifest:
    """Say what to answer in place of a manifest; `name` is the repository's path and the tag."""
    image = _amd64_of(manifest, content) if manifest.media_type in INDEX_TYPES else manifest
    if image.media_type in accepted:
        return image
    document = _document(image, blobs, *name)
    body = json.dumps(document, indent=3).encode()
    return StoredManifest(Digest.of(body), SCHEMA_1, body)


def _amd64_of(index: StoredManifest, content: RepositoryContent) -> StoredManifest:
    for entry in _read(index.body).get("manifests", []):
        if _AMD64.items() <= (entry.get("platform") or {}).items():
            return content.manifests.get(Digest.parse(entry["digest"]), index)
    return index


def _document(
    image: StoredManifest, blobs: Mapping[Digest, bytes], path: str, tag: str
) -> dict[str, object]:
    manifest = _read(image.body)
    config = _config(manifest, blobs)
    layers = [layer for layer in manifest.get("layers") or [] if isinstance(layer, dict)]
    history = config.get("history")
    top = dict(history[-1]) if isinstance(history, list) and history else {}
    known = {key: value for key, value in config.items() if key not in _NOT_IN_SCHEMA_1}
    known |= {
        "id": Digest.of(json.dumps(known).encode()).hex,
        "container_config": {"Cmd": [str(top.get("created_by", ""))]},
        "Size": sum(layer.get("size", 0) for layer in layers),
    }
    return {
        "tag": tag,
        "name": path,
        "architecture": config.get("architecture", "amd64"),
        "schemaVersion": 1,
        "history": [{"v1Compatibility": json.dumps(known)}],
        "fsLayers": [{"blobSum": layer.get("digest")} for layer in layers[::-1]],
    }


def _config(manifest: dict[str, Any], blobs: Mapping[Digest, bytes]) -> dict[str, Any]:
    descriptor = manifest.get("config")
    said = descriptor.get("digest") if isinstance(descriptor, dict) else None
    named = [blob for digest, blob in blobs.items() if str(digest) == said]
    return _read(named[0]) if named else {}


def _read(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
