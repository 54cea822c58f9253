"""The repositories of Quays that a command is about: those the policy watches, or one by name."""

import re
from collections.abc import Iterator

from watchdog.core.globs import WILDCARD, regex_of
from watchdog.core.policy import Policy
from watchdog.core.quay_scope import quay_scope
from watchdog.core.reference import Repository
from watchdog.errors import ConfigurationError, MalformedError, WatchdogError
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.repositories import list_repositories

Found = Repository | tuple[str, str]
"""A repository, or a part of the policy and why its repositories are not known."""


def find_repositories(api: QuayApi, policy: Policy, pattern: str | None) -> tuple[Found, ...]:
    """Find what the policy watches on Quays, each once; a pattern chooses among that.

    A repository that is named whole, such as quay.io/org/app, need not be watched. Raises
    ConfigurationError where there is none.
    """
    named = _named(policy, pattern) if pattern else None
    if named:
        return (named,)
    chosen = re.compile(regex_of(pattern or "**"))
    found = tuple(
        one
        for one in dict.fromkeys(_watched(api, policy))
        if not isinstance(one, Repository)
        or chosen.fullmatch(str(one))
        or chosen.fullmatch(one.path)
    )
    if not found:
        which = f" and matches {pattern!r}" if pattern else ""
        raise ConfigurationError(f"there is no repository of a Quay that the policy watches{which}")
    return found


def _named(policy: Policy, pattern: str) -> Repository | None:
    """Read a pattern as the name of a repository of one of the policy's Quays."""
    if WILDCARD.search(pattern):
        return None
    try:
        repository = Repository.parse(pattern)
    except MalformedError:
        return None
    return repository if policy.is_quay(repository) else None


def _watched(api: QuayApi, policy: Policy) -> Iterator[Found]:
    scope = quay_scope(policy)
    yield from scope.repositories
    for namespace in scope.namespaces:
        try:
            listed = list_repositories(api, namespace.host, namespace.name)
        except WatchdogError as error:
            yield f"{namespace}/*", str(error)
            continue
        yield from (row.repository for row in listed if policy.watches(row.repository))
    for glob in scope.unlistable:
        yield glob, "what is in it cannot be listed: name its namespace in the policy"
