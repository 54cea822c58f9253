"""The chore that looks at the watchdog itself, and tells what is wrong with it through the outbox.

It asks nobody but the store: what other chores and workers found stands there. Where no worker runs
it does not run either; that is for the dead man's switch, and for the page, to say.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from watchdog.core.message import Message
from watchdog.core.quay_access_told import access_lost
from watchdog.core.quay_hook_health import hooks_disabled
from watchdog.core.reference import Repository
from watchdog.core.self_condition import SelfCondition, Trouble, follow_trouble
from watchdog.core.self_trouble import (
    mirror_troubles,
    node_troubles,
    store_unsafe,
    store_write_failed,
    sweep_late,
)
from watchdog.store.due import Claim
from watchdog.store.outbox import post
from watchdog.store.records import moment
from watchdog.store.self_conditions import checked_writes, reports_forgotten_writes
from watchdog.work.tools import Tools

SELF_CHECK = "self-check"
EVERY_MS = 60_000
REPORT_VALID_FOR = timedelta(minutes=5)
"""A worker that has not reported for longer is gone."""
GIT_HOST = "git host "
"""How the subject of an outage begins that tells of a git host."""

logger = logging.getLogger(__name__)


def check_self(tools: Tools, claim: Claim) -> None:
    """Find out what is wrong, and tell what is to be told; raises StaleLeaseError, StoreError."""
    now = moment(claim.now_ms)
    found = {trouble.name: trouble for check in CHECKS for trouble in check(tools, now)}
    kept, messages = _follow(tools, found, now)
    posting = post(messages, tools.routes)
    tools.chores.complete(
        claim,
        next_in_ms=EVERY_MS,
        writes=[
            *checked_writes(kept, now),
            *reports_forgotten_writes(_gone(tools, now)),
            *posting.writes,
        ],
        announce=posting.announce,
    )


def _follow(
    tools: Tools, found: Mapping[str, Trouble], now: datetime
) -> tuple[dict[str, SelfCondition], list[Message]]:
    """Say what is to be kept of all conditions, and what to tell."""
    known = tools.self_conditions.conditions()
    link = f"{tools.base_url.rstrip('/')}/" if tools.base_url else None
    kept: dict[str, SelfCondition] = {}
    messages: list[Message] = []
    for name in dict.fromkeys((*known, *found)):
        before, trouble = known.get(name), found.get(name)
        after, message = follow_trouble(before, trouble, now, link)
        if trouble and (before is None or not before.is_open):
            logger.warning("%s: %s", trouble.code, trouble.title)
        if after:
            kept[name] = after
        if message:
            messages.append(message)
    return kept, messages


def _sweep(tools: Tools, now: datetime) -> Iterator[Trouble]:
    due = tools.looks.oldest_due_ms()
    overdue = timedelta() if due is None else tools.records.now() - moment(due)
    undone = {name: since for name, since in tools.undone.since().items() if name != SELF_CHECK}
    return sweep_late(overdue, undone, now)


def _hooks(tools: Tools, now: datetime) -> Iterator[Trouble]:
    reports = tools.quay_hooks.reports()
    return hooks_disabled({one: reports[one] for one in reports if _is_told(tools, one)}, now)


def _access(tools: Tools, _now: datetime) -> Iterator[Trouble]:
    """Say what a Quay lets us do no more: of its token, and of each repository."""
    standings = tools.quay_access.standings()
    repositories = {name: Repository.parse(name) for name in standings if "/" in name}
    silent = {name for name, one in repositories.items() if not _is_told(tools, one)}
    return access_lost({name: standings[name] for name in standings if name not in silent})


def _is_told(tools: Tools, repository: Repository) -> bool:
    """Tell whether people want to hear of a repository: who only observes does not."""
    watched = tools.policy.watched(repository)
    return watched is not None and watched.told


def _machines(tools: Tools, now: datetime) -> Iterator[Trouble]:
    """Say what workers report of where they run, and of git hosts that no outage tells of."""
    reports = tools.self_conditions.reports().values()
    valid = [report for report in reports if now - report.at <= REPORT_VALID_FOR]
    for report in valid:
        yield from node_troubles(report)
    outages = (one for one in tools.records.outages() if one.startswith(GIT_HOST))
    failing = (mirror for report in valid for mirror in report.mirrors)
    yield from mirror_troubles(failing, (one.removeprefix(GIT_HOST) for one in outages), now)


def _store(tools: Tools, _now: datetime) -> Iterator[Trouble]:
    yield from store_unsafe(tools.self_conditions.unsafe_settings())
    yield from store_write_failed(tools.self_conditions.failed_writes())


def _gone(tools: Tools, now: datetime) -> Iterator[str]:
    """Name the workers that have not reported for long."""
    reports = tools.self_conditions.reports().items()
    return (worker for worker, report in reports if now - report.at > REPORT_VALID_FOR)


CHECKS: tuple[Callable[[Tools, datetime], Iterable[Trouble]], ...] = (
    _sweep,
    _hooks,
    _access,
    _machines,
    _store,
)
