"""Tags that were seen and are gone, while their repository is not: told, and never put back."""

import logging
from dataclasses import replace
from datetime import datetime

from watchdog.core.conditions import watch_deletion
from watchdog.core.listing import ABSENT_MAX
from watchdog.core.namespace import namespace_of
from watchdog.core.reference import Repository, Tag
from watchdog.core.rhythm import next_look
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.errors import DeniedError, MalformedError, NotFoundError
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.store.records import memory_writes
from watchdog.work.look import Look, outage_writes
from watchdog.work.reminding import reminded
from watchdog.work.timer import timer
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


def absence(tools: Tools, tag: Tag, now: datetime) -> str:
    """Say in words that a repository can be read and has no such tag; "" if that is not certain.

    Raises RemoteError.
    """
    if tools.policy.is_quay(tag.repository):
        try:
            rows = read_tag_history(tools.quay, tag)
        except (NotFoundError, DeniedError, MalformedError):
            return ""
        if rows and rows[0].alive(now):
            return ""
        ended = rows[0].until if rows else None
        at = f" since {ended:%Y-%m-%d %H:%M:%S} UTC" if ended else ""
        return f"its repository has no such tag{at}: it was deleted, or has expired"
    try:
        names = tools.registry.tags(tag.repository)
    except (NotFoundError, DeniedError, MalformedError):
        return ""
    # A registry may answer the same of a repository without tags and of none at all.
    return "" if not names or tag.name in names else "its repository has other tags, and not this"


def vanished(tools: Tools, repository: Repository) -> bool:
    """Whether Quay's list has a repository no more, of which people were told then."""
    place = namespace_of(tools.policy, repository)
    known = tools.lists.listing(str(place), repository)[1] if place else None
    return known is not None and known.absent >= ABSENT_MAX


def record_deletion(tools: Tools, look: Look, detail: str) -> None:
    """Record that a tag is gone; the verdict on what it held, trust and incident stay."""
    before, now = look.before, look.now
    known = tuple(f for f in before.findings if f.outcome is not Outcome.INCONCLUSIVE)
    memory = replace(
        before,
        number=before.number + 1,
        findings=known or (Finding(Code.UNREADABLE, detail),),
        judged_at=now,
        failures=0 if known else before.failures + 1,
        outage=None,
        repeats=0,
    )
    told = reminded(tools, look, watch_deletion(memory, detail, look.rule, now))
    after = told.memory
    logger.info("%s is not there: %s", look.tag, detail)
    wait = next_look(after, look.rule, timer(tools, look.tag, look.rule, after, now), now)
    tools.looks.complete(
        look.claim,
        next_in_ms=round(wait.total_seconds() * 1000),
        writes=[*memory_writes(look.tag, after), *outage_writes(look, after), *told.writes],
        announce=told.announce,
        # What hooks said waits for a look that can consider it.
        keep_hints=True,
    )
