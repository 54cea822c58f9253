"""The chore that keeps Quay's hooks alive: each is read every ten minutes, and reset if it is off.

Quay tells nobody that it has turned a hook off, and sends nothing again that it dropped: the tags
are looked at instead. All of it takes a token with `repo:admin`, and the address of this service.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from watchdog.core.quay_hook import HookReceiver, HookState, Notification, hidden
from watchdog.core.quay_hook_health import (
    HookHealth,
    HookReport,
    follow_health,
    was_reset,
)
from watchdog.core.reference import Repository, Tag
from watchdog.errors import WatchdogError
from watchdog.registry.quay.notifications import list_notifications, reset_notification
from watchdog.store import keys
from watchdog.store.due import Claim, Write
from watchdog.store.quay_hooks import health_forgotten_writes, health_writes, missed_writes
from watchdog.store.records import moment
from watchdog.work.quay_token import watched_tags
from watchdog.work.self_check import SELF_CHECK
from watchdog.work.tools import Tools

READ_EVERY = timedelta(minutes=10)
UNREADABLE_EVERY = timedelta(hours=1)
READ_AT_ONCE = 20
AGAIN_MS = 5_000
IDLE_MS = 60_000
RUN_MAX_S = 30.0
"""Other chores wait meanwhile."""
ANNOUNCED_WITHIN = timedelta(minutes=3)
"""Quay's last attempt to deliver is 90 s after the push: what comes later never comes."""

logger = logging.getLogger(__name__)


def check_hooks(tools: Tools, claim: Claim, *, within_s: float = RUN_MAX_S) -> None:
    """Read the hooks that were read longest ago; raises StaleLeaseError and StoreError."""
    run = _Run(tools, moment(claim.now_ms))
    run.count_missed()
    more = run.check(time.monotonic() + within_s)
    looks = [(keys.LOOKS, str(tag)) for tag in run.lost]
    tools.chores.complete(
        claim,
        next_in_ms=AGAIN_MS if more else IDLE_MS,
        writes=run.writes,
        announce=[*looks, (keys.CHORES, SELF_CHECK)] if looks else (),
    )


@dataclass(slots=True)
class _Run:
    """One round, and what came of it; `lost` are tags whose pushes may not have been told."""

    tools: Tools
    now: datetime
    writes: list[Write] = field(default_factory=list)
    lost: list[Tag] = field(default_factory=list)

    def count_missed(self) -> None:
        """Count the moves whose hooks are not late any more."""
        for tag in self.tools.quay_hooks.unannounced(self.now - ANNOUNCED_WITHIN):
            logger.info("No hook announced the move of %s that the timer found", tag)
            self.writes += missed_writes(tag, self.now)

    def check(self, until: float) -> bool:
        """Read what is due until that moment of the monotonic clock; True if that was not all."""
        reports, receiver = self.tools.quay_hooks.reports(), self.tools.hook_receiver
        if receiver is None or not receiver.base_url:
            return False
        tags = _readable(self.tools)
        stale = (one for one, report in reports.items() if report.health and one not in tags)
        self.writes += health_forgotten_writes(stale)
        due = list(_due(tags, reports, self.now))
        silent: set[str] = set()
        for repository in due[:READ_AT_ONCE]:
            if time.monotonic() > until:
                return True
            if repository.registry not in silent:
                report = reports.get(repository, HookReport())
                if not self._read(receiver, repository, report, tags[repository]):
                    silent.add(repository.registry)
        return len(due) > READ_AT_ONCE and not silent

    def _read(
        self,
        receiver: HookReceiver,
        repository: Repository,
        report: HookReport,
        tags: Iterable[Tag],
    ) -> bool:
        """Read one hook, and reset it if it is off; False if its Quay does not answer."""
        try:
            quay = self.tools.quay.after_others()
            found = list_notifications(quay, repository)
            ours = [hook for hook in found if receiver.is_ours(hook)]
            for hook in ours:
                if hook.is_disabled and report.is_to_be_reset(self.now):
                    reset_notification(quay, repository, hook.uuid)
            health = _health(receiver, ours, self.now)
        except WatchdogError as error:
            if error.retryable:
                logger.warning("How the hook of %s stands is not known: %s", repository, error)
                return False
            health = HookHealth(self.now, HookState.UNREADABLE, detail=str(error))
        self._follow(repository, report, health, tags)
        return True

    def _follow(
        self, repository: Repository, report: HookReport, found: HookHealth, tags: Iterable[Tag]
    ) -> None:
        """Keep what was found; what a disabled hook did not tell is looked for, once.

        While resets are in vain, the timer finds what it does not tell.
        """
        health = follow_health(report, found)
        if health.state is HookState.DISABLED and report.is_to_be_reset(self.now):
            logger.warning("Quay had turned off the hook of %s; it is reset", repository)
            self.lost += () if health.vain else tags
            health = was_reset(health)
        self.writes += health_writes(repository, health)


def _readable(tools: Tools) -> dict[Repository, tuple[Tag, ...]]:
    """Name the watched tags of each repository on a Quay that we have a token for."""
    watched = watched_tags(tools).items()
    return {one: tags for one, tags in watched if tools.quay.has_token(one.registry)}


def _due(
    repositories: Iterable[Repository], reports: Mapping[Repository, HookReport], now: datetime
) -> Iterator[Repository]:
    """Name what is due to be read, the longest ago first."""
    read = {one: reports[one].health for one in repositories if one in reports}
    never = [one for one in repositories if read.get(one) is None]
    yield from never
    known = sorted(((health.at, one, health) for one, health in read.items() if health))
    for at, one, health in known:
        unreadable = health.state is HookState.UNREADABLE
        if now - at >= (UNREADABLE_EVERY if unreadable else READ_EVERY):
            yield one


def _health(receiver: HookReceiver, ours: list[Notification], now: datetime) -> HookHealth:
    """Say how the worst of our hooks stands."""
    found = receiver.worst_of(ours)
    if found is None:
        return HookHealth(now, HookState.MISSING)
    worst, state = found
    return HookHealth(now, state, worst.failures, hidden(worst.url))
