"""Docker Hub's webhook: repository, tag, who pushed and when; no digest, no signature, no test.

Its form takes nothing but a URL, so the secret is in that (docs.docker.com, "Webhooks").
"""

from watchdog.core.document import json_object, json_text
from watchdog.core.push import Push
from watchdog.receive.hook import Hook, an_actor

HOST = "docker.io"


def parse(hook: Hook) -> tuple[Push, ...]:
    """Read a push; raises MalformedError with the reason."""
    document = hook.document()
    push_data = json_object(document.get("push_data"), "`push_data`")
    repository = json_object(document.get("repository"), "`repository`")
    path = json_text(repository.get("repo_name"), "`repo_name`")
    if not push_data.get("tag"):
        return ()
    push = Push(
        hook.repository(HOST, path),
        (json_text(push_data["tag"], "`tag`"),),
        actor=an_actor(push_data.get("pusher")),
        at=hook.time(push_data.get("pushed_at")),
    )
    push.references()
    return (push,)
