"""`GET /api/v1/incidents`: what is wrong, and what was, with its story.

Who said what in it is for operators, who ask with their token.
"""

from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request

from watchdog.store.incident_document import incident_document
from watchdog.store.incidents import Incidents
from watchdog.web.operators import Doors
from watchdog.web.paging import cut, linked, read_cursor, read_limit, refuse_cursor

LISTED_MAX = 200
LISTED = 50


def incidents_blueprint(kept: Incidents, doors: Doors) -> Blueprint:
    """Make the endpoints; a StoreError is left to the application."""
    blueprint = Blueprint("incidents", __name__, url_prefix="/api/v1/incidents")

    @blueprint.get("")
    def incidents() -> Response:
        """List a page of those that are open, or with `?all=1` of all, the newest first."""
        everything, limit = request.args.get("all", "0"), read_limit(LISTED, LISTED_MAX)
        if everything not in {"0", "1"}:
            abort(HTTPStatus.BAD_REQUEST, "`all` is 0 or 1")
        found = kept.page(limit + 1, read_cursor(), only_open=everything == "0")
        if found is None:
            refuse_cursor()
        page = cut(found, lambda one: one.id, limit)
        people = doors.knows(request)
        documents = [incident_document(one, people=people) for one in page.rows]
        return linked(jsonify(documents), page.cursor)

    @blueprint.get("/<identifier>")
    def incident(identifier: str) -> Response:
        found = kept.read(identifier)
        if not found:
            abort(HTTPStatus.NOT_FOUND, "there is no such incident, or no more")
        return jsonify(incident_document(found, people=doors.knows(request)))

    return blueprint
