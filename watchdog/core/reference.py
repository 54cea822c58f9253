"""Names of images: repository, tag and digest are different types.

Grammar: OCI distribution-spec, "Pulling manifests"; host rules as in distribution/reference.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from watchdog.errors import MalformedError

REPOSITORY_MAX_CHARS = 255
_HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
    r"|\[[0-9a-f:]+\])(?::[0-9]{1,5})?"
)
_PATH = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HEX_LENGTHS = {"sha256": 64, "sha512": 128}


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """The hash that content is known by, such as `sha256:9b45…`."""

    algorithm: str
    hex: str

    def __post_init__(self) -> None:
        if len(self.hex) != _HEX_LENGTHS.get(self.algorithm) or not re.fullmatch(
            "[0-9a-f]+", self.hex
        ):
            raise MalformedError(f"not a digest: {f'{self.algorithm}:{self.hex}'[:80]!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `sha256:<64 hex>` or `sha512:<128 hex>`; raises MalformedError."""
        algorithm, _, hexadecimal = text.partition(":")
        return cls(algorithm, hexadecimal)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Hash content with SHA-256."""
        return cls("sha256", hashlib.sha256(content).hexdigest())

    def matches(self, content: bytes) -> bool:
        """Tell whether the content hashes to this digest, by this digest's own algorithm."""
        return hashlib.new(self.algorithm, content).hexdigest() == self.hex

    @property
    def short(self) -> str:
        """The first twelve hex digits, for people."""
        return self.hex[:12]

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """An image repository: registry host (with its port, if any) and path."""

    registry: str
    path: str

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.registry):
            raise MalformedError(f"not a registry host: {self.registry[:80]!r}")
        if len(self.path) > REPOSITORY_MAX_CHARS or not _PATH.fullmatch(self.path):
            raise MalformedError(f"not a repository path: {self.path[:80]!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `HOST[:PORT]/PATH`; the host is never guessed. Raises MalformedError."""
        registry, slash, path = text.partition("/")
        if not slash or not ("." in registry or ":" in registry or registry == "localhost"):
            raise MalformedError(f"{text[:80]!r} does not start with a registry, such as quay.io/")
        return cls(registry.lower(), path)

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A movable name within a repository, such as `quay.io/crunchtools/acquacotta:latest`."""

    repository: Repository
    name: str

    def __post_init__(self) -> None:
        if not _TAG.fullmatch(self.name):
            raise MalformedError(f"not a tag: {self.name[:80]!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `HOST[:PORT]/PATH:TAG`; without `:TAG` it is `latest`. Raises MalformedError."""
        head, slash, last = text.rpartition("/")
        name, colon, tag = last.partition(":")
        if "@" in text:
            raise MalformedError(f"{text[:80]!r} names a digest; a tag is wanted")
        return cls(Repository.parse(f"{head}{slash}{name}"), tag if colon else "latest")

    def __str__(self) -> str:
        return f"{self.repository}:{self.name}"
