"""Quay's repositories: what a token sees of one, the list of a namespace, and its state."""

import re

from watchdog.demo.quay.answers import document, in_words, invalid, problem
from watchdog.demo.quay.calls import REPOSITORY, Call, Endpoint, without_person
from watchdog.demo.quay.grants import Scope
from watchdog.demo.quay.pages import page_of
from watchdog.demo.quay.tag_rows import layers_size
from watchdog.demo.registry_content import RepositoryContent
from watchdog.demo.registry_http import Answer

REPOSITORIES_PER_PAGE = 100
_STATES = {"NORMAL", "READ_ONLY", "MIRROR"}


def describe(call: Call, path: str) -> Answer:
    """Describe one repository: what may this token do, and how long is the past remembered?"""
    content = call.repository(path, Scope.READ)
    namespace, _, name = path.partition("/")
    described = {
        "namespace": namespace,
        "name": name,
        "kind": "image",
        "description": "",
        "is_public": content.public,
        "is_organization": True,
        "is_starred": False,
        "status_token": "",
        "trust_enabled": False,
        "tag_expiration_s": call.books.content.window_s(path),
        "is_free_account": True,
        "state": content.state,
    }
    if call.asked.query.get("includeTags", "true").lower() == "true":
        described["tags"] = _tags(content)
    writable = content.state == "NORMAL"
    described["can_write"] = call.grant is not None and call.grant.may(Scope.WRITE) and writable
    described["can_admin"] = call.grant is not None and call.grant.may(Scope.ADMIN)
    return document(described)


def _tags(content: RepositoryContent) -> dict[str, object]:
    return {
        tag: {
            "name": tag,
            "size": layers_size(content, row.digest),
            "last_modified": in_words(row.start_ms / 1000),
            "manifest_digest": str(row.digest),
        }
        for tag, row in content.moves.alive.items()
    }


def list_repositories(call: Call) -> Answer:
    """Answer one page of what this token may see of a namespace, in the order of creation."""
    query = call.asked.query
    if not {"namespace", "public", "starred"} & query.keys():
        raise invalid(call.host, "namespace, starred or public are required for this API call")
    mine = call.grant is not None and call.grant.may(Scope.READ)
    seen = [
        _row(call, path, content)
        for path, content in call.books.content.repositories.items()
        if path.startswith(f"{query['namespace']}/" if "namespace" in query else "")
        and (mine or (content.public and "public" in query))
    ]
    rows, following = page_of(seen, query.get("next_page"), REPOSITORIES_PER_PAGE)
    return document({"repositories": rows, **following})


def _row(call: Call, path: str, content: RepositoryContent) -> dict[str, object]:
    namespace, _, name = path.partition("/")
    row: dict[str, object] = {
        "namespace": namespace,
        "name": name,
        "description": "",
        "is_public": content.public,
        "kind": "image",
        "state": content.state,
    }
    if call.asked.query.get("last_modified") == "true":
        starts = [move.start_ms // 1000 for move in content.moves.alive.values()]
        row["last_modified"] = max(starts, default=None)
    return row if call.grant is None else row | {"is_starred": False}


def change_state(call: Call, path: str) -> Answer:
    """Freeze a repository, or let it be written to again."""
    content = call.repository(path, Scope.ADMIN)
    state = call.body.get("state")
    if state not in _STATES:
        raise invalid(call.host, f"{state!r} is not one of {sorted(_STATES)}")
    content.state = str(state)
    namespace, _, name = path.partition("/")
    metadata = {"namespace": namespace, "repo": name, "state_changed": state}
    call.note("change_repo_state", path, dict(metadata))
    return document({"success": True})


def user(call: Call) -> Answer:
    """Say who the token's person is, for those who may know."""
    if call.grant is None or not call.grant.may(Scope.USER):
        raise without_person(call.host)
    return document({"anonymous": False, "username": call.grant.person})


def organization_notifications(call: Call, _: str) -> Answer:
    """Refuse: only quotas can be notified of by organization, and that is off."""
    raise problem(call.host, 404, "not_found", "Not Found")


def redirected(call: Call, path: str) -> Answer:
    """Send a request without its last slash to the one with it, as werkzeug does."""
    where = f"http://{call.host}{path}/"
    text = (
        "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n"
        "<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: "
        f'<a href="{where}">{where}</a>. If not, click the link.\n'
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Location": where}
    return Answer(308, headers, text.encode())


def about_error(call: Call, kind: str) -> Answer:
    """Explain a kind of error, as the `type` of a refusal promises."""
    if kind not in _DESCRIPTIONS:
        raise problem(call.host, 404, "not_found", "Not Found")
    where = f"http://{call.host}/api/v1/error/{kind}"
    return document({"type": where, "title": kind, "description": _DESCRIPTIONS[kind]})


_DESCRIPTIONS = {"invalid_token": "The access token provided was invalid."}
ENDPOINTS = (
    Endpoint("GET", re.compile(r"/api/v1/repository"), list_repositories),
    Endpoint("GET", re.compile(r"/api/v1/user/"), user),
    Endpoint("GET", re.compile(r"/api/v1/error/([a-z_]+)"), about_error),
    Endpoint("GET", re.compile(r"(/api/v1/organization/[^/]+/notifications)"), redirected),
    Endpoint(
        "GET",
        re.compile(r"/api/v1/organization/([^/]+)/notifications/"),
        organization_notifications,
    ),
    Endpoint("PUT", re.compile(REPOSITORY + "/changestate"), change_state),
)
DESCRIBE = Endpoint("GET", re.compile(REPOSITORY), describe)
"""Tried last: a repository's name may have slashes in it."""
