"""The Bearer tokens of Quay's `/v2/auth`: JSON Web Tokens that say who may do what.

They are not signed: only the simulator that gave them reads them.
"""

import base64
import json
import secrets
import uuid

from watchdog.demo.quay.grants import Actor

LIFETIME_S = 3600
NOBODY = "(anonymous)"


def bearer_token(host: str, actor: Actor | None, path: str, actions: list[str], now_s: int) -> str:
    """Make a token for one repository."""
    claims = {
        "iss": "quay",
        "aud": host,
        "nbf": now_s,
        "iat": now_s,
        "exp": now_s + LIFETIME_S,
        "sub": actor.name if actor else NOBODY,
        "access": [{"type": "repository", "name": path, "actions": actions}],
        "context": _context(actor, path),
    }
    return ".".join((_encode({"typ": "JWT", "alg": "none"}), _encode(claims), secrets.token_hex(8)))


def claims_of(token: str) -> dict[str, object]:
    """Read what a token says."""
    body = token.split(".")[1]
    said: dict[str, object] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return said


def _context(actor: Actor | None, path: str) -> dict[str, object]:
    roots = {"com.apostille.roots": {path: "$disabled"}, "com.apostille.root": "$disabled"}
    if actor is None:
        return {**roots}
    if actor.grant:
        reference = str(uuid.uuid5(uuid.NAMESPACE_OID, actor.grant.token))
        named = {"entity_kind": "oauthtoken", "entity_reference": reference, "kind": "oauth"}
        return {"version": 2, **named, "oauth": reference, "user": actor.name, **roots}
    kind = "robot" if actor.is_robot else "user"
    named = {"entity_kind": kind, "entity_reference": actor.name, "kind": "user"}
    return {"version": 2, **named, "user": actor.name, **roots}


def _encode(part: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
