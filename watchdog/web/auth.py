"""Whether a hook is authentic: one of the configured secrets, in a place that its sender has.

Every sender's URL can hold a user and password (sent as HTTP Basic) or a query; some send a header
of the operator's choice, Quay's body template can hold a constant, and GitHub signs the body. A
secret is compared in constant time and never logged.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping

from flask import Request

from watchdog.core.document import decode_json
from watchdog.errors import MalformedError

_ANYWHERE = "HTTP Basic password, Bearer token or `?token=`"
_SIGNATURE_PREFIX = "sha256="


def is_authentic(name: str, request: Request, body: bytes, secrets: tuple[str, ...]) -> bool:
    """Tell whether a hook for a receiver proves one of the secrets (two while one rotates)."""
    presented = [*_in_headers(request), *_in_query(request)]
    if own := _OWN_WAYS.get(name):
        presented += own[1](request, body)
    proofs = [
        hmac.compare_digest(hashed(value), hashed(secret))
        for value in presented
        for secret in secrets
    ]
    if name == "github":
        proofs += [_is_signed(request, body, secret) for secret in secrets]
    return any(proofs)


def ways(name: str) -> str:
    """Say how a receiver's hooks may present the secret."""
    if name == "github":
        return f"{_ANYWHERE}, or signs with it"
    own = _OWN_WAYS.get(name)
    return f"{_ANYWHERE}, or {own[0]}" if own else _ANYWHERE


def _in_headers(request: Request) -> Iterator[str]:
    given = request.authorization
    if given is not None:
        yield from (value for value in (given.password, given.token) if value)


def _in_query(request: Request) -> list[str]:
    return request.args.getlist("token")[:1]


def _in_body(_request: Request, body: bytes) -> list[str]:
    try:
        secret = decode_json(body, "the body").get("secret")
    except MalformedError:
        return []
    return [secret] if isinstance(secret, str) else []


def _bare(request: Request, _body: bytes) -> list[str]:
    """Take a static header as it is, without a scheme."""
    return request.headers.getlist("Authorization")[:1]


def _is_signed(request: Request, body: bytes, secret: str) -> bool:
    """Check GitHub's HMAC of the raw body (its documentation: "Validating webhook deliveries")."""
    key = secret.encode("utf-8", "surrogatepass")
    expected = _SIGNATURE_PREFIX + hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(
        hashed(request.headers.get("X-Hub-Signature-256", "")), hashed(expected)
    )


def hashed(text: str) -> bytes:
    """Make both sides of a comparison equally long: lengths say something too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


_HEADER = ("the whole `Authorization` header", _bare)
_OWN_WAYS: Mapping[str, tuple[str, Callable[[Request, bytes], list[str]]]] = {
    "quay": ("`secret` in the body", _in_body),
    "distribution": _HEADER,
    "zot": _HEADER,
    "harbor": _HEADER,
}
