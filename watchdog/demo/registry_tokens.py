"""Who may do what at the registry simulator: Bearer tokens as Quay hands them out."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from watchdog.demo.quay.claims import bearer_token
from watchdog.demo.quay.grants import Actor, Grants, Scope
from watchdog.demo.registry_content import RegistryContent
from watchdog.demo.registry_habits import Habits
from watchdog.demo.registry_http import Answer, Asked

OAUTH_USER = "$oauthtoken"
_ALL = frozenset({"pull", "push"})
_NONE: frozenset[str] = frozenset()
_WRONG = "Could not find robot with username: {} and supplied password."
_JUNK = b'{"error": "Invalid bearer token format"}'


@dataclass(frozen=True, slots=True)
class Given:
    """A Bearer token as it was handed out: for which repository, for what, to whom."""

    path: str | None = None
    rights: frozenset[str] = _NONE
    actor: Actor | None = None


@dataclass
class TokenOffice:
    """Accounts and the tokens given to them; without any account everybody may do everything.

    As Quay does, an account (or nobody) that lacks the rights gets a token without any. An
    account's password is its identity token, too. `closed`: nothing is public.
    """

    habits: Habits
    content: RegistryContent
    grants: Grants
    accounts: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    tokens: dict[str, Given] = field(default_factory=dict)
    expires_in: int | None = None
    closed: bool = False

    def hand_out(self, asked: Asked, host: str) -> Answer:
        """Answer the token endpoint: 401 for a wrong password, else 200 with a token."""
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        scope = (form or asked.query).get("scope", "::")
        path, _, said = scope.partition(":")[2].rpartition(":")
        actor, rights = self._identify(asked, form, path)
        if rights is None:
            user, _ = _user(asked.headers.get("Authorization", ""))
            return refused("UNAUTHORIZED", _WRONG.format(user), 401)
        wanted = frozenset(said.split(","))
        given = Given(path, self._within(path, rights & wanted), actor)
        token = self._token(host, given)
        self.tokens[token] = given
        document: dict[str, object] = {self.habits.token_key: token}
        if self.expires_in is not None:
            document["expires_in"] = self.expires_in
        return Answer(200, {"Content-Type": "application/json"}, _compact(document))

    def challenge(self, asked: Asked, host: str, path: str | None) -> Answer | None:
        """Refuse a request that its token does not allow; None lets it pass."""
        action = "pull" if asked.method in {"GET", "HEAD"} else "push"
        if self.habits.own_api and _junk(asked):
            return Answer(401, {"Content-Type": "application/json"}, _JUNK)
        if self._open_to_all(path, action) or (self.habits.own_api and not _of_registry(asked)):
            return None
        if self.habits.basic:
            return self._challenge_basic(asked, action)
        given = self._given(asked)
        if path is None and given.path is not None:
            return None
        if path is not None and given.path == path and action in given.rights:
            return None
        scope = "" if path is None else f',scope="repository:{path}:{_ACTIONS[action]}"'
        where = f'Bearer realm="http://{host}{self.habits.token_path}",service="{host}"{scope}'
        return _unnamed(where) if path is None and self.habits.own_api else _denied(where)

    def actor_of(self, asked: Asked) -> Actor | None:
        """Say who asks, by token or password."""
        if not self.habits.basic:
            return self._given(asked).actor
        user, _ = _user(asked.headers.get("Authorization", ""))
        return Actor(user) if user else None

    def _open_to_all(self, path: str | None, action: str) -> bool:
        if not self.habits.own_api:
            return not self.accounts and not self.habits.challenges
        content = self.content.repositories.get(path or "")
        if path is None or (content is not None and not content.public):
            return False
        return not self.accounts or (action == "pull" and content is not None and not self.closed)

    def _identify(
        self, asked: Asked, form: Mapping[str, str], path: str
    ) -> tuple[Actor | None, frozenset[str] | None]:
        """Say who wants a token and what they may do; None instead of rights for a liar."""
        identity, authorization = form.get("refresh_token"), asked.headers.get("Authorization")
        if identity is None and authorization is None:
            return None, self._rights_of_all(path)
        user, password = _user(authorization or "")
        if user == OAUTH_USER and user not in self.accounts:
            grant = self.grants.find(password)
            if grant is None:
                return None, None
            rights = {scope: grant.may(scope) for scope in (Scope.READ, Scope.WRITE)}
            may = {"pull": rights[Scope.READ], "push": rights[Scope.WRITE]}
            return Actor(grant.person, grant), frozenset(name for name in may if may[name])
        if identity is not None:
            user, password = self._owner_of(identity), identity
        known, granted = self.accounts.get(user, ("", _NONE))
        return Actor(user), granted if known and password == known else None

    def _rights_of_all(self, path: str) -> frozenset[str]:
        if not self.habits.own_api:
            return _NONE if self.accounts else _ALL
        rights = {action for action in _ALL if self._open_to_all(path, action)}
        return frozenset(rights)

    def _within(self, path: str, rights: frozenset[str]) -> frozenset[str]:
        """Take away what cannot be done: Quay makes a repository for a push, not for a pull."""
        recorded = self.habits.own_api and not self.closed
        missing = recorded and path not in self.content.repositories
        return _NONE if missing and "push" not in rights else rights

    def _token(self, host: str, given: Given) -> str:
        if not self.habits.own_api:
            return secrets.token_urlsafe(24)
        now_s = self.content.clock.now_ms // 1000
        actions = sorted(given.rights, reverse=True)
        return bearer_token(host, given.actor, given.path or "", actions, now_s)

    def _given(self, asked: Asked) -> Given:
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, Given())

    def _owner_of(self, identity: str) -> str:
        return next((user for user, known in self.accounts.items() if known[0] == identity), "")

    def _challenge_basic(self, asked: Asked, action: str) -> Answer | None:
        user, password = _user(asked.headers.get("Authorization", ""))
        known, rights = self.accounts.get(user, ("", _NONE))
        if password and password == known and action in rights:
            return None
        return _denied('Basic realm="Authorization Required"')


_ACTIONS = {"pull": "pull", "push": "push,pull"}


def _of_registry(asked: Asked) -> bool:
    return asked.path.startswith("/v2/")


def _junk(asked: Asked) -> bool:
    kind, _, token = asked.headers.get("Authorization", "").partition(" ")
    return kind == "Bearer" and token.count(".") != 2  # noqa: PLR2004 - the dots of a JWT


def _unnamed(challenge: str) -> Answer:
    headers = {"Content-Type": "text/html; charset=utf-8", "WWW-Authenticate": challenge}
    return Answer(401, headers, b"true")


def _denied(challenge: str) -> Answer:
    denied = refused("UNAUTHORIZED", "access to the requested resource is not authorized", 401)
    said = {"WWW-Authenticate": challenge, "Docker-Distribution-API-Version": "registry/2.0"}
    return Answer(401, {**denied.headers, **said}, denied.body)


def refused(code: str, message: str, status: int, detail: object = None) -> Answer:
    """Build an error answer (distribution-spec, "Error Codes")."""
    said = {} if detail is None else detail
    document = {"errors": [{"code": code, "detail": said, "message": message}]}
    return Answer(status, {"Content-Type": "application/json"}, _compact(document) + b"\n")


def _compact(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _user(authorization: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(authorization.removeprefix("Basic ")).decode()
    except (binascii.Error, ValueError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password
