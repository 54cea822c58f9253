"""The hook by which a Quay tells of pushes: what ours is made of, and how one stands.

Quay has no shared secret. So ours stands in the body, which a template makes, or in the URL's
password. After FAILURES_MAX failed deliveries in a row a hook is off, silently and for good.
Source: quay/quay util/jsontemplate.py, notifications/notificationmethod.py,
data/model/notification.py.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, quote, unquote, urlsplit

from watchdog.errors import ConfigurationError

FAILURES_MAX = 3
EVENT, METHOD = "repo_push", "webhook"
PATH = "/hooks/quay"
USER = "watchdog"
# Quay refuses these in a hook's URL, and an operator may add to them.
REFUSED_HOSTS = frozenset({"localhost", "127.0.0.1"})
_PORTS = {"http": 80, "https": 443}
_HIDDEN = "***"


class HookState(StrEnum):
    """How a repository's hook stands."""

    FINE = "fine"
    FAILING = "failing"
    DISABLED = "disabled"
    OUTDATED = "outdated"  # its secret is not one of those that are accepted
    MISSING = "missing"
    UNREADABLE = "unreadable"


_WORST_FIRST = (HookState.DISABLED, HookState.OUTDATED, HookState.FAILING, HookState.FINE)


class HookAuth(StrEnum):
    """Where a hook has its secret: in the body's template, or in the URL as HTTP Basic."""

    BODY = "body"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification of a repository, as Quay lists it; URL and template may hold a secret."""

    uuid: str
    title: str
    event: str
    method: str
    failures: int
    url: str = field(default="", repr=False)
    template: str = field(default="", repr=False)

    @property
    def is_disabled(self) -> bool:
        """Whether Quay sends it no more."""
        return self.failures >= FAILURES_MAX

    @property
    def tells_pushes(self) -> bool:
        """Whether it is a webhook about pushes, ours or not."""
        return (self.event, self.method) == (EVENT, METHOD)


@dataclass(frozen=True, slots=True)
class HookReceiver:
    """Where this service receives hooks, and the secrets that it accepts; the first is for new."""

    base_url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        """The address of hooks, without a secret."""
        return f"{self.base_url.rstrip('/')}{PATH}"

    def is_ours(self, notification: Notification) -> bool:
        """Tell whether a notification sends pushes to us, whatever user and query its URL has."""
        here = _place(self.url)
        return notification.tells_pushes and here is not None and _place(notification.url) == here

    def state_of(self, notification: Notification) -> HookState:
        """Say how one of ours stands; without secrets none is known to be outdated."""
        if notification.is_disabled:
            return HookState.DISABLED
        if self.secrets and not set(_secrets_of(notification)).intersection(self.secrets):
            return HookState.OUTDATED
        return HookState.FAILING if notification.failures else HookState.FINE

    def worst_of(self, found: Iterable[Notification]) -> tuple[Notification, HookState] | None:
        """Find which of ours, among these, stands worst, and how; None if none is ours."""
        states = ((one, self.state_of(one)) for one in found if self.is_ours(one))
        return min(states, key=lambda pair: _WORST_FIRST.index(pair[1]), default=None)

    def config(self, auth: HookAuth) -> dict[str, str]:
        """Make the `config` of a new notification; raises ConfigurationError with what to change.

        `pruned_image_count` marks Quay's test of a hook; for a push the template makes it null.
        """
        scheme, host = urlsplit(self.url).scheme, urlsplit(self.url).netloc
        if (urlsplit(self.url).hostname or "") in REFUSED_HOSTS:
            raise ConfigurationError(f"WATCHDOG_BASE_URL: Quay sends no hooks to {host}")
        if not self.secrets:
            raise ConfigurationError("WATCHDOG_HOOK_SECRET is not set: hooks would not be received")
        secret = self.secrets[0]
        if auth is HookAuth.BASIC:
            if not secret.isascii():
                raise ConfigurationError("WATCHDOG_HOOK_SECRET: Quay's Basic password is ASCII")
            path = urlsplit(self.url).path
            return {"url": f"{scheme}://{USER}:{quote(secret, safe='')}@{host}{path}"}
        if "${" in secret:
            raise ConfigurationError("WATCHDOG_HOOK_SECRET: a template would replace its `${`")
        return {"url": self.url, "template": _template(secret)}


def hidden(url: str) -> str:
    """Show a URL without its user, password and query; "" for what is none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    user = f"{_HIDDEN}@" if "@" in parts.netloc else ""
    netloc = f"[{host}]" if ":" in host else host
    query = f"?{_HIDDEN}" if parts.query else ""
    return f"{parts.scheme}://{user}{netloc}{f':{port}' if port else ''}{parts.path}{query}"


def _template(secret: str) -> str:
    keys = ("docker_url", "updated_tags", "pruned_image_count")
    return json.dumps({"secret": secret, **{key: f"${{{key}}}" for key in keys}})


def _place(url: str) -> tuple[str, str, int | None, str] | None:
    """Name scheme, host, port and path; None for what is no URL."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname or "", port, parts.path.rstrip("/"))


def _secrets_of(notification: Notification) -> Iterator[str]:
    """Find what a notification presents to us: as `web/auth.py` reads it."""
    parts = urlsplit(notification.url)
    yield unquote(parts.password or "")
    yield from parse_qs(parts.query).get("token", [])[:1]
    try:
        document = json.loads(notification.template or "null")
    except (ValueError, RecursionError):
        return
    if isinstance(document, dict) and isinstance(document.get("secret"), str):
        yield document["secret"]
