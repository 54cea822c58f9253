"""Namespaces of Quays: which of them an image is in."""

from dataclasses import dataclass
from typing import Self

from watchdog.core.policy import Policy
from watchdog.core.reference import Repository


@dataclass(frozen=True, slots=True, order=True)
class Namespace:
    """What a Quay keeps repositories under: an organisation or a user."""

    host: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `HOST/NAME`."""
        host, _, name = text.partition("/")
        return cls(host, name)

    def __str__(self) -> str:
        return f"{self.host}/{self.name}"


def namespace_of(policy: Policy, repository: Repository) -> Namespace | None:
    """Say in which namespace of a Quay a repository is; None if it is in none."""
    if not policy.is_quay(repository):
        return None
    prefix = policy.quay_prefixes.get(repository.registry)
    start = f"{prefix}/" if prefix else ""
    name, slash, _ = repository.path.removeprefix(start).partition("/")
    named = slash and repository.path.startswith(start)
    return Namespace(repository.registry, name) if named else None
