"""Moving tags through Quay's API: restore, change, delete, expire. None of it sends a hook."""

import re

from watchdog.core.reference import Digest
from watchdog.demo.quay.answers import document, message, not_found, nothing, problem
from watchdog.demo.quay.calls import Call, endpoint
from watchdog.demo.quay.grants import Scope
from watchdog.demo.quay.tag_rows import list_tags
from watchdog.demo.registry_content import RepositoryContent
from watchdog.demo.registry_http import Answer

_VALID_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_INVALID_TAG = (
    'Invalid tag: must match [A-Za-z0-9_.-], NOT start with "." or "-", and can contain '
    "1-128 characters"
)


def restore(call: Call, path: str, tag: str) -> Answer:
    """Move a tag to any digest that the time machine still has; each call adds a row."""
    content = call.writable(path)
    said = call.body.get("manifest_digest")
    if said is None:
        raise problem(call.host, 400, "invalid_request", "Missing manifest_digest")
    digest = call.digest(said)
    if not restorable(call, path, digest):
        raise not_found(call.host)
    _must_be_mutable(call, content, tag, "overwrite")
    content.restore(tag, digest)
    call.note("revert_tag", path, reverted(path, call.actor.name, tag, digest))
    return document({})


def restorable(call: Call, path: str, digest: Digest) -> bool:
    """Tell whether a digest lives or ended within the window of the time machine."""
    content = call.books.content.repositories[path]
    remembered = content.moves.newest_first(call.books.content.window_s(path))
    past = {row.digest for row in remembered}
    return digest in content.manifests and (digest in past or digest in content.readable())


def reverted(path: str, person: str, tag: str, digest: Digest) -> dict[str, object]:
    """Say what the log says of a restore: no namespace."""
    name = path.partition("/")[2]
    return {"username": person, "repo": name, "tag": tag, "manifest_digest": str(digest)}


def change(call: Call, path: str, tag: str) -> Answer:
    """Move a tag to what is alive, let it expire, or make it immutable."""
    content = call.writable(path)
    if not _VALID_TAG.fullmatch(tag):
        raise message(400, _INVALID_TAG)
    body = call.body
    if "immutable" in body:
        _protect(call, path, tag, immutable=bool(body["immutable"]))
    if "expiration" in body:
        _expire_later(call, content, tag, body["expiration"])
    if "manifest_digest" in body:
        _move(call, path, tag, call.digest(body["manifest_digest"]))
    return document("Updated", 201)


def _protect(call: Call, path: str, tag: str, *, immutable: bool) -> None:
    content = call.repository(path, Scope.WRITE if immutable else Scope.ADMIN)
    if tag not in content.tags:
        raise not_found(call.host)
    content.moves.protect(tag, immutable=immutable)
    call.note("change_tag_immutability", path, _of(call, path, tag) | {"immutable": immutable})


def _expire_later(call: Call, content: RepositoryContent, tag: str, at_s: float | None) -> None:
    if tag not in content.tags:
        raise not_found(call.host)
    content.moves.expire(tag, None if at_s is None else round(float(at_s) * 1000))


def _move(call: Call, path: str, tag: str, digest: Digest) -> None:
    content = call.repository(path, Scope.WRITE)
    if digest not in content.living():
        raise not_found(call.host)
    _must_be_mutable(call, content, tag, "overwrite")
    before = content.tags.get(tag)
    content.point(tag, digest)
    metadata: dict[str, object] = {
        "username": call.actor.name,
        "repo": path.partition("/")[2],
        "tag": tag,
        "namespace": path.partition("/")[0],
        "manifest_digest": str(digest),
        "original_manifest_digest": None if before is None else str(before),
    }
    call.note("create_tag" if before is None else "move_tag", path, metadata)


def delete(call: Call, path: str, tag: str) -> Answer:
    """Delete a tag; it stays in the history."""
    content = call.writable(path)
    _must_be_mutable(call, content, tag, "delete")
    if not content.delete(tag):
        raise not_found(call.host)
    call.note("delete_tag", path, _of(call, path, tag))
    return nothing()


def expire(call: Call, path: str, _: str) -> Answer:
    """Take a digest out of the time machine, for good."""
    content = call.writable(path)
    digest = call.digest(call.body.get("manifest_digest"))
    content.moves.forget(digest)
    return document("")


def _must_be_mutable(call: Call, content: RepositoryContent, tag: str, verb: str) -> None:
    row = content.moves.alive.get(tag)
    if row is not None and row.immutable:
        raise problem(call.host, 409, "tag_immutable", f"Cannot {verb} immutable tag '{tag}'")


def _of(call: Call, path: str, tag: str) -> dict[str, object]:
    namespace, _, name = path.partition("/")
    return {"username": call.actor.name, "repo": name, "namespace": namespace, "tag": tag}


ENDPOINTS = (
    endpoint("GET", r"/tag/", list_tags),
    endpoint("POST", r"/tag/(?P<tag>[^/]+)/restore", restore),
    endpoint("POST", r"/tag/(?P<tag>[^/]+)/expire", expire),
    endpoint("PUT", r"/tag/(?P<tag>[^/]+)", change),
    endpoint("DELETE", r"/tag/(?P<tag>[^/]+)", delete),
)
