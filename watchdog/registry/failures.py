"""What went wrong, once, in the words of `watchdog.errors`: from exceptions and from statuses.

Redirects of blobs carry signatures in their query, and requests puts whole URLs into its texts;
so neither those texts nor the exceptions that hold them are passed on.
"""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError
from urllib3.exceptions import TimeoutError as TransportTimeoutError

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.core.reference import Tag
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError, WatchdogError
from watchdog.registry.exchange import Reply

RETRY_AFTER_MAX_S = 3600.0
"""A server cannot ask for more patience than this."""
DETAIL_MAX_CHARS = 200
_PASSING = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_NONSENSE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


class MissingPartError(RemoteError):
    """Something that a manifest names is not there; the tag may have moved meanwhile."""


def unreachable(error: Exception, about: str, host: str, timeout_s: float) -> WatchdogError:
    """Turn an exception of requests, urllib3 or the socket into one of ours."""
    root = root_of(error)
    if isinstance(error, requests.exceptions.SSLError):
        return RemoteError(
            f"{about}: the certificate of {host} was not accepted ({_text(root)}); "
            "set ca_file for this host if it is right",
            retryable=False,
        )
    if isinstance(error, _NONSENSE):
        return MalformedError(f"{about}: {host} sends us to something that is not a URL")
    timed_out = isinstance(root, TimeoutError | TransportTimeoutError)
    # urllib3 derives its error of a refused connection from its timeout.
    if timed_out and not isinstance(root, NewConnectionError):
        return RemoteError(
            f"{about}: {host} gave no complete answer within {timeout_s:g} s", retryable=True
        )
    return RemoteError(f"{about}: cannot talk to {host}: {_text(root)}", retryable=True)


def root_of(error: Exception) -> Exception:
    """Unwrap the exception that has no URL in its text."""
    while isinstance(error, requests.RequestException | HTTPError):
        within = (error.reason,) if isinstance(error, MaxRetryError) else error.args
        inner = next((part for part in within if isinstance(part, Exception)), None)
        if inner is None:
            break
        error = inner
    return error


def _text(error: Exception) -> str:
    # urllib3's own texts name its classes; what the system said stands behind them.
    cause = error.__cause__ or error
    text = getattr(cause, "verify_message", "") or getattr(cause, "strerror", "") or str(cause)
    return plain(text, DETAIL_MAX_CHARS)


def refusal(reply: Reply, about: str, *, as_whom: str = "") -> WatchdogError:
    """Turn a status that was not hoped for into an error; `as_whom` says who asked.

    What 404 means only the asker knows: see `missing_tag` and `missing_part`.
    """
    said = _said(reply, about)
    if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return DeniedError(
            f"{said} to a request {as_whom or 'without credentials'}; check the account's rights "
            "and the credentials for this registry (REGISTRY_AUTH_FILE, or podman login)"
        )
    if reply.status in _PASSING or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RemoteError(
            f"{said}; it will be asked again", retryable=True, retry_after=retry_after(reply)
        )
    return RemoteError(said, retryable=False)


def missing_tag(reply: Reply, about: str) -> NotFoundError:
    """Say that the very thing asked for, a tag, is not there."""
    return NotFoundError(_said(reply, about))


def missing_part(reply: Reply, about: str) -> MissingPartError:
    """Say that something which a tag's manifest names is not there: never that the tag is gone."""
    return MissingPartError(
        f"{_said(reply, about)}; the tag may have moved meanwhile, it will be asked again",
        retryable=True,
    )


def check_time(tag: Tag, until: float, what: str) -> None:
    """Raise a retryable RemoteError once a moment of the monotonic clock has passed."""
    if time.monotonic() > until:
        raise RemoteError(
            f"{tag}: {tag.repository.registry} is too slow to read {what}", retryable=True
        )


def _said(reply: Reply, about: str) -> str:
    return f"{about}: {reply.origin} answered {reply.status}{_detail(reply.body)}"


def retry_after(reply: Reply) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3: seconds or a date) in seconds; None if unusable."""
    text = reply.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MAX_S)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    left = (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
    return min(max(left, 0.0), RETRY_AFTER_MAX_S)


def error_code(reply: Reply) -> str:
    """Read the registry's own word for an error, such as MANIFEST_INVALID; "" if it has none."""
    return str(_first_error(reply.body).get("code") or "")


def _detail(body: bytes) -> str:
    """Quote the registry's own error, shortened."""
    first = _first_error(body)
    words = (str(first[key]) for key in ("code", "message") if first.get(key))
    text = plain(": ".join(words), DETAIL_MAX_CHARS)
    return f" ({text})" if first else ""


def _first_error(body: bytes) -> dict[str, Any]:
    """Read the first error of an answer (distribution-spec, "Error Codes"); {} without any."""
    try:
        errors = decode_json(body, "the error").get("errors")
    except MalformedError:
        return {}
    first = errors[0] if isinstance(errors, list) and errors else None
    return first if isinstance(first, dict) else {}
