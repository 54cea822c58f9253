"""What a registry's webhook told us: a hint that says where to look, never what is there."""

from dataclasses import dataclass
from datetime import datetime

from watchdog.core.reference import Digest, Repository, Tag


@dataclass(frozen=True, slots=True)
class Push:
    """Tags of one repository that were moved; `test` marks a person's try of the hook.

    `at` is when, in UTC and by the registry's clock, where the hook says so.
    """

    repository: Repository
    tags: tuple[str, ...]
    digest: Digest | None = None
    actor: str | None = None
    at: datetime | None = None
    test: bool = False

    def references(self) -> tuple[Tag, ...]:
        """Name each tag in full; raises MalformedError for one that is none."""
        return tuple(Tag(self.repository, name) for name in self.tags)
