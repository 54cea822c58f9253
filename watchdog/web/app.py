"""The web application: made once a process, from what it is given.

It reads the store and announces tags; it never calls a registry or git.
"""

import hashlib
import logging
from datetime import timedelta
from http import HTTPStatus
from importlib.resources import files

import redis
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from watchdog.core.reference import Tag
from watchdog.errors import StoreError
from watchdog.store import keys
from watchdog.store.answering import Answering
from watchdog.store.due import DueSet
from watchdog.store.incidents import Incidents
from watchdog.store.records import Records
from watchdog.web.answers import answers_blueprint
from watchdog.web.api import api_blueprint
from watchdog.web.badge import badge_blueprint
from watchdog.web.debt import Debt
from watchdog.web.fares import fares_blueprint, fares_readers
from watchdog.web.feed import feed_blueprint
from watchdog.web.headers import harden
from watchdog.web.health import health_blueprint, health_reader
from watchdog.web.hooks import BODY_MAX_BYTES, hooks_blueprint
from watchdog.web.incident_pages import incident_pages_blueprint
from watchdog.web.incidents import incidents_blueprint
from watchdog.web.metrics import metrics_blueprint, metrics_readers
from watchdog.web.openapi import openapi_blueprint
from watchdog.web.operators import Doors
from watchdog.web.pages import pages_blueprint
from watchdog.web.problem import PREFIXES, problem
from watchdog.web.showing import dress
from watchdog.web.status import status_blueprint
from watchdog.web.tag_page import tag_blueprint
from watchdog.web.visitors import only_operators
from watchdog.web.watched import PolicyNow, watched_names

HOOK_CONNECT_TIMEOUT_S = 0.25
HOOK_SOCKET_TIMEOUT_S = 0.5
NOBODY = Doors()
_DEBT = "watchdog-debt"

logger = logging.getLogger(__name__)


def create_app(  # noqa: PLR0913  (keywords only: each is a setting of its own)
    *,
    policy: PolicyNow,
    client: redis.Redis,
    look_every: timedelta,
    hook_secrets: tuple[str, ...] = (),
    doors: Doors = NOBODY,
    base_url: str | None = None,
    public: bool = True,
) -> Flask:
    """Make the application. `policy` gives the one in force; the store may be down meanwhile.

    `look_every` is the timer that the workers keep, which the page tells; `doors` are for those
    who may answer; `base_url` is this service's own address, for links that leave it.
    Unless it is `public`, only operators may read.
    """
    records = Records(client)

    def everything() -> tuple[Tag, ...]:
        return watched_names(policy(), records.tags())

    debt = Debt(DueSet(_impatient(client), keys.LOOKS), everything)
    app = Flask("watchdog.web")
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions[_DEBT] = debt
    app.jinja_env.globals["stylesheet"] = _static("style.css")
    app.jinja_env.globals["script"] = _static("refresh.js")
    app.register_blueprint(hooks_blueprint(policy, debt, hook_secrets))
    app.register_blueprint(api_blueprint(policy, records))
    app.register_blueprint(openapi_blueprint())
    incidents = Incidents(client)
    app.register_blueprint(incidents_blueprint(incidents, doors))
    app.register_blueprint(feed_blueprint(incidents, base_url))
    app.register_blueprint(answers_blueprint(policy, Answering(client), doors))
    health = health_reader(client)
    app.register_blueprint(health_blueprint(health))
    app.register_blueprint(metrics_blueprint(metrics_readers(client, policy, health)))
    app.register_blueprint(status_blueprint(policy, records, incidents, health))
    app.register_blueprint(badge_blueprint(policy, records))
    itself = fares_readers(client, policy, health)
    app.register_blueprint(pages_blueprint(policy, records, itself.fares, look_every))
    app.register_blueprint(tag_blueprint(policy, records, incidents))
    app.register_blueprint(incident_pages_blueprint(policy, records, incidents))
    app.register_blueprint(fares_blueprint(itself))
    dress(app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(StoreError, _store_error)
    if not public:
        app.before_request(only_operators(doors))
    app.after_request(harden)
    return app


def close_app(app: Flask) -> None:
    """End what the application started: pay what is still owed to the store, if it answers."""
    debt: Debt = app.extensions[_DEBT]
    debt.stop()


def _impatient(client: redis.Redis) -> redis.Redis:
    """Make a client of the same store for hooks, which must be answered within milliseconds."""
    pool = client.connection_pool
    timeouts = {
        "socket_connect_timeout": HOOK_CONNECT_TIMEOUT_S,
        "socket_timeout": HOOK_SOCKET_TIMEOUT_S,
    }
    settings = {**pool.connection_kwargs, **timeouts}
    return redis.Redis(connection_pool=redis.ConnectionPool(pool.connection_class, **settings))


def _http_error(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    answer = _error(status, error.name, error.description or error.name)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _store_error(error: StoreError) -> Response:
    logger.warning("Could not answer %s: %s", request.path, error)
    return _error(HTTPStatus.SERVICE_UNAVAILABLE, "The store does not answer", str(error))


def _error(status: int, title: str, detail: str) -> Response:
    """Answer a program with a problem document, a person with a page."""
    if request.path.startswith(PREFIXES):
        return problem(status, detail)
    down = status == HTTPStatus.SERVICE_UNAVAILABLE
    return Response(render_template("error.html", title=title, detail=detail, down=down), status)


def _static(name: str) -> str:
    """Give the address of a static file, which is another one when the file changes."""
    content = files("watchdog.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
