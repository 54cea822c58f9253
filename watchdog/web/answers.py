"""`POST /api/v1/…`: what people and pipelines answer, as the command line says it, too.

Each body is a small JSON object of texts; errors are problem documents: 400 says what is wrong with
the body, 404 that no rule watches the tag, 409 why it cannot be as things stand.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from watchdog.core.answer import Answerer, AnswerKind, read_answer, read_hush
from watchdog.core.document import decode_json
from watchdog.errors import MalformedError, RefusedError
from watchdog.store.answering import Answering
from watchdog.store.incident_document import silence_document
from watchdog.web.operators import Doors
from watchdog.web.problem import problem
from watchdog.web.watched import PolicyNow

BODY_MAX_BYTES = 16 * 1024
ENDPOINTS = {
    "acks": AnswerKind.ACK,
    "approvals": AnswerKind.APPROVAL,
    "reverts": AnswerKind.REVERT,
    "rejections": AnswerKind.REJECTION,
    "trusts": AnswerKind.TRUST,
}
_AT_ONCE = {AnswerKind.APPROVAL, AnswerKind.REJECTION}
"""What counts from now on; the others wait for a look."""

logger = logging.getLogger(__name__)


def answers_blueprint(policy: PolicyNow, answering: Answering, doors: Doors) -> Blueprint:
    """Make the endpoints; a StoreError is left to the application."""
    blueprint = Blueprint("answers", __name__, url_prefix="/api/v1")
    blueprint.register_error_handler(MalformedError, _malformed)
    blueprint.register_error_handler(RefusedError, _refused)
    for name, kind in ENDPOINTS.items():
        view = _view(kind, policy, answering, doors)
        blueprint.add_url_rule(f"/{name}", name, view, methods=["POST"])

    @blueprint.get("/silences")
    def silences() -> Response:
        people = doors.knows(request)
        return jsonify([silence_document(one, people=people) for one in answering.silences()])

    @blueprint.post("/silences")
    def silence() -> tuple[Response, HTTPStatus]:
        by = doors.operator(request)
        begun = answering.silence(read_hush(_fields(), by))
        logger.info("%s silenced %s", by.name, begun.pattern)
        return jsonify(silence_document(begun)), HTTPStatus.CREATED

    @blueprint.delete("/silences/<identifier>")
    def end_silence(identifier: str) -> Response:
        by = doors.operator(request)
        if not any(one.id == identifier for one in answering.silences()):
            abort(HTTPStatus.NOT_FOUND, "no such silence is in force")
        return jsonify(silence_document(answering.end_silence(identifier, by)))

    return blueprint


def _view(
    kind: AnswerKind, policy: PolicyNow, answering: Answering, doors: Doors
) -> Callable[[], tuple[Response, HTTPStatus]]:
    """Make the endpoint of one kind of answer."""

    def take() -> tuple[Response, HTTPStatus]:
        by = doors.approver(request) if kind is AnswerKind.APPROVAL else doors.operator(request)
        said = _take(kind, policy, answering, by)
        status = HTTPStatus.CREATED if kind in _AT_ONCE else HTTPStatus.ACCEPTED
        return jsonify({"said": said, "by": by.name}), status

    return take


def _take(kind: AnswerKind, policy: PolicyNow, answering: Answering, by: Answerer) -> str:
    answer = read_answer(kind, _fields(), by, answering.now())
    rule = policy().rule_for(answer.tag)
    if rule is None:
        abort(HTTPStatus.NOT_FOUND, f"no rule of the policy watches {answer.tag}")
    said = answering.take(answer, rule)
    logger.info("%s: %s", by.name, said)
    return said


def _fields() -> dict[str, object]:
    """Read the body; raises MalformedError and RequestEntityTooLarge."""
    # Werkzeug cuts a chunked body off at its limit, silently: one byte more shows that it did.
    request.max_content_length = BODY_MAX_BYTES + 1
    body = request.get_data()
    if len(body) > BODY_MAX_BYTES:
        raise RequestEntityTooLarge
    return decode_json(body, "the body")


def _malformed(error: MalformedError) -> Response:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


def _refused(error: RefusedError) -> Response:
    return problem(HTTPStatus.CONFLICT, str(error))
