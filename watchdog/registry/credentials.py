"""Registry credentials, from where podman and docker keep them (containers-auth.json(5)).

In one file the helper of a host goes before the entries, these by the longest prefix of the
repository's name, and a store for everything last.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchdog.core.document import decode_json
from watchdog.core.reference import Repository
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.registry.keychain import Keychain
from watchdog.registry.kinds import DOCKER_HUB_HOSTS
from watchdog.registry.login import Login

_HUB = "docker.io"
_HUBS_SERVER = "https://index.docker.io/v1/"
"""What docker calls its Hub when it asks a helper."""
FILE_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class AuthFile:
    """One file: logins by host or repository prefix, helpers by host, a helper for all hosts."""

    logins: Mapping[str, Login] = field(default_factory=dict, repr=False)
    helpers: Mapping[str, str] = field(default_factory=dict)
    store: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """The logins of several files; the first file that knows one decides."""

    files: tuple[AuthFile, ...] = ()
    keychain: Keychain = field(default_factory=lambda: Keychain({}))

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Credentials":
        """Read the files that the environment names, as podman and docker would.

        With REGISTRY_AUTH_FILE that one alone, and it must exist. Raises ConfigurationError.
        """
        chosen = environ.get("REGISTRY_AUTH_FILE")
        places = (Path(chosen),) if chosen else _usual_places(environ)
        files = tuple(_read(path) for path in places if chosen or path.is_file())
        return cls(files, Keychain(environ))

    def find(self, repository: Repository) -> Login | None:
        """Find the login for a repository; raises what the credential helper raises, if one is set.

        An entry counts by whole components of the name: `quay.io/acme` is not for `quay.io/acme2`.
        """
        host, names = _normal_host(repository.registry), _prefixes(repository)
        for file in self.files:
            login = self._ask(file.helpers.get(host), host)
            login = login or next(
                (file.logins[name] for name in names if name in file.logins), None
            )
            login = login or self._ask(file.store, host)
            if login is not None:
                return login
        return None

    def forget(self, repository: Repository) -> None:
        """Ask the helpers anew next time: what they gave was refused."""
        self.keychain.forget(_server(_normal_host(repository.registry)))

    def _ask(self, helper: str | None, host: str) -> Login | None:
        return self.keychain.login(helper, _server(host)) if helper else None


def _prefixes(repository: Repository) -> tuple[str, ...]:
    components = [_normal_host(repository.registry), *repository.path.split("/")]
    return tuple("/".join(components[:length]) for length in range(len(components), 0, -1))


def _server(host: str) -> str:
    return _HUBS_SERVER if host == _HUB else host


def _usual_places(environ: Mapping[str, str]) -> tuple[Path, ...]:
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    places = []
    if environ.get("XDG_RUNTIME_DIR"):
        places.append(Path(environ["XDG_RUNTIME_DIR"], "containers", "auth.json"))
    if environ.get("XDG_CONFIG_HOME"):
        places.append(Path(environ["XDG_CONFIG_HOME"], "containers", "auth.json"))
    elif home:
        places.append(home / ".config" / "containers" / "auth.json")
    if environ.get("DOCKER_CONFIG"):
        places.append(Path(environ["DOCKER_CONFIG"], "config.json"))
    elif home:
        places.append(home / ".docker" / "config.json")
    return tuple(places)


def _read(path: Path) -> AuthFile:
    try:
        with path.open("rb") as file:
            document = decode_json(file.read(FILE_MAX_BYTES), "it")
        logins = {
            _normal_key(key): _login(key, entry)
            for key, entry in _section(document, "auths").items()
        }
        helpers = {
            _normal_key(key): _helper(name)
            for key, name in _section(document, "credHelpers").items()
        }
        store = document.get("credsStore") or None
        known = {key: login for key, login in logins.items() if login is not None}
        return AuthFile(known, helpers, None if store is None else _helper(store))
    except (OSError, MalformedError) as error:
        raise ConfigurationError(f"cannot read the credentials in {path}: {error}") from error


def _section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = document.get(name) or {}
    if not isinstance(section, dict):
        raise MalformedError(f"`{name}` is not a JSON object")
    return section


def _helper(name: object) -> str:
    if not isinstance(name, str):
        raise MalformedError("the name of a credential helper is not text")
    return name


def _login(key: str, entry: Any) -> Login | None:
    """Read one entry; None for an empty one, which docker leaves where a helper has the secret."""
    entry = entry if isinstance(entry, dict) else {}
    identity = entry.get("identitytoken")
    if identity:
        if not isinstance(identity, str):
            raise MalformedError(f"`identitytoken` of {key[:80]!r} is not text")
        return Login("", "", identity)
    encoded = entry.get("auth")
    if not encoded:
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError, TypeError):
        # `from None`: those exceptions hold the secret itself.
        raise MalformedError(f"`auth` of {key[:80]!r} is not base64 text") from None
    if not colon:
        raise MalformedError(f"`auth` of {key[:80]!r} is not user:password")
    return Login(user, password.rstrip("\0"))


def _normal_key(key: str) -> str:
    """Bring a key to `host[/path]`; of a URL, as docker writes them, only the host counts."""
    _, scheme, rest = key.rpartition("://")
    host, slash, path = rest.partition("/")
    return _normal_host(host) if scheme else f"{_normal_host(host)}{slash}{path.rstrip('/')}"


def _normal_host(host: str) -> str:
    return _HUB if host in DOCKER_HUB_HOSTS else host
