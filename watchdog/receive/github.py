"""GitHub's `package` and `registry_package` events, for images at ghcr.io.

An image of several platforms is announced once for each manifest, all but the index without a
tag. `package_type` and `ecosystem` are written in either case and contradict each other even in
GitHub's own examples (octokit/webhooks 3a58428, payload-examples): one that says so suffices. The
host is ghcr.io whatever the event says; for GitHub Enterprise Server the hook's URL names it. The
times of an image's version are the year 1 in those examples: then none is known.
"""

from typing import Any

from watchdog.core.document import json_object, json_text
from watchdog.core.push import Push
from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook, a_digest, an_actor

HOST = "ghcr.io"
EVENTS = ("package", "registry_package")
ACTIONS = ("published", "updated")
CONTAINERS = frozenset({"container", "docker"})


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read an event; every other one than a package's is none of ours. Raises MalformedError."""
    event = hook.headers.get("x-github-event")
    if event and event not in EVENTS:
        return ()
    document = _document(hook)
    name = event or next((event for event in EVENTS if event in document), "package")
    package = json_object(document.get(name), f"`{name}`")
    if document.get("action") not in ACTIONS or not _is_container(package):
        return ()
    version = json_object(package.get("package_version"), "`package_version`")
    metadata = version.get("container_metadata") or {}
    tag = json_object(metadata, "`container_metadata`").get("tag") or {}
    if not json_object(tag, "`container_metadata.tag`").get("name"):
        return ()
    sender = document.get("sender")
    push = Push(
        hook.repository(HOST, _path(package, version)),
        (json_text(tag["name"], "`tag.name`"),),
        digest=a_digest(tag.get("digest")) or a_digest(version.get("version")),
        actor=an_actor(sender.get("login")) if isinstance(sender, dict) else None,
        at=hook.time(version.get("updated_at")),
    )
    push.references()
    return (push,)


def _document(hook: Hook) -> dict[str, Any]:
    if hook.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise MalformedError(
            "it came as a form: choose the content type application/json in the webhook's settings"
        )
    return hook.document()


def _is_container(package: dict[str, Any]) -> bool:
    registry = package.get("registry")
    said = (
        package.get("package_type"),
        package.get("ecosystem"),
        registry.get("type") if isinstance(registry, dict) else None,
    )
    return any(isinstance(word, str) and word.lower() in CONTAINERS for word in said)


def _path(package: dict[str, Any], version: dict[str, Any]) -> str:
    """Read owner and name from `ghcr.io/OWNER/NAME:TAG`, else put them together; in lower case."""
    url = version.get("package_url")
    if isinstance(url, str) and "/" in url:
        head, _, last = url.partition("/")[2].rpartition("/")
        path = f"{head}/{last.partition(':')[0]}"
    else:
        owner = json_text(package.get("namespace"), "`namespace`")
        path = f"{owner}/{json_text(package.get('name'), '`name`')}"
    return path.lower()
