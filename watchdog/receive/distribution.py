"""The notifications of CNCF distribution 2 and 3, and of registries built on it.

An envelope of events, sent as `application/vnd.docker.distribution.events.v1+json` (v2 since 3.0)
with headers of the operator's choice. Only a push that moved a tag has `target.tag`; pulls (our
own among them), deletions, blobs and pushes by digest are no concern of ours. The registry sends
one event after the other and repeats each until it is answered 2xx or 3xx (notifications/http.go):
an event refused would hold up all that follow.
"""

import logging

from watchdog.core.document import json_array, json_object, json_text
from watchdog.core.push import Push
from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook, a_digest, an_actor

EVENTS_MAX = 1000

logger = logging.getLogger(__name__)


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read the pushes of tags in an envelope; raises MalformedError with the reason.

    `request.host` is what a client wrote into its request: an event whose host cannot be one is
    passed over and logged, so that no client can stop all hooks.
    """
    events = json_array(hook.document().get("events"), "`events`", EVENTS_MAX)
    pushes = (_push(hook, json_object(event, "`events[]`")) for event in events)
    return tuple(dict.fromkeys(push for push in pushes if push))


def _push(hook: Hook, event: dict[str, object]) -> Push | None:
    """Read one event; None for one that moved no tag."""
    target = json_object(event.get("target"), "`target`")
    if event.get("action") != "push" or not target.get("tag"):
        return None
    path = json_text(target.get("repository"), "`repository`")
    tag = json_text(target["tag"], "`tag`")
    request, actor = event.get("request"), event.get("actor")
    host = request.get("host") if isinstance(request, dict) else None
    try:
        repository = hook.repository(host if isinstance(host, str) else None, path)
    except MalformedError as error:
        if hook.registry:
            raise
        logger.warning("Passed over a push of %r: %s", f"{path[:255]}:{tag[:128]}", error)
        return None
    push = Push(
        repository,
        (tag,),
        digest=a_digest(target.get("digest")),
        actor=an_actor(actor.get("name")) if isinstance(actor, dict) else None,
        at=hook.time(event.get("timestamp")),
    )
    push.references()
    return push
