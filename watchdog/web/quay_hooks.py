"""What the page shows of Quay's hooks: those that are missing or broken, and what they missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdog.core.policy import Policy
from watchdog.core.quay_hook import HookState
from watchdog.core.quay_hook_health import RESET_COUNTS_FOR, HookReport
from watchdog.core.reference import Repository

MISSED_SHOWN_FOR = timedelta(days=30)
_WORDS = {
    HookState.MISSING: "has no hook: watchdog quay hooks install",
    HookState.DISABLED: "its hook is turned off: watchdog quay hooks reset",
    HookState.OUTDATED: "its hook presents a secret that is not accepted: remove it, then install",
    HookState.FAILING: "its hook fails",
}


@dataclass(frozen=True, slots=True)
class HookTrouble:
    """What is wrong with the hook of one repository; `words` is "" where Quay says nothing."""

    repository: Repository
    report: HookReport
    words: str
    was_reset: bool
    has_missed: bool
    in_doubt: bool
    """Whether what was missed was perhaps no push at all."""

    @property
    def heard_since(self) -> bool:
        """Whether a hook has come since the last one that was missed."""
        heard, missed = self.report.heard_at, self.report.missed_at
        return heard is not None and missed is not None and heard > missed


def hook_troubles(
    reports: Mapping[Repository, HookReport], policy: Policy, now: datetime
) -> tuple[HookTrouble, ...]:
    """Name the watched repositories whose hook is not well, or was not lately, by name."""
    troubles = (
        _trouble(repository, report, now)
        for repository, report in reports.items()
        if policy.watches(repository)
    )
    return tuple(one for one in troubles if one.words or one.was_reset or one.has_missed)


def _trouble(repository: Repository, report: HookReport, now: datetime) -> HookTrouble:
    health, missed_at, doubted_at = report.health, report.missed_at, report.doubted_at
    reset_at = health.reset_at if health else None
    return HookTrouble(
        repository,
        report,
        _WORDS.get(health.state, "") if health else "",
        was_reset=reset_at is not None and now - reset_at < RESET_COUNTS_FOR,
        has_missed=missed_at is not None and now - missed_at < MISSED_SHOWN_FOR,
        in_doubt=doubted_at is not None and now - doubted_at < MISSED_SHOWN_FOR,
    )
