"""How the hooks of Quay's repositories fare, and who is told when Quay has turned one off."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watchdog.core.message import Message, Severity, plain
from watchdog.core.quay_hook import FAILURES_MAX, HookState
from watchdog.core.reference import Repository

DISABLED_KIND = "hook-disabled"
TOLD_AGAIN_AFTER = timedelta(days=1)
NAMES_SHOWN = 5
_ADVICE = (
    "Find out why this address did not answer with 2xx within 10 s, or it will be off again: "
    "`watchdog quay hooks test` sends a test."
)


@dataclass(frozen=True, slots=True)
class HookHealth:
    """What Quay said last of a repository's hook; `url` without a secret, `detail` if unreadable.

    `reset_at` and `resets` are of our own resets, `told_at` is when people were told of one.
    """

    at: datetime
    state: HookState
    failures: int = 0
    url: str = ""
    detail: str = ""
    resets: int = 0
    reset_at: datetime | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HookReport:
    """All that is known of a repository's hook.

    `heard_at` is when a look last considered a hook; `missed` counts the moves that only the timer
    found, the last of them at `missed_at`.
    """

    health: HookHealth | None = None
    heard_at: datetime | None = None
    missed: int = 0
    missed_at: datetime | None = None


def follow_health(
    before: HookHealth | None, found: HookHealth, heard_at: datetime | None
) -> tuple[HookHealth, bool]:
    """Keep what is known of a hook's past, and say whether people are to be told of its state.

    They are told once that it is off. A hook that is off again and again, and never heard of in
    between, is told of once a day.
    """
    kept = before or found
    health = replace(found, resets=kept.resets, reset_at=kept.reset_at, told_at=kept.told_at)
    if found.state is not HookState.DISABLED:
        return health, False
    told = health.told_at
    heard_since = heard_at is not None and told is not None and heard_at > told
    if told and not heard_since and found.at - told < TOLD_AGAIN_AFTER:
        return health, False
    return replace(health, told_at=found.at), True


def was_reset(health: HookHealth) -> HookHealth:
    """Note that it is sent again."""
    return replace(
        health, state=HookState.FINE, failures=0, resets=health.resets + 1, reset_at=health.at
    )


def disabled_message(
    host: str, repositories: Sequence[Repository], url: str, now: datetime
) -> Message:
    """Write the one message about all hooks of a Quay that were off, and are on again."""
    names = ", ".join(map(str, repositories[:NAMES_SHOWN]))
    more = len(repositories) - NAMES_SHOWN
    count = f"{len(repositories)} repositor{'y' if len(repositories) == 1 else 'ies'}"
    return Message(
        # Carried out in one transaction with the note that it was told, so it is made but once.
        id=f"{hashlib.sha256(host.encode()).hexdigest()[:12]}-{now.timestamp():.0f}-disabled",
        subject=f"Quay {host}",
        kind=DISABLED_KIND,
        severity=Severity.WARNING,
        title=plain(f"{host} had turned off the hook of {count}"),
        facts=(
            ("Repositories", plain(f"{names} and {more} more" if more > 0 else names)),
            ("Sent to", plain(url)),
            ("Why", f"{FAILURES_MAX} deliveries in a row failed; what they told of is lost"),
            ("Watchdog", "has reset it, and looks at the tags now"),
        ),
        advice=(_ADVICE,),
        at=now,
    )
