import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from watchdog.core.commits import Lead, Place, Revision, parse_ref_pattern
from watchdog.demo.git import GitRepository, GitServer
from watchdog.history.mirror import Mirror
from watchdog.history.mirrors import Mirrors


@dataclass
class Source:
    """A repository behind a server, and the mirror of it that the tests are about."""

    server: GitServer
    repository: GitRepository
    mirrors: Path
    mirror: Mirror

    @property
    def url(self) -> str:
        return self.server.url("org/app")

    @property
    def folder(self) -> Path:
        """The clone's folder, which exists once it was fetched."""
        return next(self.mirrors.glob("*.git"))

    def fetch(self) -> None:
        """Fetch now, whatever was fetched before."""
        self.mirror.refresh(after=time.monotonic())

    def place(self, revision: Revision, *refs: str) -> Place | None:
        return self.mirror.place(revision, tuple(parse_ref_pattern(ref) for ref in refs))

    def lead(self, revision: Revision, *refs: str) -> Lead | None:
        return self.mirror.lead(revision, tuple(parse_ref_pattern(ref) for ref in refs))


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    server = GitServer(tmp_path / "served").start()
    repository = GitRepository(server.folder / "org" / "app.git")
    mirrors = tmp_path / "mirrors"
    mirror = Mirrors(mirrors).mirror(server.url("org/app"))
    yield Source(server, repository, mirrors, mirror)
    server.stop()
