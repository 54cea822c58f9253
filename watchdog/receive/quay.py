"""Quay's `repo_push` notification.

Its body has six strings and the tags; no digest, no pusher, no time (quay/quay ffba0c70e,
notifications/__init__.py). A body made by a template of the repository's owner may hold less:
`docker_url` and `updated_tags` suffice. What is read is bounded by the size of the body.
"""

from typing import Any

from watchdog.core.push import Push
from watchdog.core.reference import Repository
from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook

TAGS_MAX = 200


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read a hook; raises MalformedError with the reason."""
    document = hook.document()
    push = Push(
        repository=_repository(hook, document.get("docker_url")),
        tags=_tags(document.get("updated_tags")),
        test=_is_test(document),
    )
    push.references()
    return (push,)


def _repository(hook: Hook, value: object) -> Repository:
    if not isinstance(value, str):
        raise MalformedError("`docker_url` is missing or no text; Quay sends HOST/NAMESPACE/NAME")
    host, _, path = value.partition("/")
    try:
        return hook.repository(host, path)
    except MalformedError as error:
        raise MalformedError(f"`docker_url`: {error}") from error


def _tags(value: object) -> tuple[str, ...]:
    """Read the tags: a list; from old Quay an object of tag and image id."""
    if not isinstance(value, list | dict):
        raise MalformedError(
            "`updated_tags` is missing or no list; in a template write"
            ' "updated_tags": "${updated_tags}"'
        )
    if len(value) > TAGS_MAX:
        raise MalformedError(f"`updated_tags` names {len(value)} tags; at most {TAGS_MAX} are read")
    if not all(isinstance(name, str) for name in value):
        raise MalformedError("`updated_tags` holds something that is no text")
    return tuple(dict.fromkeys(value))


def _is_test(document: dict[str, Any]) -> bool:
    """Tell a test of the hook, which looks like a push of `latest` but for this one number.

    A template that asks for it gets null with a real push (quay/quay util/jsontemplate.py). Old
    Quay counted pruned images in real pushes too; it is known by its object of tags.
    """
    counted = type(document.get("pruned_image_count")) is int
    return counted and isinstance(document["updated_tags"], list)
