"""The JSON that programs read: tags and histories, and whether this process and the store live."""

import hashlib
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from watchdog.core.memory import Move, TagMemory, TrustedBuild
from watchdog.core.pusher import Pusher
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.source import Source
from watchdog.core.verdict import Finding
from watchdog.errors import MalformedError
from watchdog.store.records import HISTORY_MAX, Records
from watchdog.web.paging import linked, page_of, read_limit
from watchdog.web.watched import (
    PolicyNow,
    WatchedTag,
    address_of,
    in_force,
    read_board,
    read_tag,
)

HISTORY_DEFAULT = 50
CURSOR_CHARS = 16


def api_blueprint(policy: PolicyNow, records: Records) -> Blueprint:
    """Make the endpoints; a StoreError is left to the application."""
    blueprint = Blueprint("api", __name__)

    @blueprint.get("/api/v1/tags")
    def tags() -> Response:
        return jsonify([_tag(watched) for watched in read_board(records, policy()).tags])

    @blueprint.get("/api/v1/tags/<path:reference>")
    def tag(reference: str) -> Response:
        try:
            board = read_tag(records, policy(), Tag.parse(reference))
        except MalformedError as error:
            abort(HTTPStatus.NOT_FOUND, str(error))
        if board is None:
            abort(HTTPStatus.NOT_FOUND, f"{reference} is not a watched tag")
        return jsonify(_tag(board.tags[0]))

    @blueprint.get("/api/v1/history")
    def history() -> Response:
        """Give a page of it; the `Link` header names the next one (RFC 8288)."""
        asked, limit = _asked_tag(), read_limit(HISTORY_DEFAULT, HISTORY_MAX)
        rows, rule = records.history(asked), policy().rule_for(asked)
        if not rows and read_tag(records, policy(), asked) is None:
            abort(HTTPStatus.NOT_FOUND, f"{asked} is not a watched tag")
        page = page_of(rows, _name_of, limit)
        return linked(jsonify([_move(row, rule) for row in page.rows]), page.cursor)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return jsonify({"status": "up"})

    @blueprint.get("/readyz")
    def readyz() -> Response:
        records.now()
        return jsonify({"status": "ready"})

    return blueprint


def _asked_tag() -> Tag:
    reference = request.args.get("tag")
    if not reference:
        abort(HTTPStatus.BAD_REQUEST, "which tag? Ask for /api/v1/history?tag=HOST/PATH:TAG")
    try:
        return Tag.parse(reference)
    except MalformedError as error:
        abort(HTTPStatus.BAD_REQUEST, str(error))


def _name_of(move: Move) -> str:
    """Name a row of a history, for a cursor: rows have no number of their own."""
    return hashlib.sha256(repr(move).encode("utf-8", "surrogatepass")).hexdigest()[:CURSOR_CHARS]


def _tag(watched: WatchedTag) -> dict[str, Any]:
    memory = watched.memory or TagMemory()
    conditions = [
        {"code": condition.code, "since": time_of(condition.since), "detail": condition.detail}
        for condition in in_force(memory)
    ]
    return {
        "tag": str(watched.tag),
        "digest": _text(memory.digest),
        "outcome": memory.outcome,
        "findings": _findings(memory.findings),
        "conditions": conditions,
        "source": _source(memory.source, watched.rule),
        "revision": memory.revision,
        "basis": memory.basis,
        "pusher": _pusher(memory.pusher),
        "repeated": memory.offender or None,
        "judged_at": time_of(memory.judged_at),
        "next_look_at": time_of(watched.next_look),
        "baseline": memory.baseline,
        "trusted": _trusted(memory.trusted, watched.rule),
    }


def _move(move: Move, rule: Rule | None) -> dict[str, Any]:
    return {
        "number": move.number,
        "at": time_of(move.at),
        "event": move.event,
        "digest": _text(move.digest),
        # What was only said about a build, such as an approval, has no findings.
        "outcome": move.outcome if move.findings else None,
        "findings": _findings(move.findings),
        "source": _source(move.source, rule),
        "revision": move.revision,
        "basis": move.basis,
        "actor": move.actor,
        "pusher": _pusher(move.pusher),
        "since": time_of(move.since),
        "until": time_of(move.until),
        "found_by": move.found,
    }


def _pusher(pusher: Pusher | None) -> dict[str, str] | None:
    """Name who moved a tag; address and program are for the alert alone."""
    return {"kind": pusher.kind, "name": pusher.name, "note": pusher.note} if pusher else None


def _trusted(build: TrustedBuild | None, rule: Rule | None) -> dict[str, Any] | None:
    if build is None:
        return None
    return {
        "digest": str(build.digest),
        "source": _source(build.source, rule),
        "revision": build.revision,
        "accepted_at": time_of(build.accepted_at),
    }


def _findings(findings: tuple[Finding, ...]) -> list[dict[str, str]]:
    return [
        {"code": finding.code, "outcome": finding.outcome, "detail": finding.detail}
        for finding in findings
    ]


def _source(source: Source | None, rule: Rule | None) -> str | None:
    return address_of(source, rule) if source else None


def time_of(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 has it, in UTC."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
