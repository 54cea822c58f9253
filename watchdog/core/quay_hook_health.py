"""How the hooks of Quay's repositories fare, and what people are told of those that were off."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watchdog.core.message import first_of
from watchdog.core.quay_hook import FAILURES_MAX, HookState
from watchdog.core.reference import Repository
from watchdog.core.self_condition import SelfCode, Trouble

RESET_COUNTS_FOR = timedelta(days=1)
"""A hook that was reset, and has not come since, may be off again; without pushes none comes."""
RESET_AGAIN_AFTER = (timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))
"""After the first, second and each later reset in vain: whoever does not answer has a reason."""
_ADVICE = (
    "Find out why this address did not answer with 2xx within 10 s, or it will be off again: "
    "`watchdog quay hooks test` sends a test."
)


@dataclass(frozen=True, slots=True)
class HookHealth:
    """What Quay said last of a repository's hook; `url` without a secret, `detail` if unreadable.

    `reset_at` and `resets` are of our own resets; `vain` counts those after which no hook came.
    """

    at: datetime
    state: HookState
    failures: int = 0
    url: str = ""
    detail: str = ""
    resets: int = 0
    reset_at: datetime | None = None
    vain: int = 0


@dataclass(frozen=True, slots=True)
class HookReport:
    """All that is known of a repository's hook.

    `heard_at` is when a look last considered a hook; `missed` counts the moves that only the timer
    found, the last of them at `missed_at`. `doubted_at` is when the last move was found of which
    it is not known whether it was a push: others send no hook.
    """

    health: HookHealth | None = None
    heard_at: datetime | None = None
    missed: int = 0
    missed_at: datetime | None = None
    doubted_at: datetime | None = None

    def is_doubtful(self, now: datetime) -> bool:
        """Whether it is off, or was within a day and no hook has come since it was reset."""
        health = self.health
        if health is None or health.reset_at is None:
            return False
        recent = now - health.reset_at < RESET_COUNTS_FOR
        return (recent or health.state is HookState.DISABLED) and not self.came_since

    @property
    def came_since(self) -> bool:
        """Whether a hook has come since it was reset last."""
        reset_at = self.health.reset_at if self.health else None
        return self.heard_at is not None and (reset_at is None or self.heard_at > reset_at)

    def is_to_be_reset(self, now: datetime) -> bool:
        """Whether a hook that is off is reset now: the less it helped, the later again."""
        health = self.health
        if health is None or health.reset_at is None or self.came_since:
            return True
        wait = RESET_AGAIN_AFTER[min(max(health.vain, 1), len(RESET_AGAIN_AFTER)) - 1]
        return now - health.reset_at >= wait


def follow_health(report: HookReport, found: HookHealth) -> HookHealth:
    """Keep what is known of a hook's past."""
    kept = report.health or found
    vain = 0 if report.came_since else kept.vain
    return replace(found, resets=kept.resets, reset_at=kept.reset_at, vain=vain)


def was_reset(health: HookHealth) -> HookHealth:
    """Note that it is sent again."""
    return replace(
        health,
        state=HookState.FINE,
        failures=0,
        resets=health.resets + 1,
        reset_at=health.at,
        vain=health.vain + 1,
    )


def hooks_disabled(reports: Mapping[Repository, HookReport], now: datetime) -> Iterator[Trouble]:
    """Say of each Quay that it had turned hooks off; they were reset, and have not come since."""
    hosts: dict[str, list[Repository]] = {}
    for repository, report in reports.items():
        if report.is_doubtful(now):
            hosts.setdefault(repository.registry, []).append(repository)
    for host, repositories in sorted(hosts.items()):
        health = reports[repositories[0]].health
        yield _disabled(host, repositories, health.url if health else "")


def _disabled(host: str, repositories: Sequence[Repository], url: str) -> Trouble:
    count = f"{len(repositories)} repositor{'y' if len(repositories) == 1 else 'ies'}"
    return Trouble(
        SelfCode.HOOK_DISABLED,
        host,
        f"{host} had turned off the hook of {count}",
        f"{host} has not turned off a hook again",
        (
            ("Repositories", first_of(repositories)),
            ("Sent to", url),
            ("Why", f"{FAILURES_MAX} deliveries in a row failed; what they told of is lost"),
            ("Watchdog", "has reset it, and has looked at the tags"),
        ),
        (_ADVICE,),
    )
