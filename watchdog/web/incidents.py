"""`GET /api/v1/incidents`: what is wrong, and what was, with its story."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request

from watchdog.store.incident_document import incident_document
from watchdog.store.incidents import Incidents

LISTED_MAX = 200
LISTED = 50


def incidents_blueprint(kept: Incidents) -> Blueprint:
    """Make the endpoints; a StoreError is left to the application."""
    blueprint = Blueprint("incidents", __name__, url_prefix="/api/v1/incidents")

    @blueprint.get("")
    def incidents() -> Response:
        """List those that are open, or with `?all=1` the newest, open or over."""
        everything, limit = request.args.get("all", "0"), _limit()
        if everything not in {"0", "1"}:
            abort(HTTPStatus.BAD_REQUEST, "`all` is 0 or 1")
        found = kept.newest(limit) if everything == "1" else kept.open()[:limit]
        return jsonify([incident_document(one) for one in found])

    @blueprint.get("/<identifier>")
    def incident(identifier: str) -> Response:
        found = kept.read(identifier)
        if not found:
            abort(HTTPStatus.NOT_FOUND, "there is no such incident, or no more")
        return jsonify(incident_document(found))

    return blueprint


def _limit() -> int:
    text = request.args.get("limit", str(LISTED))
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(LISTED_MAX))
    if not digits or not 1 <= int(text) <= LISTED_MAX:
        abort(HTTPStatus.BAD_REQUEST, f"`limit` is a number from 1 to {LISTED_MAX}")
    return int(text)
