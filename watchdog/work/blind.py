"""Looks that could not find out: recorded as that, tried again, never a reason to act."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from watchdog.core.memory import TagMemory
from watchdog.core.reference import Tag
from watchdog.core.rhythm import REPEAT_AFTER, next_look
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.errors import DeniedError, NotFoundError, RemoteError
from watchdog.store.records import forget_writes, memory_writes
from watchdog.work.deleted import absence, record_deletion, vanished
from watchdog.work.look import Look, outage_writes
from watchdog.work.reminding import reminded
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Blindness:
    """Why a look could not find out, and whom else that concerns: None if others tell of it."""

    finding: Finding
    subject: str | None
    retry_after: timedelta | None = None


def record_blindness(tools: Tools, look: Look, blindness: Blindness) -> None:
    """Record that a look could not find out; trust, incident and digest stay, and so does a no."""
    before, finding = look.before, blindness.finding
    rejected = tuple(f for f in before.findings if f.outcome is Outcome.REJECTED)
    after = replace(
        before,
        number=before.number + 1,
        findings=(*rejected, finding),
        judged_at=look.now,
        failures=before.failures + 1,
        outage=blindness.subject,
        repeats=0,
    )
    logger.info("Verdict on %s: %s (%s)", look.tag, Outcome.INCONCLUSIVE, finding.detail)
    told = reminded(tools, look, Followed(after))
    after = told.memory
    wait = next_look(after, look.rule, tools.look_every, look.now)
    wait = max(wait, blindness.retry_after or wait)
    writes = [*memory_writes(look.tag, after), *outage_writes(look, after, finding.detail)]
    tools.looks.complete(
        look.claim,
        next_in_ms=round(wait.total_seconds() * 1000),
        writes=[*writes, *told.writes],
        announce=told.announce,
        # What hooks said waits for a look that can consider it.
        keep_hints=True,
    )


def not_there(tools: Tools, look: Look, error: NotFoundError | DeniedError) -> None:
    """An invented name is not kept; a tag that the policy names, or that was seen, is missed.

    Quay answers 401 for a repository that it does not have. One that its list has no more was told
    by the list.
    """
    seen = look.before.digest is not None
    if not seen and look.tag not in tools.policy.literal_tags:
        _unheard_of(tools, look)
        return
    try:
        gone = (
            absence(tools, look.tag, look.now) if seen and isinstance(error, NotFoundError) else ""
        )
    except RemoteError as failed:
        record_blindness(tools, look, unreachable(look.tag, failed))
        return
    if gone:
        record_deletion(tools, look, gone)
        return
    subject = None if vanished(tools, look.tag.repository) else str(look.tag)
    record_blindness(tools, look, Blindness(Finding(Code.UNREADABLE, str(error)), subject))


def _unheard_of(tools: Tools, look: Look) -> None:
    """Ask again for a while, for replicas lag; then forget the name that only a hook knew."""
    tries = look.before.failures
    if tries >= len(REPEAT_AFTER):
        logger.info("No such tag: %s; not watched", look.tag)
        tools.looks.drop(look.claim, forget_writes(look.tag))
        return
    writes = memory_writes(look.tag, TagMemory(failures=tries + 1))
    wait_ms = round(REPEAT_AFTER[tries].total_seconds() * 1000)
    tools.looks.complete(look.claim, next_in_ms=wait_ms, writes=writes)


def unreachable(tag: Tag, error: RemoteError) -> Blindness:
    """Tell a registry that is away from one that answers and refuses."""
    wait = timedelta(seconds=error.retry_after) if error.retry_after else None
    if not error.retryable:
        return Blindness(Finding(Code.UNREADABLE, str(error)), str(tag), wait)
    subject = f"registry {tag.repository.registry}"
    return Blindness(Finding(Code.REGISTRY_UNREACHABLE, str(error)), subject, wait)
