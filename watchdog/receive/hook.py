"""A webhook as it came, and the reading that every receiver does.

What it says is a hint: the policy's rule decides whether a tag that it names is looked at at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from watchdog.core.document import decode_json
from watchdog.core.oci import parse_time
from watchdog.core.reference import Digest, Repository
from watchdog.errors import MalformedError

EARLIEST = datetime(2013, 1, 1, tzinfo=UTC)
"""No container registry is older: what is earlier stands for a time that is not known."""
AHEAD_MAX = timedelta(days=1)
"""How far a registry's clock may go before ours."""
_NEVER = datetime.max.replace(tzinfo=UTC)
# Python reads more of ISO 8601 than RFC 3339 has, such as weeks.
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Hook:
    """Body and headers (their names in lower case) of a webhook whose sender was authentic.

    `registry` is what its URL names by `?registry=HOST`: the host in the policy's own words, for
    registries that do not know the name they are reached by. `received` is when it came; where
    that is not said, no time in it is too late.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None
    received: datetime = _NEVER

    def document(self) -> dict[str, Any]:
        """Decode the body, a JSON object; raises MalformedError."""
        return decode_json(self.body, "the body")

    def repository(self, said_host: str | None, path: str) -> Repository:
        """Name a repository, at the host of the URL rather than at the one that the hook says.

        Raises MalformedError.
        """
        host = self.registry or said_host
        if not host:
            raise MalformedError("it names no registry: add `?registry=HOST` to the hook's URL")
        if "/" in host:
            raise MalformedError(f"not a registry host: {host[:80]!r}")
        return Repository.parse(f"{host}/{path}")

    def time(self, value: object) -> datetime | None:
        """Take a time in UTC, of RFC 3339 or seconds since 1970; what is or can be none is None."""
        moment = _seconds(value) or _text(value)
        if moment is None or moment < EARLIEST or moment - AHEAD_MAX > self.received:
            return None
        return moment


def a_digest(value: object) -> Digest | None:
    """Take a digest; what is none is left out, as the look at the tag matters more."""
    try:
        return Digest.parse(value) if isinstance(value, str) else None
    except MalformedError:
        return None


def an_actor(value: object) -> str | None:
    """Take the name of who pushed, where there is one."""
    return value if isinstance(value, str) and value else None


def _seconds(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _text(value: object) -> datetime | None:
    """Read an RFC 3339 time, of whose fraction six digits are kept; a leap second is none."""
    is_time = isinstance(value, str) and _RFC_3339.fullmatch(value)
    return parse_time(is_time.string.upper()) if is_time else None
