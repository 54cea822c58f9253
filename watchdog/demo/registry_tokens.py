"""Who may do what at the registry simulator: Bearer tokens as Quay hands them out."""

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from watchdog.demo.registry_habits import QUAY, Habits
from watchdog.demo.registry_http import Answer, Asked


@dataclass(frozen=True, slots=True)
class Given:
    """A Bearer token as it was handed out: for which repository, for what, to whom."""

    path: str | None = None
    rights: frozenset[str] = frozenset()
    user: str = ""


@dataclass
class TokenOffice:
    """Accounts and the tokens given to them; without any account everybody may do everything.

    As Quay does, an account (or nobody) that lacks the rights gets a token without any. An
    account's password is its identity token, too.
    """

    habits: Habits = QUAY
    accounts: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    tokens: dict[str, Given] = field(default_factory=dict)
    expires_in: int | None = None

    def hand_out(self, asked: Asked) -> Answer:
        """Answer the token endpoint: 401 for a wrong password, else 200 with a token."""
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        identity, authorization = form.get("refresh_token"), asked.headers.get("Authorization")
        rights = frozenset() if self.accounts else frozenset({"pull", "push"})
        user = ""
        if identity is not None or authorization is not None:
            user, password = _user(authorization or "")
            if identity is not None:
                user, password = self._owner_of(identity), identity
            known, rights = self.accounts.get(user, ("", frozenset()))
            if not known or password != known:
                return refused("UNAUTHORIZED", "Could not find robot and supplied password.", 401)
        scope = (form or asked.query).get("scope", "::")
        path, _, wanted = scope.partition(":")[2].rpartition(":")
        token = secrets.token_urlsafe(24)
        self.tokens[token] = Given(path, rights & frozenset(wanted.split(",")), user)
        document: dict[str, object] = {self.habits.token_key: token}
        if self.expires_in is not None:
            document["expires_in"] = self.expires_in
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(document).encode())

    def challenge(self, asked: Asked, host: str, path: str | None) -> Answer | None:
        """Refuse a request that its token does not allow; None lets it pass."""
        if not self.accounts and not self.habits.challenges:
            return None
        action = "pull" if asked.method in {"GET", "HEAD"} else "push"
        if self.habits.basic:
            return self._challenge_basic(asked, action)
        given = self._given(asked)
        if path is None and given.path is not None:
            return None
        if path is not None and given.path == path and action in given.rights:
            return None
        scope = "" if path is None else f',scope="repository:{path}:{_ACTIONS[action]}"'
        return _denied(
            f'Bearer realm="http://{host}{self.habits.token_path}",service="{host}"{scope}'
        )

    def user_of(self, asked: Asked) -> str:
        """Say who asks, by token or password; "" for nobody."""
        authorization = asked.headers.get("Authorization", "")
        return _user(authorization)[0] if self.habits.basic else self._given(asked).user

    def _given(self, asked: Asked) -> Given:
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, Given())

    def _owner_of(self, identity: str) -> str:
        return next((user for user, known in self.accounts.items() if known[0] == identity), "")

    def _challenge_basic(self, asked: Asked, action: str) -> Answer | None:
        user, password = _user(asked.headers.get("Authorization", ""))
        known, rights = self.accounts.get(user, ("", frozenset()))
        if password and password == known and action in rights:
            return None
        return _denied('Basic realm="Authorization Required"')


_ACTIONS = {"pull": "pull", "push": "push,pull"}


def _denied(challenge: str) -> Answer:
    denied = refused("UNAUTHORIZED", "access to the requested resource is not authorized", 401)
    return Answer(401, {**denied.headers, "WWW-Authenticate": challenge}, denied.body)


def refused(code: str, message: str, status: int, detail: object = None) -> Answer:
    """Build an error answer (distribution-spec, "Error Codes")."""
    document = {"errors": [{"code": code, "detail": detail or {}, "message": message}]}
    return Answer(
        status,
        {"Content-Type": "application/json"},
        json.dumps(document, separators=(",", ":")).encode() + b"\n",
    )


def _user(authorization: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password
