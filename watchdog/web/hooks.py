"""`POST /hooks/NAME`: verify, parse, announce, 202.

What a 2xx promises is a look at each tag that a rule watches. No registry, no git, and, once the
store is known to be down, no store either. Nothing that was sent is believed beyond its being sent.
"""

import json
import logging
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, Unauthorized

from watchdog.core.message import plain
from watchdog.core.push import Push
from watchdog.errors import MalformedError
from watchdog.receive.receivers import RECEIVERS
from watchdog.web.auth import is_authentic
from watchdog.web.debt import Debt
from watchdog.web.watched import PolicyNow

BODY_MAX_BYTES = 1024 * 1024
ACTOR_MAX_CHARS = 200

logger = logging.getLogger(__name__)


def hooks_blueprint(policy: PolicyNow, debt: Debt, secrets: tuple[str, ...]) -> Blueprint:
    """Make the endpoint of every receiver; without a secret there is none."""
    blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
    if not secrets:
        return blueprint

    @blueprint.post("/<name>", provide_automatic_options=False)
    def receive(name: str) -> tuple[Response, HTTPStatus]:
        if name not in RECEIVERS:
            abort(HTTPStatus.NOT_FOUND)
        body = _body()
        if not is_authentic(request, body, secrets):
            logger.warning("Refused a hook for %r from %r: no valid secret", name, _sender())
            raise Unauthorized(
                "a hook presents its secret as HTTP Basic password, Bearer token, `?token=` or"
                " `secret` in the body",
                www_authenticate=WWWAuthenticate("basic", {"realm": "hooks"}),
            )
        try:
            push = RECEIVERS[name](body)
        except MalformedError as error:
            logger.warning("Refused a hook for %r from %r: %s", name, _sender(), error)
            raise BadRequest(str(error)) from error
        return jsonify(_announce(name, push, policy, debt)), HTTPStatus.ACCEPTED

    return blueprint


def _body() -> bytes:
    """Read the body; raises RequestEntityTooLarge."""
    # Werkzeug cuts a chunked body off at its limit, silently: one byte more shows that it did.
    request.max_content_length = BODY_MAX_BYTES + 1
    body = request.get_data()
    if len(body) > BODY_MAX_BYTES:
        raise RequestEntityTooLarge
    return body


def _announce(name: str, push: Push, policy: PolicyNow, debt: Debt) -> dict[str, object]:
    """Announce the tags that a rule watches; says of each what became of it."""
    result: dict[str, list[str]] = {"queued": [], "deferred": [], "ignored": []}
    rules, hint = policy(), _hint(name, push)
    for tag in () if push.test else push.references():
        if rules.rule_for(tag) is None:
            result["ignored"].append(str(tag))
        else:
            result["queued" if debt.announce(tag, hint) else "deferred"].append(str(tag))
    logger.info(
        "Hook from %s about %s, tags %r: %d queued, %d deferred, %d ignored%s",
        name,
        push.repository,
        push.tags,
        *map(len, result.values()),
        " (a test)" if push.test else "",
    )
    return {**result, "test": True} if push.test else {**result}


def _hint(name: str, push: Push) -> str:
    """Write what the look may want to know; the same hook again is the same hint."""
    known = {
        "from": name,
        "digest": str(push.digest) if push.digest else None,
        "actor": plain(push.actor, ACTOR_MAX_CHARS) if push.actor else None,
    }
    return json.dumps({key: value for key, value in known.items() if value is not None})


def _sender() -> str:
    return request.remote_addr or ""
