"""A repository's notifications, through Quay's API: whom it tells of pushes, and if it still does.

Source: endpoints/api/repositorynotification.py; all of it needs `repo:admin`.
"""

from urllib.parse import urlsplit

from watchdog.demo.quay.answers import RefusedError, document, invalid, not_found, nothing
from watchdog.demo.quay.calls import Call, endpoint
from watchdog.demo.quay.grants import Scope
from watchdog.demo.quay.hooks import PUSH, Notification
from watchdog.demo.quay.template import TemplateError
from watchdog.demo.registry_hooks import repo_push
from watchdog.demo.registry_http import Answer

_EVENTS = {PUSH, "vulnerability_found", "repo_image_expiry"}
_EVENTS |= {f"repo_mirror_sync_{how}" for how in ("started", "success", "failed")}
_EVENTS |= {f"build_{how}" for how in ("queued", "start", "success", "failure", "cancelled")}
_REQUIRED = ("event", "method", "config", "eventConfig")
_CRASH = b"\n".join(
    (
        b"<html>",
        b"  <head>",
        b"    <title>Internal Server Error</title>",
        b"  </head>",
        b"  <body>",
        b"    <h1><p>Internal Server Error</p></h1>",
        b"    ",
        b"  </body>",
        b"</html>",
        b"",
    )
)


def list_all(call: Call, path: str) -> Answer:
    """List a repository's notifications."""
    rows = _rows(call, path).values()
    return document({"notifications": [row.described for row in rows]})


def create(call: Call, path: str) -> Answer:
    """Create one; the same one twice is two."""
    _rows(call, path)
    body = call.body
    missing = next((name for name in _REQUIRED if name not in body), None)
    if missing:
        raise invalid(call.host, f"'{missing}' is a required property")
    if body["event"] not in _EVENTS:
        raise RefusedError(Answer(500, {"Content-Type": "text/html"}, _CRASH))
    _check_url(call, body["config"].get("url"))
    try:
        row = call.books.notifications.add(path, body)
    except TemplateError as error:
        raise invalid(call.host, str(error)) from error
    _note(call, path, "add_repo_notification", row)
    return document(row.described, 201)


def _check_url(call: Call, url: str | None) -> None:
    if not url:
        raise invalid(call.host, "Missing webhook URL")
    parts = urlsplit(url)
    refused = parts.hostname in call.books.notifications.refused_hosts
    if refused or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise invalid(call.host, "Invalid webhook URL")


def get(call: Call, path: str, uuid: str) -> Answer:
    """Describe one."""
    return document(_row(call, path, uuid).described)


def reset(call: Call, path: str, uuid: str) -> Answer:
    """Let Quay try again; what was dropped meanwhile stays so."""
    row = _row(call, path, uuid)
    row.hook.failures = 0
    _note(call, path, "reset_repo_notification", row)
    return nothing()


def test(call: Call, path: str, uuid: str) -> Answer:
    """Queue an event that looks like a push of `latest`, but for its last key."""
    payload = repo_push(call.host, path, "latest", "foo") | {"pruned_image_count": 3}
    call.books.notifications.sender.send(_row(call, path, uuid).hook, payload)
    return document({})


def delete(call: Call, path: str, uuid: str) -> Answer:
    """Delete one."""
    row = _row(call, path, uuid)
    del _rows(call, path)[uuid]
    _note(call, path, "delete_repo_notification", row)
    return nothing()


def _rows(call: Call, path: str) -> dict[str, Notification]:
    call.repository(path, Scope.ADMIN)
    return call.books.notifications.rows.setdefault(path, {})


def _row(call: Call, path: str, uuid: str) -> Notification:
    row = _rows(call, path).get(uuid)
    if row is None:
        raise not_found(call.host)
    return row


def _note(call: Call, path: str, kind: str, row: Notification) -> None:
    namespace, _, name = path.partition("/")
    named: dict[str, object] = {"repo": name, "namespace": namespace, "notification_id": row.uuid}
    call.note(kind, path, named | {"event": row.event, "method": row.method})


ENDPOINTS = (
    endpoint("GET", "/notification/", list_all),
    endpoint("POST", "/notification/", create),
    endpoint("GET", "/notification/(?P<uuid>[^/]+)", get),
    endpoint("POST", "/notification/(?P<uuid>[^/]+)", reset),
    endpoint("DELETE", "/notification/(?P<uuid>[^/]+)", delete),
    endpoint("POST", "/notification/(?P<uuid>[^/]+)/test", test),
)
