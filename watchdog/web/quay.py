"""What the page shows of Quay: what our token may do there, as the worker found it last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.quay_access_told import Gap, Standing, gaps_of
from watchdog.store.quay_access import QuayAccess
from watchdog.store.quay_hooks import QuayHooks


@dataclass(frozen=True, slots=True)
class QuayRecords:
    """What the worker keeps in the store of each Quay."""

    access: QuayAccess
    hooks: QuayHooks


@dataclass(frozen=True, slots=True)
class Access:
    """All that is missing, of how many repositories, and when the oldest of it was asked."""

    gaps: tuple[Gap, ...]
    repositories: int
    asked_at: datetime


def access_of(standings: Mapping[str, Standing]) -> Access | None:
    """Sum up what stands of each repository and token; None where no Quay is watched."""
    if not standings:
        return None
    return Access(
        gaps_of({subject: standing.statements for subject, standing in standings.items()}),
        sum("/" in subject for subject in standings),
        min(standing.at for standing in standings.values()),
    )
