"""`GET /api/v1/openapi.json`: the API for programs, as OpenAPI 3.1 describes one.

Written by hand; a test holds it against the routes that there are and what they really answer.
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response

from watchdog import __version__
from watchdog.receive.receivers import RECEIVERS
from watchdog.store.records import HISTORY_MAX
from watchdog.web.api import HISTORY_DEFAULT
from watchdog.web.incidents import LISTED, LISTED_MAX
from watchdog.web.openapi_schemas import (
    DIGEST,
    DURATION,
    EXPIRES,
    PATTERN,
    REASON,
    REVISION,
    SCHEMAS,
    TAG,
    TEXT,
    Schema,
    body,
    list_of,
    named,
)

Security = list[dict[str, list[str]]]
"""Ways to show who one is, of which one is enough; {} is none."""

JSON = "application/json"
PROBLEM = "application/problem+json"
_AN_ANSWER = named("Said")
_SAID = {"tag": TAG, "reason": REASON}
_WRITES = (400, 401, 403, 404, 409, 413)
_OPERATOR: Security = [{"operator": []}]
_APPROVER: Security = [{"operator": []}, {"approver": []}]
_READER: Security = [{}, {"operator": []}]
_LINK = {"Link": {"schema": TEXT, "description": 'the next page, `rel="next"`, if there is one'}}


def openapi_blueprint() -> Blueprint:
    """Make the endpoint."""
    blueprint = Blueprint("openapi", __name__)
    written = json.dumps(document())

    @blueprint.get("/api/v1/openapi.json")
    def openapi() -> Response:
        return Response(written, content_type=JSON)

    return blueprint


def document() -> dict[str, Any]:
    """Write the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "registry watchdog",
            "version": __version__,
            "description": "Whether container tags hold what they should. All times are UTC.",
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "paths": {**_reading(), **_answering(), **_beside()},
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "operator": _bearer("WATCHDOG_OPERATOR_TOKEN"),
                "approver": _bearer("WATCHDOG_APPROVAL_TOKEN"),
                "hook": {
                    **_bearer("WATCHDOG_HOOK_SECRET"),
                    "description": "or as HTTP Basic password, `?token=`, or as its sender can",
                },
            },
        },
    }


def _reading() -> dict[str, Any]:
    """Describe what is only read; with WATCHDOG_PUBLIC=nothing it takes an operator's token."""
    cursor = _query("cursor", TEXT, "from the `Link` header of the page before")
    history = [
        {**_query("tag", TAG, "which tag"), "required": True},
        _limit(HISTORY_DEFAULT, HISTORY_MAX),
        cursor,
    ]
    everything: Schema = {"type": "string", "enum": ["0", "1"], "default": "0"}
    incidents = [
        _query("all", everything, "1: also those that are over"),
        _limit(LISTED, LISTED_MAX),
        cursor,
    ]
    one_tag, one = _in_path("reference", TAG), _in_path("identifier", TEXT)
    return {
        "/api/v1/status": _get("The whole in a few numbers", named("Status")),
        "/api/v1/tags": _get("All watched tags by name", list_of(named("Tag"))),
        "/api/v1/tags/{reference}": _get("One watched tag", named("Tag"), [one_tag], (404,)),
        "/api/v1/history": _paged(
            _get("A tag's moves, newest first", list_of(named("Move")), history, (400, 404))
        ),
        "/api/v1/incidents": _paged(
            _get("Incidents, newest first", list_of(named("Incident")), incidents, (400,))
        ),
        "/api/v1/incidents/{identifier}": _get("An incident", named("Incident"), [one], (404,)),
        "/api/v1/health": _get("The watchdog about itself", named("Health")),
        "/api/v1/openapi.json": _get("This document", {"type": "object"}, errors=()),
    }


def _answering() -> dict[str, Any]:
    """Describe what people and pipelines answer."""
    build = {"digest": DIGEST, "revision": REVISION}
    either = ("digest", "revision")
    approval = body((*either, "expires"), **_SAID, **build, expires=EXPIRES)
    hush = body(pattern=PATTERN, reason=REASON, **{"for": DURATION})
    silences = _get("The silences in force", list_of(named("Silence")))
    silences |= _post("Do not tell of some tags for a while", hush, 201, named("Silence"))
    ended = _operation("End a silence", {200: _json(named("Silence"))}, _WRITES, _OPERATOR)
    ended["parameters"] = [_in_path("identifier", TEXT)]
    return {
        "/api/v1/acks": _post("Know of a wrong build", body(**_SAID, digest=DIGEST), 202),
        "/api/v1/approvals": _post("Call a build right", approval, 201, security=_APPROVER),
        "/api/v1/reverts": _post("Put a build back", body(("to",), **_SAID, to=DIGEST), 202),
        "/api/v1/rejections": _post("Call a build wrong", body(either, **_SAID, **build), 201),
        "/api/v1/trusts": _post("Make a build the trusted one", body(**_SAID, digest=DIGEST), 202),
        "/api/v1/silences": silences,
        "/api/v1/silences/{identifier}": {"delete": ended},
    }


def _beside() -> dict[str, Any]:
    """Describe what is beside the API: hooks, feed, badge, metrics, probes."""
    picture = {"content": {"image/svg+xml": {"schema": TEXT}}}
    name = _in_path("name", {"type": "string", "enum": sorted(RECEIVERS)})
    hook = _operation(
        "What a registry says of a push", {202: _json(named("Queued"))}, (400, 401, 404, 413)
    )
    registry = _query("registry", TEXT, "the host as the policy writes it")
    hook |= {"parameters": [name, registry], "security": [{"hook": []}]}
    hook["requestBody"] = {"content": {JSON: {"schema": {"type": "object"}}}}
    badge = _operation("How a tag stands", {200: picture, 404: picture, 503: picture})
    badge["parameters"] = [_in_path("reference", TAG)]
    return {
        "/hooks/{name}": {"post": hook},
        "/badge/{reference}.svg": {"get": badge},
        "/feed.atom": {"get": _text("The newest incidents", "application/atom+xml")},
        "/metrics": {"get": _text("What a Prometheus reads", "text/plain")},
        "/healthz": _get("Whether the process lives", named("Up"), errors=(), security=[]),
        "/readyz": _get("Whether the store answers", named("Up"), security=[]),
    }


def _operation(
    summary: str,
    answers: Mapping[int, Schema],
    errors: Iterable[int] = (),
    security: Security = _READER,
) -> dict[str, Any]:
    """Describe one method of a path; whatever reads the store may find it away."""
    said = {status: {"description": HTTPStatus(status).phrase} for status in (*answers, *errors)}
    problem = {"content": {PROBLEM: {"schema": named("Problem")}}}
    described = {
        str(status): {**words, **answers.get(status, problem)} for status, words in said.items()
    }
    return {"summary": summary, "responses": described, "security": security}


def _get(
    summary: str,
    schema: Schema,
    parameters: Iterable[Schema] = (),
    errors: Iterable[int] = (),
    security: Security = _READER,
) -> dict[str, Any]:
    answers: dict[int, Schema] = {200: _json(schema)}
    if security:
        answers[304] = {}
        errors = (*errors, 401)
    operation = _operation(summary, answers, (*errors, 503), security)
    return {"get": {**operation, "parameters": list(parameters)}}


def _paged(path: dict[str, Any]) -> dict[str, Any]:
    path["get"]["responses"]["200"]["headers"] = _LINK
    return path


def _post(
    summary: str,
    fields: Schema,
    status: int,
    answer: Schema = _AN_ANSWER,
    security: Security = _OPERATOR,
) -> dict[str, Any]:
    operation = _operation(summary, {status: _json(answer)}, (*_WRITES, 503), security)
    content = {"required": True, "content": {JSON: {"schema": fields}}}
    return {"post": {**operation, "requestBody": content}}


def _text(summary: str, kind: str) -> dict[str, Any]:
    return _operation(summary, {200: {"content": {kind: {"schema": TEXT}}}, 304: {}}, (401, 503))


def _json(schema: Schema) -> Schema:
    return {"content": {JSON: {"schema": schema}}}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _in_path(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _limit(default: int, most: int) -> Schema:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return _query("limit", schema, "how many rows")


def _bearer(variable: str) -> Schema:
    return {"type": "http", "scheme": "bearer", "description": f"a token of {variable}"}
