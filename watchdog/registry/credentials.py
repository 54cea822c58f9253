"""Registry credentials, from where podman and docker keep them (containers-auth.json(5)).

Credential helpers (`credsStore`, `credHelpers`) and identity tokens are not read.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchdog.core.oci import decode_json
from watchdog.core.reference import Repository
from watchdog.errors import ConfigurationError, MalformedError

_DOCKER_HUB = frozenset({"index.docker.io", "registry-1.docker.io", "docker.io"})


@dataclass(frozen=True, slots=True)
class Login:
    """A user's name and password (or a robot's token)."""

    user: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header (RFC 7617)."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Logins by registry host or repository prefix; of several files the first one that knows."""

    files: tuple[Mapping[str, Login], ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> "Credentials":
        """Read the files that the environment names, as podman and docker would.

        With REGISTRY_AUTH_FILE that one alone, and it must exist. Raises ConfigurationError.
        """
        chosen = environ.get("REGISTRY_AUTH_FILE")
        if chosen:
            return cls((_read(Path(chosen)),))
        return cls(tuple(_read(path) for path in _usual_places(environ) if path.is_file()))

    def find(self, repository: Repository) -> Login | None:
        """Find the login of the longest prefix of the repository's name, in whole components."""
        registry = _normal_host(repository.registry)
        components = [registry, *repository.path.split("/")]
        for logins in self.files:
            for length in range(len(components), 0, -1):
                login = logins.get("/".join(components[:length]))
                if login is not None:
                    return login
        return None


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


def _read(path: Path) -> Mapping[str, Login]:
    try:
        entries = decode_json(path.read_bytes(), "it").get("auths") or {}
        found = {_normal_key(key): _login(key, entry) for key, entry in dict(entries).items()}
    except (OSError, MalformedError, TypeError, ValueError) as error:
        raise ConfigurationError(f"cannot read the credentials in {path}: {error}") from error
    return {key: login for key, login in found.items() if login is not None}


def _login(key: str, entry: Any) -> Login | None:
    """Read one entry; None for an empty one, which docker leaves where a helper has the secret."""
    encoded = entry.get("auth") if isinstance(entry, dict) else None
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
    return "docker.io" if host in _DOCKER_HUB else host
