"""A webhook as it came, and the reading that every receiver does.

What it says is a hint: the policy's rule decides whether a tag that it names is looked at at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from watchdog.core.document import decode_json
from watchdog.core.reference import Digest, Repository
from watchdog.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Hook:
    """Body and headers (their names in lower case) of a webhook whose sender was authentic.

    `registry` is what its URL names by `?registry=HOST`: the host in the policy's own words, for
    registries that do not know the name they are reached by.
    """

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    registry: str | None = None

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


def a_digest(value: object) -> Digest | None:
    """Take a digest; what is none is left out, as the look at the tag matters more."""
    try:
        return Digest.parse(value) if isinstance(value, str) else None
    except MalformedError:
        return None


def an_actor(value: object) -> str | None:
    """Take the name of who pushed, where there is one."""
    return value if isinstance(value, str) and value else None
