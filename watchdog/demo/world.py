"""The world that the incident happens in: a registry, two git repositories, and people's channels.

All of it is on loopback and in one folder. It knows nothing of the watchdog, which meets it over
HTTP as it would meet quay.io and GitHub.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from watchdog.core.commits import Revision
from watchdog.core.reference import Digest, Tag
from watchdog.demo.git import GitRepository, GitServer
from watchdog.demo.images import BuiltImage, build_image, build_layer
from watchdog.demo.receiver import Receiver
from watchdog.demo.registry import RegistrySimulator

IMAGE = "crunchtools/acquacotta"
SIBLING = "crunchtools/acquacotta-old"
_SIBLING_BEGAN = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """The parts of the world, running. `real` and `sibling` have no commit in common."""

    registry: RegistrySimulator
    git: GitServer
    real: GitRepository
    sibling: GitRepository
    receiver: Receiver

    @property
    def tag(self) -> Tag:
        """The tag that hosts pull every night."""
        return self.registry.tag(IMAGE)

    @property
    def held(self) -> Digest | None:
        """What the tag is now, by the registry's own books."""
        return self.registry.digest(self.tag)

    def build(self, path: str, revision: Revision, at: datetime, base: str) -> BuiltImage:
        """Build a commit of the repository at `path`, labelled as docker/metadata-action does."""
        labels = {
            "org.opencontainers.image.source": f"http://{self.git.address}/{path}",
            "org.opencontainers.image.revision": revision,
            "org.opencontainers.image.created": at.isoformat(timespec="milliseconds"),
        }
        layers = [
            build_layer({"etc/os-release": base.encode()}),
            build_layer({"opt/acquacotta/commit": f"{path}@{revision}".encode()}),
        ]
        return build_image(labels, created=at, layers=layers)

    def push(self, image: BuiltImage) -> Digest:
        """Push a build under the tag; the registry sends its hook."""
        return self.registry.push(image, self.tag)


@contextmanager
def loopback_world(folder: Path) -> Iterator[World]:
    """Start the world; its git repositories lie in `folder`."""
    with ExitStack() as stack:
        git = GitServer(folder).start()
        stack.callback(git.stop)
        real = GitRepository(folder / f"{IMAGE}.git", author="Acquacotta")
        sibling = GitRepository(folder / f"{SIBLING}.git", author="Acquacotta, archived")
        sibling.commit("Import", at=_SIBLING_BEGAN)
        sibling.commit("Archive this repository; work goes on in crunchtools/acquacotta")
        registry = stack.enter_context(RegistrySimulator())
        receiver = stack.enter_context(Receiver())
        yield World(registry, git, real, sibling, receiver)
