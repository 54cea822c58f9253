"""How registries differ, as far as one must know it before asking: one table.

All else is noticed as they answer: an ETag (CNCF distribution, Harbor), a missing referrers API
(distribution, ghcr.io, GitLab), Bearer or Basic and where tokens are had, blobs behind a redirect.
Both stand side by side, registry by registry, in `docs/registries.md`, whose every cell is a test.
"""

from dataclasses import dataclass

from watchdog.core.reference import Repository


@dataclass(frozen=True, slots=True)
class Kind:
    """One row: where the API of its images is, and which request is the cheap one.

    `namespace` is what a name of one component stands in. `reads_are_counted`: a GET of a manifest
    counts against a pull limit and a HEAD does not, so a HEAD goes first, ETag or not.
    """

    api_host: str | None = None
    namespace: str | None = None
    reads_are_counted: bool = False

    def api(self, repository: Repository) -> Repository:
        """Name a repository as the API of this registry does."""
        path = repository.path
        if self.namespace is not None and "/" not in path:
            path = f"{self.namespace}/{path}"
        return Repository(self.api_host or repository.registry, path)


ANY = Kind()
# https://docs.docker.com/docker-hub/usage/pulls/
_DOCKER_HUB = Kind("registry-1.docker.io", namespace="library", reads_are_counted=True)
KINDS = {
    "docker.io": _DOCKER_HUB,
    "index.docker.io": _DOCKER_HUB,
    "registry-1.docker.io": _DOCKER_HUB,
}
DOCKER_HUB_HOSTS = frozenset(KINDS)


def kind_of(repository: Repository) -> Kind:
    """Find the row of a repository's registry; quay.io and most others need none."""
    return KINDS.get(repository.registry, ANY)
