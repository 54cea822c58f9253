"""How Quay answers: documents as its framework writes them, and its several kinds of refusal."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from watchdog.demo.registry_http import Answer

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


class RefusedError(Exception):
    """A request is refused with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def document(content: object, status: int = 200, **headers: str) -> Answer:
    """Answer with a JSON document."""
    return Answer(status, JSON | headers, json.dumps(content).encode() + b"\n")


def nothing() -> Answer:
    """Answer 204, which has a type all the same."""
    return Answer(204, JSON)


def problem(
    host: str, status: int, kind: str, detail: str, first: Mapping[str, object] | None = None
) -> RefusedError:
    """Refuse with Quay's take on RFC 7807."""
    said = {"detail": detail, "error_message": detail, "error_type": kind, "title": kind}
    where = f"http://{host}/api/v1/error/{kind}"
    content = {**(first or {}), **said, "type": where, "status": status}
    return RefusedError(document(content, status))


def not_found(host: str) -> RefusedError:
    """Refuse what is not there."""
    return problem(host, 404, "not_found", "Not Found")


def invalid(host: str, detail: str) -> RefusedError:
    """Refuse a request that says too little or the wrong thing."""
    return problem(host, 400, "invalid_request", detail)


def message(status: int, said: object) -> RefusedError:
    """Refuse as flask-restful does."""
    return RefusedError(document({"message": said}, status))


def without_session() -> RefusedError:
    """Refuse a write without a valid token: Quay takes it for a browser's without a session."""
    return RefusedError(
        Answer(403, HTML, b'{"error": "CSRF token was invalid or missing."}')  # no line end
    )


def too_many_requests() -> Answer:
    """Answer as the nginx before Quay: no Retry-After, and HTML."""
    text = "429 Too Many Requests"
    lines = (
        "<html>",
        f"<head><title>{text}</title></head>",
        "<body>",
        f"<center><h1>{text}</h1></center>",
        "<hr><center>nginx</center>",
        "</body>",
        "</html>",
        "",
    )
    return Answer(429, {"Content-Type": "text/html"}, "\r\n".join(lines).encode())


def in_words(at_s: float) -> str:
    """Write a time as Quay does: RFC 2822 with an unknown zone, which is UTC."""
    return format_datetime(datetime.fromtimestamp(int(at_s), UTC).replace(tzinfo=None))
