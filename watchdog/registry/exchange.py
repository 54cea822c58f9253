"""What one HTTP exchange is made of: where, what was asked, what came back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from watchdog.errors import MalformedError

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class HostSettings:
    """How to reach one host: without TLS, or with a CA file instead of the system's roots."""

    plain_http: bool = False
    ca_file: Path | None = None

    @property
    def scheme(self) -> str:
        """The scheme of the host's URLs."""
        return "http" if self.plain_http else "https"


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask; `registry` is the host on whose behalf, `about` names the tag for messages."""

    method: str
    url: str
    registry: str
    about: str
    max_bytes: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, from which host; the body of anything but 200 is cut short."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    origin: "Origin"

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip()


class Origin(NamedTuple):
    """What credentials are bound to."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """Read a URL's scheme, host and port; raises MalformedError, also for a user in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MalformedError("not a URL") from error
        if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
            raise MalformedError("not a plain http(s) URL")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"
