"""What Quay's API tells of a manifest: its bytes, its layers, and its labels.

A label here is not what the image says: annotations override it, and people add their own.
"""

import json
import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from watchdog.core.observation import StoredManifest
from watchdog.core.reference import Digest
from watchdog.demo.quay.answers import RefusedError, document, in_words, message, not_found, nothing
from watchdog.demo.quay.books import Label
from watchdog.demo.quay.calls import Call, endpoint
from watchdog.demo.quay.grants import Scope
from watchdog.demo.quay.tag_rows import is_index, layers_size
from watchdog.demo.registry_http import Answer

_RESERVED = re.compile(r"(com\.docker|io\.docker|org\.opencontainers|quay)(\.|$)")
_DIGEST = r"(?P<digest>[^/:]+:[^/]+)"


def list_labels(call: Call, path: str, digest: str) -> Answer:
    """List labels, of which an index has none."""
    wanted = call.asked.query.get("filter", "")
    labels = _labels(call, path, _readable(call, path, digest))
    rows = [label.described for label in labels if label.key.startswith(wanted)]
    return document({"labels": rows})


def add_label(call: Call, path: str, digest: str) -> Answer:
    """Add a label without touching the manifest; some names are kept for the image's own."""
    call.writable(path)
    labels = _labels(call, path, _readable(call, path, digest))
    key, value = str(call.body.get("key")), str(call.body.get("value"))
    if _RESERVED.match(key):
        raise message(400, "Label has a reserved prefix")
    label = Label(str(uuid.uuid4()), key, value, "api")
    labels.append(label)
    call.note("manifest_label_add", path, _of(path, digest) | {"id": label.id, "key": key})
    where = f"/api/v1/repository/{path}/manifest/{digest}/labels/{label.id}"
    return document({"label": label.described}, 201, Location=where)


def delete_label(call: Call, path: str, digest: str, label_id: str) -> Answer:
    """Delete a label that somebody added; those of the image stay."""
    call.writable(path)
    labels = _labels(call, path, _readable(call, path, digest))
    label = next((label for label in labels if label.id == label_id), None)
    if label is None:
        raise not_found(call.host)
    if label.source == "manifest":
        said = b'{"message":"Cannot delete immutable label"}\n'
        raise RefusedError(Answer(400, {"Content-Type": "application/json"}, said))
    labels.remove(label)
    call.note("manifest_label_delete", path, _of(path, digest) | {"id": label.id})
    return nothing()


def describe(call: Call, path: str, digest: str) -> Answer:
    """Describe a manifest that can be read."""
    manifest = _readable(call, path, digest)
    content = call.repository(path, Scope.READ)
    index = is_index(content, manifest.digest)
    known = {} if index else json.loads(manifest.body)
    described = {
        "digest": str(manifest.digest),
        "is_manifest_list": index,
        "manifest_data": manifest.body.decode(),
        "config_media_type": None if index else known["config"]["mediaType"],
        "layers_compressed_size": layers_size(content, manifest.digest) or 0,
        "layers": None if index else _layers(known, config_of(call.books.content.blobs, manifest)),
    }
    return document(described)


def _layers(manifest: dict[str, Any], config: dict[str, Any]) -> list[dict[str, object]]:
    history = [entry for entry in config.get("history", []) if not entry.get("empty_layer")]
    return [
        _layer(index, layer, history[index] if index < len(history) else {})
        for index, layer in enumerate(manifest["layers"])
    ]


def _layer(index: int, layer: dict[str, Any], past: dict[str, Any]) -> dict[str, object]:
    return {
        "index": index,
        "compressed_size": layer["size"],
        "is_remote": False,
        "urls": None,
        "command": [past["created_by"]] if "created_by" in past else None,
        "comment": past.get("comment"),
        "author": past.get("author"),
        "blob_digest": layer["digest"],
        "created_datetime": _created(past.get("created")),
    }


def _created(text: object) -> str | None:
    try:
        return in_words(datetime.fromisoformat(str(text)).timestamp())
    except ValueError:
        return None


def config_of(blobs: Mapping[Digest, bytes], manifest: StoredManifest) -> dict[str, Any]:
    """Read an image's config; what cannot be read says nothing."""
    try:
        config = json.loads(manifest.body)["config"]["digest"]
        content = json.loads(blobs[Digest.parse(config)])
    except (ValueError, KeyError, TypeError):
        return {}
    return content if isinstance(content, dict) else {}


def _labels(call: Call, path: str, manifest: StoredManifest) -> list[Label]:
    known = call.books.labels
    if (path, manifest.digest) not in known:
        config = config_of(call.books.content.blobs, manifest)
        own = (config.get("config") or {}).get("Labels") or {}
        annotations = json.loads(manifest.body).get("annotations") or {}
        known[path, manifest.digest] = [
            Label(str(uuid.uuid4()), key, value, "manifest")
            for key, value in ({**own, **annotations} if config else {}).items()
        ]
    return known[path, manifest.digest]


def _readable(call: Call, path: str, text: str) -> StoredManifest:
    content, digest = call.repository(path, Scope.READ), call.digest(text)
    if digest not in content.living() or digest not in content.manifests:
        raise not_found(call.host)
    return content.manifests[digest]


def _of(path: str, digest: str) -> dict[str, object]:
    namespace, _, name = path.partition("/")
    return {"repo": name, "namespace": namespace, "manifest_digest": digest}


ENDPOINTS = (
    endpoint("GET", f"/manifest/{_DIGEST}/labels", list_labels),
    endpoint("POST", f"/manifest/{_DIGEST}/labels", add_label),
    endpoint("DELETE", f"/manifest/{_DIGEST}/labels/(?P<label>[^/]+)", delete_label),
    endpoint("GET", f"/manifest/{_DIGEST}", describe),
)
