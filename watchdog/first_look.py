"""What a namespace of a Quay holds today, repository by repository, as proposals for a policy.

Reading a tag writes one pull into its repository's usage log. How the proposals are written is
the work of `first_policy`.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import track

from watchdog.core.evidence import read_evidence
from watchdog.core.inheritance import KnownImage, known_images, possible_bases
from watchdog.core.observation import Observation
from watchdog.core.policy import Policy, PolicyError, parse_policy
from watchdog.core.proposal import Pattern, Proposal, propose, undecided
from watchdog.core.reference import Repository, Tag
from watchdog.errors import ConfigurationError, NotFoundError, WatchdogError
from watchdog.first_policy import FirstPolicy
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.quay.repositories import list_repositories
from watchdog.registry.transport import Transport
from watchdog.settings import Settings
from watchdog.wiring import host_settings, quay_api

READERS = 4
TAG = "latest"
_ANY_SOURCE = "https://github.com/any/any"
Seen = tuple[Repository, Observation | str]
"""A repository with what its tag holds, or why that is not known."""


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace of a Quay, and what a policy must say of its registry."""

    repositories: Repository
    """The namespace, as if it were a repository."""
    entry: Mapping[str, Any] = field(default_factory=dict)

    @property
    def registries(self) -> dict[str, dict[str, Any]]:
        """The section `registries` of a policy, {} where it needs none."""
        known = self.repositories.registry == "quay.io" and not self.entry
        return {} if known else {self.repositories.registry: {"kind": "quay", **self.entry}}


def first_policy(settings: Settings, place: Place, source: str | None) -> FirstPolicy:
    """Propose a policy for all of a namespace; raises ConfigurationError, RemoteError."""
    pattern = Pattern(f"{place.repositories}/*", source) if source else None
    policy = _policy(place, source or _ANY_SOURCE)
    with quay_api(settings, policy) as api, _registry(settings, policy) as registry:
        host = place.repositories.registry
        listed = list_repositories(api, host, api.path_of(place.repositories))
        found = sorted(row.repository for row in listed)
        seen = tuple(_read_all(registry, found))
    written_by = f"Written by `watchdog init {place.repositories}`: read it before you trust it."
    return FirstPolicy(written_by, place.registries, tuple(_propose_all(seen, pattern)), pattern)


def _policy(place: Place, source: str) -> Policy:
    """Make the policy by which the registry is asked; it also checks what was given."""
    rule = {"image": f"{place.repositories}/*", "source": source}
    try:
        return parse_policy({"registries": place.registries, "watch": [rule]})
    except PolicyError as error:
        said = "; ".join(f"{path[-1]}: {words}" for path, words in error.problems)
        raise ConfigurationError(f"this does not make a rule: {said}") from error


@contextmanager
def _registry(settings: Settings, policy: Policy) -> Iterator[RegistryClient]:
    """Make what reads images, with the service's own credentials."""
    named = settings.registry_auth_file
    environ = {**os.environ, "REGISTRY_AUTH_FILE": str(named) if named else ""}
    client = RegistryClient(Transport(host_settings(policy)), Credentials.load(environ))
    try:
        yield client
    finally:
        client.close()


def _read_all(registry: RegistryClient, found: list[Repository]) -> Iterable[Seen]:
    """Read the tag of each, some at once, with a progress bar for whoever watches."""
    console = Console(stderr=True)
    with ThreadPoolExecutor(READERS) as readers:
        seen = readers.map(partial(_read, registry), found)
        yield from track(
            seen, "Reading images", len(found), console=console, disable=not console.is_terminal
        )


def _read(registry: RegistryClient, repository: Repository) -> Seen:
    try:
        observation = registry.observe(Tag(repository, TAG))
    except NotFoundError:
        return repository, f"no tag `{TAG}`: which tag is pulled?"
    except WatchdogError as error:
        return repository, f"could not be read: {error}"
    # The manifests' bytes are for reverts, and large.
    return repository, replace(observation, manifests=())


def _propose_all(seen: tuple[Seen, ...], pattern: Pattern | None) -> Iterator[Proposal]:
    """Propose for each, in the light of all the others: one may be the base of another."""
    held = [what for _, what in seen if not isinstance(what, str)]
    known = tuple(image for observation in held for image in known_images(observation))
    for repository, what in seen:
        if isinstance(what, str):
            yield undecided(repository, what)
        else:
            yield _propose(repository, what, known, pattern)


def _propose(
    repository: Repository,
    observation: Observation,
    known: tuple[KnownImage, ...],
    pattern: Pattern | None,
) -> Proposal:
    expected = pattern.source_of(repository) if pattern else None
    others = possible_bases(known, observation.tag, ())
    reading = read_evidence(observation, others, (expected,) if expected else ())
    return propose(repository, reading, pattern)
