"""What an operator sets through the environment, read once at start.

All that is wrong is said at once, and never with the value of a secret. What a setting means to a
room of the product (the store's URL, say) is checked there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from ipaddress import IPv6Address
from pathlib import Path
from typing import Self

from watchdog.core.duration import parse_duration
from watchdog.core.operator import Operator, parse_approvers, parse_operators
from watchdog.environment import Environment
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.notify.channels import Channel, configured
from watchdog.notify.settings import is_web_address

HOOK_SECRET_MIN_CHARS = 16
PORT_MAX = 65535
_BASE_URL = re.compile(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[^?#\\s]*)?")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{8,4096}")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LISTEN = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):([0-9]{1,5})")
_NOBODY = "WATCHDOG_PUBLIC=nothing without a WATCHDOG_OPERATOR_TOKEN: nobody could see anything"


@dataclass(frozen=True, slots=True)
class Listen:
    """An address to listen on; an IPv6 host is kept without its brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the environment says; `warnings` are about names that are no settings."""

    policy: Path
    data: Path
    redis_url: str | None = field(repr=False)
    hook_secrets: tuple[str, ...] = field(repr=False)
    operators: tuple[Operator, ...]
    approvers: tuple[Operator, ...]
    public: bool
    """Whether a visitor without a token may see how things stand."""
    base_url: str | None
    listen: Listen
    look_every: timedelta
    reverts: bool
    git_credentials: Path | None
    registry_auth_file: Path | None
    quay_tokens: Mapping[str, str] = field(repr=False)
    """OAuth tokens of Quays by host; under "" the one that names none."""
    quay_token_expires: Mapping[str, date]
    """On which day these end, by host likewise."""
    trusted_root: Path | None
    heartbeat_url: str | None = field(repr=False)
    """Where a dead man's switch waits to hear that all is looked at in time."""
    channels: tuple[Channel, ...]
    warnings: tuple[str, ...]

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read all settings; raises one ConfigurationError that holds every fault, one a line."""
        read = Environment(environ)
        none: tuple[str, ...] = ()
        secrets = read.value("WATCHDOG_HOOK_SECRET", _hook_secrets, none)
        settings = cls(
            policy=read.value("WATCHDOG_POLICY", Path, Path("watchdog.yaml")),
            data=read.value("WATCHDOG_DATA", Path, _state_folder(environ)),
            redis_url=read.text("REDIS_URL"),
            hook_secrets=secrets,
            operators=read.value("WATCHDOG_OPERATOR_TOKEN", parse_operators, ()),
            approvers=read.value("WATCHDOG_APPROVAL_TOKEN", parse_approvers, ()),
            public=read.value("WATCHDOG_PUBLIC", _public, default=True),
            base_url=read.value("WATCHDOG_BASE_URL", _base_url, None),
            listen=read.value("WATCHDOG_LISTEN", parse_listen, Listen("127.0.0.1", 8080)),
            look_every=read.value("WATCHDOG_LOOK_EVERY", parse_duration, timedelta(minutes=5)),
            reverts=read.value("WATCHDOG_REVERTS", _on_or_off, default=True),
            git_credentials=read.value("WATCHDOG_GIT_CREDENTIALS", Path, None),
            registry_auth_file=read.value("REGISTRY_AUTH_FILE", Path, None),
            quay_tokens=read.value("WATCHDOG_QUAY_TOKEN", _quay_tokens, {}),
            quay_token_expires=read.value("WATCHDOG_QUAY_TOKEN_EXPIRES", _days, {}),
            trusted_root=read.value("WATCHDOG_TRUSTED_ROOT", Path, None),
            heartbeat_url=read.value("WATCHDOG_HEARTBEAT_URL", _web_address, None),
            channels=_channels(read),
            warnings=(*read.warnings(), *_weak_secrets(secrets)),
        )
        if not (settings.public or settings.operators or read.faults):
            read.faults.append(_NOBODY)
        if read.faults:
            raise ConfigurationError("\n".join(read.faults))
        return settings


def parse_listen(text: str) -> Listen:
    """Read `HOST:PORT`, an IPv6 host in brackets; raises MalformedError."""
    match = _LISTEN.fullmatch(text)
    if not match or not 1 <= int(match[2]) <= PORT_MAX:
        raise MalformedError("not HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    host = match[1].strip("[]")
    if match[1] != host:
        try:
            IPv6Address(host)
        except ValueError as error:
            raise MalformedError(f"what is in brackets is not an IPv6 address: {error}") from error
    return Listen(host, int(match[2]))


def _hook_secrets(text: str) -> tuple[str, ...]:
    secrets = tuple(secret for part in text.split(",") if (secret := part.strip()))
    if not secrets:
        raise MalformedError("it holds no secret; make one with: openssl rand -hex 32")
    return secrets


def _quay_tokens(text: str) -> dict[str, str]:
    """Read `TOKEN`, or `HOST=TOKEN` several times; a token is never repeated in an error."""
    tokens: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        host, _, token = part.rpartition("=")
        if not _TOKEN.fullmatch(token) or (host and not _HOST.fullmatch(host)):
            raise MalformedError("not a token, or HOST=TOKEN, several with commas")
        if host.lower() in tokens:
            raise MalformedError(f"two tokens for {host or 'no named host'}")
        tokens[host.lower()] = token
    if not tokens:
        raise MalformedError("it holds no token")
    return tokens


def _days(text: str) -> dict[str, date]:
    """Read `YYYY-MM-DD`, or `HOST=YYYY-MM-DD` several times."""
    days: dict[str, date] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        host, _, day = part.rpartition("=")
        if not _DAY.fullmatch(day) or (host and not _HOST.fullmatch(host)) or host.lower() in days:
            raise MalformedError("not YYYY-MM-DD, or HOST=YYYY-MM-DD, several with commas")
        try:
            days[host.lower()] = date.fromisoformat(day)
        except ValueError as error:
            raise MalformedError(f"there is no day {day}") from error
    return days


def _weak_secrets(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """Warn of secrets that can be guessed; they are used all the same."""
    if all(len(secret) >= HOOK_SECRET_MIN_CHARS for secret in secrets):
        return ()
    short = f"WATCHDOG_HOOK_SECRET has a secret under {HOOK_SECRET_MIN_CHARS} characters"
    return (f"{short}, which can be guessed; make one with: openssl rand -hex 32",)


def _base_url(text: str) -> str:
    if not _BASE_URL.fullmatch(text):
        raise MalformedError("not a URL of this service, such as https://watchdog.example.org")
    return text.rstrip("/")


def _web_address(text: str) -> str:
    """Take a URL that may be a secret: no fault shows it."""
    if not is_web_address(text):
        raise MalformedError("not a URL that starts with https:// and a host")
    return text


def _public(text: str) -> bool:
    if text not in {"status", "nothing"}:
        raise MalformedError("neither status nor nothing")
    return text == "status"


def _on_or_off(text: str) -> bool:
    if text not in {"on", "off"}:
        raise MalformedError("neither on nor off")
    return text == "on"


def _state_folder(environ: Mapping[str, str]) -> Path:
    """Where state belongs by the XDG base directory specification, which ignores relative ones."""
    state = environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):
        state = f"{environ.get('HOME') or Path.home()}/.local/state"
    return Path(state) / "watchdog"


def _channels(read: Environment) -> tuple[Channel, ...]:
    try:
        return configured(read.text)
    except ConfigurationError as error:
        read.faults.append(str(error))
        return ()
