"""`POST /hooks/NAME`: verify, parse, announce, 202.

What a 2xx promises is a look at each tag that a rule watches. No registry, no git, and, once the
store is known to be down, no store either. Nothing that was sent is believed beyond its being sent.
"""

import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, Response, abort, jsonify, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, Unauthorized

from watchdog.core.message import plain
from watchdog.core.push import Push
from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook
from watchdog.receive.receivers import RECEIVERS
from watchdog.web.auth import is_authentic, ways
from watchdog.web.debt import Debt
from watchdog.web.watched import PolicyNow

BODY_MAX_BYTES = 1024 * 1024
ACTOR_MAX_CHARS = 200
TAGS_LOGGED = 10

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
        if not is_authentic(name, request, body, secrets):
            logger.warning("Refused a hook for %r from %r: no valid secret", name, _sender())
            raise Unauthorized(
                f"a hook presents its secret as {ways(name)}",
                www_authenticate=WWWAuthenticate("basic", {"realm": "hooks"}),
            )
        try:
            pushes = RECEIVERS[name](_hook(body))
        except MalformedError as error:
            logger.warning("Refused a hook for %r from %r: %s", name, _sender(), error)
            raise BadRequest(str(error)) from error
        return jsonify(_announce(name, pushes, policy, debt)), HTTPStatus.ACCEPTED

    return blueprint


def _hook(body: bytes) -> Hook:
    """Take what a receiver reads: what was presented as proof is not among it."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers.pop("authorization", None)
    return Hook(body, headers, request.args.get("registry"), datetime.now(UTC))


def _body() -> bytes:
    """Read the body; raises RequestEntityTooLarge."""
    # Werkzeug cuts a chunked body off at its limit, silently: one byte more shows that it did.
    request.max_content_length = BODY_MAX_BYTES + 1
    body = request.get_data()
    if len(body) > BODY_MAX_BYTES:
        raise RequestEntityTooLarge
    return body


def _announce(
    name: str, pushes: tuple[Push, ...], policy: PolicyNow, debt: Debt
) -> dict[str, object]:
    """Announce the tags that a rule watches; says of each what became of it."""
    result: dict[str, list[str]] = {"queued": [], "deferred": [], "ignored": []}
    rules = policy()
    test = any(push.test for push in pushes)
    for push in () if test else pushes:
        hint = _hint(name, push)
        for tag in push.references():
            if rules.rule_for(tag) is None:
                result["ignored"].append(str(tag))
            else:
                result["queued" if debt.announce(tag, hint) else "deferred"].append(str(tag))
    result = {fate: list(dict.fromkeys(tags)) for fate, tags in result.items()}
    logger.info(
        "Hook from %s about %s: %d queued, %d deferred, %d ignored%s",
        name,
        _about(pushes),
        *map(len, result.values()),
        " (a test)" if test else "",
    )
    return {**result, "test": True} if test else {**result}


def _about(pushes: tuple[Push, ...]) -> str:
    """Name some of the tags of a hook for the log."""
    tags = [str(tag) for push in pushes for tag in push.references()]
    more = f" and {len(tags) - TAGS_LOGGED} more" if len(tags) > TAGS_LOGGED else ""
    return f"{', '.join(tags[:TAGS_LOGGED])}{more}" if tags else "no push of a tag"


def _hint(name: str, push: Push) -> str:
    """Write what the look may want to know; the same hook again is the same hint.

    `at` is a number: seconds since 1970, to the millisecond.
    """
    known = {
        "from": name,
        "digest": str(push.digest) if push.digest else None,
        "actor": plain(push.actor, ACTOR_MAX_CHARS) if push.actor else None,
        "at": round(push.at.timestamp(), 3) if push.at else None,
    }
    return json.dumps({key: value for key, value in known.items() if value is not None})


def _sender() -> str:
    return request.remote_addr or ""
