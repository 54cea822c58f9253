"""Fetches of one mirror that failed in a row."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """How many fetches failed, the first and the last of them when (monotonic), and why."""

    fetches: int
    since: float
    last: float
    reason: str


def one_more(fault: Fault | None, error: Exception) -> Fault:
    """Count a fetch that failed just now."""
    now = time.monotonic()
    since, fetches = (fault.since, fault.fetches) if fault else (now, 0)
    return Fault(fetches + 1, since, now, str(error))
