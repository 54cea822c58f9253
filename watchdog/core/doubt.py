"""Rejections that a second look may take back: git may be behind the registry."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from watchdog.core.memory import TagMemory
from watchdog.core.verdict import TOLD_WHEN_CONFIRMED, Finding, Outcome

CONFIRM_AFTER = timedelta(minutes=2)


def unconfirmed(memory: TagMemory, now: datetime) -> bool:
    """Tell whether a rejection rests on findings that a second look may still take back."""
    if not doubtful(memory) or not memory.doubted_since:
        return False
    return now - memory.doubted_since < CONFIRM_AFTER


def doubtful(memory: TagMemory) -> bool:
    """Tell whether every rejecting finding is of the kind that git may yet explain."""
    return may_be_taken_back(memory.findings)


def may_be_taken_back(findings: Iterable[Finding]) -> bool:
    """Tell whether findings reject, and all that do are of that kind."""
    rejected = [f.code for f in findings if f.outcome is Outcome.REJECTED]
    return bool(rejected) and TOLD_WHEN_CONFIRMED.issuperset(rejected)


def with_doubt(before: TagMemory, after: TagMemory, now: datetime) -> TagMemory:
    """Note since when the verdict is a doubtful one, on this digest or on one before it.

    Once a build was told, another one has its own time: git may be behind the registry again.
    """
    told = before.incident is not None and before.digest in before.incident.digests
    anew = told and before.digest != after.digest
    since = (before.doubted_since if not anew else None) or now
    return replace(after, doubted_since=since if doubtful(after) else None)
