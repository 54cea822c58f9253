"""Asking each watched repository of a Quay what our token, or nobody, may do with it.

Reads only, and writes no pull into anyone's log. What follows from it is `core.quay_access`'s.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from watchdog.core.quay_access import Credit, Info
from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.repositories import repository_info, shows_credit

FAULTS_MAX = 3


@dataclass(frozen=True, slots=True)
class Answers:
    """What one Quay answered; a repository's info is None where it would not tell.

    `odd` are repositories of which it answered what cannot be used, each with the reason: asking
    again soon does not help. One that could not be asked in time is nowhere. `fault` is why, if
    Quay itself did not answer.
    """

    host: str
    credit: Credit
    infos: Mapping[Repository, Info | None]
    odd: Mapping[Repository, str] = field(default_factory=dict)
    fault: str = ""


def by_host(repositories: Iterable[Repository]) -> dict[str, list[Repository]]:
    """Put repositories together by their registry."""
    hosts: dict[str, list[Repository]] = {}
    for repository in repositories:
        hosts.setdefault(repository.registry, []).append(repository)
    return hosts


def ask_host(api: QuayApi, host: str, repositories: Iterable[Repository], until: float) -> Answers:
    """Ask a Quay of each of these repositories, until that moment of the monotonic clock.

    What was answered counts, whatever came of the others; FAULTS_MAX in a row without an answer end
    it.
    """
    infos: dict[Repository, Info | None] = {}
    odd: dict[Repository, str] = {}
    fault, in_a_row = "", 0
    for repository in repositories:
        if time.monotonic() > until or in_a_row >= FAULTS_MAX:
            break
        try:
            infos[repository] = _info(api, repository)
            in_a_row = 0
        except (RemoteError, MalformedError) as error:
            if not error.retryable:
                odd[repository] = str(error)
                continue
            fault, in_a_row = str(error), in_a_row + 1
    try:
        return Answers(host, _credit(api, host, infos), infos, odd, fault)
    except (RemoteError, MalformedError) as error:
        # What may be said of the answers depends on it.
        return Answers(host, Credit.IN_DOUBT, {}, odd, fault or str(error))


def _info(api: QuayApi, repository: Repository) -> Info | None:
    try:
        return repository_info(api, repository)
    except (DeniedError, NotFoundError):
        return None


def _credit(api: QuayApi, host: str, infos: Mapping[Repository, Info | None]) -> Credit:
    """Find out whether Quay believes our token: by what it let us do, else by a list."""
    if not api.has_token(host):
        return Credit.ABSENT
    if any(info and info.needs_credit for info in infos.values()):
        return Credit.PROVEN
    namespaces = dict.fromkeys(api.path_of(each).partition("/")[0] for each in infos)
    proven = any(shows_credit(api, host, namespace) for namespace in namespaces)
    return Credit.PROVEN if proven else Credit.IN_DOUBT
