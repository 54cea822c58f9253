"""The notifications of a repository: what Quay tells, to whom, and whether it still does.

All of it takes a token with `repo:admin`.
Source: quay/quay endpoints/api/repositorynotification.py.
"""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from watchdog.core.document import decode_json, json_array, json_object
from watchdog.core.message import plain
from watchdog.core.quay_hook import EVENT, METHOD, Notification
from watchdog.core.reference import Repository
from watchdog.errors import MalformedError
from watchdog.registry.exchange import Reply
from watchdog.registry.quay.api import Call, QuayApi

NOTIFICATIONS_MAX = 200
TITLE_MAX_CHARS = 200
_NEEDS = "repo:admin"


def list_notifications(api: QuayApi, repository: Repository) -> tuple[Notification, ...]:
    """List a repository's notifications; raises RemoteError or MalformedError."""
    call = _call(api, repository, f"the notifications of {repository}")
    rows = json_array(api.read(call).get("notifications"), call.about, NOTIFICATIONS_MAX)
    return tuple(_notification(row, call.about) for row in rows)


def create_notification(
    api: QuayApi, repository: Repository, config: Mapping[str, str], title: str
) -> Notification:
    """Make Quay tell of pushes to where `config` says; raises RemoteError or MalformedError.

    Quay takes the same one twice, and then sends each event twice.
    """
    body = {"event": EVENT, "method": METHOD, "config": dict(config), "eventConfig": {}}
    call = replace(
        _call(api, repository, f"a new notification of {repository}"),
        method="POST",
        body={**body, "title": title},
    )
    reply = _carry_out(api, call, HTTPStatus.CREATED)
    return _notification(decode_json(reply.body, call.about), call.about)


def reset_notification(api: QuayApi, repository: Repository, uuid: str) -> None:
    """Set the failures to 0, so that it is sent again; what was lost meanwhile stays lost."""
    about = f"resetting a notification of {repository}"
    call = replace(_call(api, repository, about, uuid), method="POST")
    _carry_out(api, call, HTTPStatus.NO_CONTENT)


def send_test(api: QuayApi, repository: Repository, uuid: str) -> None:
    """Queue a test, which Quay sends within about 10 s, unless the notification is disabled."""
    about = f"testing a notification of {repository}"
    call = replace(_call(api, repository, about, f"{uuid}/test"), method="POST")
    _carry_out(api, call, HTTPStatus.OK)


def delete_notification(api: QuayApi, repository: Repository, uuid: str) -> None:
    """Delete a notification; one that is gone raises NotFoundError."""
    about = f"deleting a notification of {repository}"
    call = replace(_call(api, repository, about, uuid), method="DELETE")
    _carry_out(api, call, HTTPStatus.NO_CONTENT)


def _call(api: QuayApi, repository: Repository, about: str, which: str = "") -> Call:
    path = f"repository/{api.path_of(repository)}/notification/{which}"
    return Call(repository.registry, path, about, needs=_NEEDS)


def _carry_out(api: QuayApi, call: Call, status: HTTPStatus) -> Reply:
    reply = api.ask(call)
    if reply.status != status:
        raise api.refused(call, reply)
    return reply


def _notification(row: object, about: str) -> Notification:
    """Read a row; a URL is read as it stands, for it may be no URL at all (e-mail, Slack)."""
    document = json_object(row, about)
    config = document.get("config")
    config = config if isinstance(config, dict) else {}
    failures, uuid = document.get("number_of_failures"), document.get("uuid")
    if type(failures) is not int or not isinstance(uuid, str) or not _is_plain(uuid):
        raise MalformedError(f"{about}: one has no usable `uuid` or `number_of_failures`")
    return Notification(
        uuid=uuid,
        title=plain(str(document.get("title") or ""), TITLE_MAX_CHARS),
        event=str(document.get("event")),
        method=str(document.get("method")),
        failures=failures,
        url=_text(config.get("url")),
        template=_text(config.get("template")),
    )


def _is_plain(uuid: str) -> bool:
    """Tell whether an id can stand in a path."""
    return bool(uuid) and uuid.replace("-", "").isalnum() and uuid.isascii()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
