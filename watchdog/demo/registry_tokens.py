"""Who may do what at the registry simulator: Bearer tokens as Quay hands them out."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field

from watchdog.demo.registry_http import Answer, Asked

TOKEN_PATH = "/v2/auth"  # noqa: S105 - the path of Quay's token endpoint


@dataclass
class TokenOffice:
    """Accounts and the tokens given to them; without any account everybody may do everything.

    As Quay does, an account (or nobody) that lacks the rights gets a token without any.
    """

    accounts: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    expires_in: int | None = None

    def hand_out(self, asked: Asked) -> Answer:
        """Answer the token endpoint: 401 for a wrong password, else 200 with a token."""
        rights: frozenset[str] = frozenset()
        authorization = asked.headers.get("Authorization")
        if authorization is not None:
            password, rights = self.accounts.get(_user(authorization)[0], ("", rights))
            if not password or password != _user(authorization)[1]:
                return refused("UNAUTHORIZED", "Could not find robot and supplied password.", 401)
        scope = asked.query.get("scope", "::")
        path, _, wanted = scope.partition(":")[2].rpartition(":")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = (path, rights & frozenset(wanted.split(",")))
        document: dict[str, object] = {"token": token}
        if self.expires_in is not None:
            document["expires_in"] = self.expires_in
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(document).encode())

    def challenge(self, asked: Asked, host: str, path: str | None) -> Answer | None:
        """Refuse a request that its token does not allow; None lets it pass."""
        if not self.accounts:
            return None
        action = "pull" if asked.method in {"GET", "HEAD"} else "push"
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        for_path, rights = self.tokens.get(token, (None, frozenset()))
        if path is None and for_path is not None:
            return None
        if path is not None and for_path == path and action in rights:
            return None
        scope = "" if path is None else f',scope="repository:{path}:{_ACTIONS[action]}"'
        realm = f'Bearer realm="http://{host}{TOKEN_PATH}",service="{host}"{scope}'
        denied = refused("UNAUTHORIZED", "access to the requested resource is not authorized", 401)
        return Answer(401, {**denied.headers, "WWW-Authenticate": realm}, denied.body)


_ACTIONS = {"pull": "pull", "push": "push,pull"}


def refused(code: str, message: str, status: int) -> Answer:
    """Build an error answer (distribution-spec, "Error Codes")."""
    document = {"errors": [{"code": code, "detail": {}, "message": message}]}
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(document).encode())


def _user(authorization: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password
