"""Whether a hook is authentic: one of the configured secrets, in one of four places.

Quay signs nothing. Its URL can hold a user and password (sent as HTTP Basic) or a query, and its
body template a constant. A secret is compared in constant time and never logged.
"""

import hashlib
import hmac
from collections.abc import Iterator

from flask import Request

from watchdog.core.oci import decode_json
from watchdog.errors import MalformedError


def is_authentic(request: Request, body: bytes, secrets: tuple[str, ...]) -> bool:
    """Tell whether a request presents one of the secrets (several are valid while one rotates)."""
    matches = [
        hmac.compare_digest(_hash(presented), _hash(secret))
        for presented in (*_in_headers(request), *_in_query(request), *_in_body(body))
        for secret in secrets
    ]
    return any(matches)


def _in_headers(request: Request) -> Iterator[str]:
    given = request.authorization
    if given is not None:
        yield from (value for value in (given.password, given.token) if value)


def _in_query(request: Request) -> list[str]:
    return request.args.getlist("token")[:1]


def _in_body(body: bytes) -> Iterator[str]:
    try:
        secret = decode_json(body, "the body").get("secret")
    except MalformedError:
        return
    if isinstance(secret, str):
        yield secret


def _hash(text: str) -> bytes:
    """Make both sides of a comparison equally long: lengths say something too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
