"""Serving the application with gunicorn, embedded: its master forks workers that have threads.

SIGHUP reads the policy again in the master and replaces the workers one generation by the next; a
policy that is broken changes nothing. SIGTERM lets the requests in hand finish.
"""

import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # it has no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # it has no types
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # it has no types

from watchdog.core.policy import Policy
from watchdog.errors import ConfigurationError
from watchdog.web.app import close_app
from watchdog.web.problem import problem

GRACEFUL_TIMEOUT_S = 10
WORKER_TIMEOUT_S = 30
KEEPALIVE_S = 5
REQUEST_LINE_MAX_BYTES = 4094
HEADERS_MAX = 64
HEADER_MAX_BYTES = 8190
WORKERS = 2
THREADS = 16

AppFactory = Callable[[Policy], Flask]
"""Makes the application; called in each worker after its fork, so that no connection is shared."""

logger = logging.getLogger(__name__)


def serve(
    app_factory: AppFactory,
    read_policy: Callable[[], Policy],
    *,
    listen: str,
    workers: int = WORKERS,
    threads: int = THREADS,
) -> None:
    """Serve on `listen` (HOST:PORT) until SIGTERM; ends by SystemExit, on the main thread only.

    `read_policy` is called now (its ConfigurationError is raised) and at each SIGHUP.
    """
    _Server(app_factory, read_policy, listen=listen, workers=workers, threads=threads).run()


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn asks for settings and for the application."""

    def __init__(
        self, app_factory: AppFactory, read_policy: Callable[[], Policy], **settings: Any
    ) -> None:
        self._app_factory = app_factory
        self._read_policy = read_policy
        self._policy = read_policy()
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        settings = {
            "bind": self._settings["listen"],
            "workers": self._settings["workers"],
            "threads": self._settings["threads"],
            "worker_class": "gthread",
            "graceful_timeout": GRACEFUL_TIMEOUT_S,
            "timeout": WORKER_TIMEOUT_S,
            "keepalive": KEEPALIVE_S,
            "limit_request_line": REQUEST_LINE_MAX_BYTES,
            "limit_request_fields": HEADERS_MAX,
            "limit_request_field_size": HEADER_MAX_BYTES,
            "logger_class": _Log,
            "control_socket_disable": True,
            "proc_name": "watchdog-web",
            "worker_exit": self._worker_exit,
        }
        for name, value in settings.items():
            # Older versions of gunicorn have no control socket to disable.
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        app = self._app_factory(self._policy)
        app.register_error_handler(ParseException, _malformed)
        return app

    def reload(self) -> None:
        """Read the policy again, in the master; the settings of the server stay."""
        try:
            self._policy = self._read_policy()
        except ConfigurationError as error:
            logger.error("The new policy is refused, the old one stays in force: %s", error)  # noqa: TRY400  (its words say it all)
        else:
            logger.info("The policy was read again")

    def _worker_exit(self, _arbiter: object, _worker: object) -> None:
        """End the application of this worker; the master has none."""
        if self.callable is not None:
            close_app(self.callable)


class _Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's messages go where ours go, without what a request may carry; no access log."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.filters[:] = [_without_secrets]


def _without_secrets(record: logging.LogRecord) -> bool:
    """Cut off query strings (a hook's token) and whatever could not be parsed."""
    text = record.getMessage()
    if text.startswith("Invalid request"):
        text = text.partition(": ")[0]
    record.msg, record.args = re.sub(r"\?\S+", "?…", text), ()
    return True


def _malformed(_error: Exception) -> Response:
    """Answer a body whose framing is broken, which shows only while it is read."""
    detail = "the body is not framed as HTTP/1.1 has it (RFC 9112, section 7)"
    return problem(HTTPStatus.BAD_REQUEST, detail)
