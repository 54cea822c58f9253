"""Which repositories of Quays a policy watches: those it names, and where globs may find more."""

from dataclasses import dataclass

from watchdog.core.globs import WILDCARD
from watchdog.core.policy import Policy
from watchdog.core.reference import Repository


@dataclass(frozen=True, slots=True)
class QuayScope:
    """Repositories named without a glob; namespaces (host, name) to list for those with one.

    `unlistable` are globs whose namespace is a glob, too: what they match cannot be listed.
    """

    repositories: tuple[Repository, ...]
    namespaces: tuple[tuple[str, str], ...]
    unlistable: tuple[str, ...]


def quay_scope(policy: Policy) -> QuayScope:
    """Sort the images of a policy's rules that are on a Quay."""
    repositories: dict[Repository, None] = {}
    namespaces: dict[tuple[str, str], None] = {}
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
            namespaces[host, namespace] = None
    return QuayScope(tuple(repositories), tuple(namespaces), tuple(unlistable))
