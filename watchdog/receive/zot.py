"""The events of zot: CloudEvents, as headers and data (binary mode) or as one JSON document.

They say name, reference and digest, and never at which host: the hook's URL has to name that. One
that is refused is not sent again (zot 6d19b44, pkg/extensions/events/http_sink.go).
"""

from typing import Any

from watchdog.core.document import json_object, json_text
from watchdog.core.push import Push
from watchdog.receive.hook import Hook, a_digest, an_actor

UPDATED = "zotregistry.image.updated"


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read an event; raises MalformedError with the reason."""
    kind, time, data = _event(hook)
    if kind != UPDATED:
        return ()
    reference = json_text(data.get("reference"), "`reference`")
    if ":" in reference:  # Pushed by digest: no tag moved.
        return ()
    actor = data.get("actor")
    push = Push(
        hook.repository(None, json_text(data.get("name"), "`name`")),
        (reference,),
        digest=a_digest(data.get("digest")),
        actor=an_actor(actor.get("name")) if isinstance(actor, dict) else None,
        at=hook.time(time),
    )
    push.references()
    return (push,)


def _event(hook: Hook) -> tuple[str, object, dict[str, Any]]:
    """Take a CloudEvent's type, time and data from wherever its mode puts them."""
    document = hook.document()
    if kind := hook.headers.get("ce-type"):
        return kind, hook.headers.get("ce-time"), document
    kind = json_text(document.get("type"), "`type`")
    data = json_object(document.get("data"), "`data`") if kind == UPDATED else {}
    return kind, document.get("time"), data
