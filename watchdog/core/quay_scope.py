"""Which repositories of Quays a policy watches: those it names, and where globs may find more."""

from dataclasses import dataclass

from watchdog.core.globs import WILDCARD
from watchdog.core.namespace import Namespace, namespace_of
from watchdog.core.policy import Policy
from watchdog.core.reference import Repository


@dataclass(frozen=True, slots=True)
class QuayScope:
    """Repositories named without a glob; namespaces to list for those with one.

    `unlistable` are globs whose namespace is a glob, too: what they match cannot be listed.
    """

    repositories: tuple[Repository, ...]
    namespaces: tuple[Namespace, ...]
    unlistable: tuple[str, ...]


def quay_scope(policy: Policy) -> QuayScope:
    """Sort the images of a policy's rules that are on a Quay."""
    repositories: dict[Repository, None] = {}
    namespaces: dict[Namespace, None] = {}
    unlistable: dict[str, None] = {}
    for image in policy.images:
        host, _, path = image.partition("/")
        if host not in policy.quay_hosts:
            continue
        prefix = policy.quay_prefixes.get(host)
        namespace = path.removeprefix(f"{prefix}/").partition("/")[0]
        if not WILDCARD.search(image):
            repositories[Repository.parse(image)] = None
        elif WILDCARD.search(namespace):
            unlistable[image] = None
        else:
            namespaces[Namespace(host, namespace)] = None
    return QuayScope(tuple(repositories), tuple(namespaces), tuple(unlistable))


def namespaces_of(policy: Policy) -> tuple[Namespace, ...]:
    """Name every namespace in which a policy names repositories, or may find some by a glob."""
    scope = quay_scope(policy)
    named = (namespace_of(policy, repository) for repository in scope.repositories)
    return tuple(dict.fromkeys((*scope.namespaces, *filter(None, named))))
