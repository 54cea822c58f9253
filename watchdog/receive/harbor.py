"""Harbor's webhooks, in its default format and as CloudEvents.

Both hold the same data; what Harbor calls the tag of an artifact pushed by digest is that digest
(goharbor/harbor c50c7dd, src/pkg/notifier/formats). `occur_at` are seconds; `time` is made of them.
"""

from dataclasses import replace

from watchdog.core.document import json_array, json_object, json_text
from watchdog.core.push import Push
from watchdog.receive.hook import Hook, a_digest, an_actor

PUSHED = frozenset({"PUSH_ARTIFACT", "harbor.artifact.pushed"})
RESOURCES_MAX = 200


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read an event; raises MalformedError with the reason."""
    document = hook.document()
    if json_text(document.get("type"), "`type`") not in PUSHED:
        return ()
    is_cloud_event = "specversion" in document
    field = "data" if is_cloud_event else "event_data"
    data = json_object(document.get(field), f"`{field}`")
    repository = json_object(data.get("repository"), "`repository`")
    path = json_text(repository.get("repo_full_name"), "`repo_full_name`")
    resources = json_array(data.get("resources"), "`resources`", RESOURCES_MAX)
    actor = an_actor(document.get("operator"))
    at = hook.time(document.get("time" if is_cloud_event else "occur_at"))
    pushes = (_push(hook, path, json_object(one, "`resources[]`")) for one in resources)
    return tuple(dict.fromkeys(replace(push, actor=actor, at=at) for push in pushes if push))


def _push(hook: Hook, path: str, resource: dict[str, object]) -> Push | None:
    """Read one resource; None for one that was pushed by digest."""
    tag = json_text(resource.get("tag"), "`tag`")
    if not tag or ":" in tag:
        return None
    url = resource.get("resource_url")
    host = url.partition("/")[0] if isinstance(url, str) else None
    repository = hook.repository(host, path)
    push = Push(repository, (tag,), digest=a_digest(resource.get("digest")))
    push.references()
    return push
