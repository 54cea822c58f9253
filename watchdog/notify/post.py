"""One bounded HTTP exchange with a service that tells people; the far side is not trusted.

Bounded in time (connecting, each read, all of it) and size; redirects are not followed; errors name
the host and never the address, since Slack's is a secret. What a status means stands in `demand`.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import urllib3

from watchdog import __version__
from watchdog.core.message import plain
from watchdog.errors import RemoteError
from watchdog.notify.deadline import deadline
from watchdog.notify.quiet import quiet

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
TOTAL_TIMEOUT_S = 20.0
ANSWER_MAX_BYTES = 64 * 1024
ANSWER_SHOWN_CHARS = 200
RETRY_AFTER_MAX_S = 3600.0
SECRET_MIN_CHARS = 6
_CHUNK_BYTES = 8 * 1024
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a service, which errors call `service`. Only its host may be shown."""

    service: str
    method: str
    url: str = field(repr=False)
    body: dict[str, Any] | list[Any] | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def where(self) -> str:
        """The service with its host, for errors."""
        parts = urlsplit(self.url)
        return f"{self.service} at {parts.netloc.rpartition('@')[2]}"

    @property
    def content(self) -> bytes | None:
        """The very bytes that are sent, for whoever signs them."""
        if self.body is None:
            return None
        # UTF-8 as it is, not \u escapes: Matrix counts an event's bytes.
        return json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `body` is its beginning, `retry_after` seconds, if the service said."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None

    @property
    def took(self) -> bool:
        """Whether the service took the message."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    def document(self) -> dict[str, Any]:
        """Return the body's JSON object; an empty one where it holds none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


def exchange(call: Call, total_s: float = TOTAL_TIMEOUT_S, most: int = ANSWER_MAX_BYTES) -> Answer:
    """Send a request and return the answer, whatever its status, with up to `most` bytes of it.

    Raises RemoteError where none came. It is raised outside the handler, without a cause: the
    library's exceptions carry the address, and a logged traceback would show it.
    """
    with quiet(), deadline(total_s) as adapter, requests.Session() as session:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        try:
            with _send(session, call) as response:
                body = _beginning(response, most)
                return Answer(response.status_code, body, _retry_after(response))
        except requests.RequestException as error:
            retryable = not isinstance(error, requests.exceptions.InvalidURL)
            why = f"no answer within {total_s:g} s" if adapter.expired else _innermost(error)
    raise RemoteError(f"{call.where} could not be reached: {why}", retryable=retryable)


def demand(call: Call, answer: Answer) -> None:
    """Raise RemoteError unless the service took it; 408, 425, 429 and 5xx are worth a retry."""
    if answer.took:
        return
    status = answer.status
    shown = plain(
        _without_secrets(answer.body.decode("utf-8", "replace"), call), ANSWER_SHOWN_CHARS
    )
    hint = ""
    if status < HTTPStatus.BAD_REQUEST:
        hint = "; redirects are not followed, so set the final address"
    raise RemoteError(
        f"{call.where} answered {status}{f': {shown}' if shown else ''}{hint}",
        retryable=status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR,
        retry_after=answer.retry_after,
    )


def _send(session: requests.Session, call: Call) -> requests.Response:
    return session.request(
        call.method,
        call.url,
        data=call.content,
        headers=_headers(call),
        timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        auth=lambda request: request,  # else requests would put in what ~/.netrc says
        allow_redirects=False,
        stream=True,
    )


def _headers(call: Call) -> dict[str, str]:
    headers = {
        "User-Agent": f"registry-watchdog/{__version__}",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
    }
    user, at, _ = urlsplit(call.url).netloc.rpartition("@")
    if call.token:
        headers["Authorization"] = f"Bearer {call.token}"
    elif at:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    return {**headers, **dict(call.headers)}


def _beginning(response: requests.Response, most: int) -> bytes:
    """Read the first bytes of a body; when they break off, the status still counts."""
    body = b""
    try:
        for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) >= most:
                break
    except (urllib3.exceptions.HTTPError, OSError):
        pass
    return body[:most]


def _retry_after(response: requests.Response) -> float | None:
    """Read Retry-After in both forms, seconds and a date (RFC 9110, section 10.2.3)."""
    text = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return bounded(float(text))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return bounded((until - datetime.now(UTC)).total_seconds())


def bounded(seconds: float) -> float:
    """Keep a wait that a service asks for between nothing and an hour."""
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_S)


def _innermost(error: BaseException) -> str:
    """Say what went wrong beneath the library's exceptions, whose own text holds the address."""
    chain = list(_chain(error))
    for link in reversed(chain):
        if isinstance(link, OSError) and link.strerror:
            return plain(link.strerror, ANSWER_SHOWN_CHARS)
        if isinstance(link, TimeoutError | requests.exceptions.Timeout):
            return "no answer in time"
    return type(chain[-1]).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _without_secrets(text: str, call: Call) -> str:
    """Take out of a body what it may repeat of the address or the token, as Apache's 404 does."""
    parts = urlsplit(call.url)
    pieces = parts.netloc.rpartition("@")[0].split(":")
    if call.token:
        pieces += [call.token]
    else:
        pieces += re.split("[/?&=;]", f"{parts.path}?{parts.query}")
    for secret in {form for piece in pieces for form in (piece, unquote(piece))}:
        if len(secret) >= SECRET_MIN_CHARS:
            text = text.replace(secret, "…")
    return text
