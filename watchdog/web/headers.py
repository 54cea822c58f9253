"""What every answer carries: what browsers may do with it, how long it may be kept, its ETag."""

import hashlib
from http import HTTPStatus

from flask import Response, request

STATIC_MAX_AGE_S = 7 * 86_400
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
        " img-src 'self' data:; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
NOT_KEPT = "no-store"
ASKED_AGAIN = "no-cache"
"""May be kept, and is asked for again each time, with its ETag."""


def harden(response: Response) -> Response:
    """Finish an answer: its headers, and 304 without a body for who has it already.

    A view may say itself how long its answer is kept; what is asked for with a credential never is.
    """
    response.headers.update(SECURITY)
    response.headers["Cache-Control"] = _kept(response)
    return _conditional(response)


def may_be_kept(seconds: int) -> str:
    """Say that anybody may keep an answer for so long."""
    return f"public, max-age={seconds}"


def _kept(response: Response) -> str:
    if request.endpoint == "static" and response.status_code < HTTPStatus.BAD_REQUEST:
        return may_be_kept(STATIC_MAX_AGE_S)
    if request.authorization is not None or request.cookies:
        return NOT_KEPT
    said = response.headers.get("Cache-Control")
    if said:
        return said
    asked_again = request.path.startswith("/api/") and _is_read(response)
    return ASKED_AGAIN if asked_again else NOT_KEPT


def _is_read(response: Response) -> bool:
    return request.method in {"GET", "HEAD"} and response.status_code == HTTPStatus.OK


def _conditional(response: Response) -> Response:
    """Answer `If-None-Match`; the static files do so themselves."""
    if not _is_read(response) or response.is_streamed or response.direct_passthrough:
        return response
    if not response.get_etag()[0]:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response
