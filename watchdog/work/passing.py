"""What a tag held between two looks, as far as hooks named it: judged for the history.

A hook's digest is what its sender says. So a verdict on it never reverts, opens no incident and
trusts nothing; all it can do is raise the baseline, by a build that the registry still has and the
rule accepts. What cannot be read any more is said to be that, and not asked for again.
"""

import json
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from watchdog.core.case import Case
from watchdog.core.judge import unchanged
from watchdog.core.memory import Move, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.trust import raise_baseline, remember
from watchdog.core.verdict import Code, Finding, Verdict
from watchdog.errors import MalformedError, RemoteError, StoreError, WatchdogError
from watchdog.store.due import Write
from watchdog.store.records import move_writes
from watchdog.work.assess import Judged, judge_observation
from watchdog.work.look import Look
from watchdog.work.tools import Tools

DIGESTS_MAX = 5
"""How many are judged in one look; the newest, if hooks named more."""
PASSING_MAX_S = 20.0
"""No further one is begun after this: the verdict on what the tag is now waits for them."""
# A hook that comes late or twice names what was judged already; the same bad build next week is
# news again.
SEEN_ROWS = 20
SEEN_FOR = timedelta(hours=6)
_RAISING = frozenset({Code.FIRST_SEEN, Code.NEWER})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passing:
    """The memory with its baseline raised, perhaps, and the rows that the history gets."""

    memory: TagMemory
    writes: list[Write] = field(default_factory=list)


def judge_passing(
    tools: Tools, look: Look, judged: Judged, after: TagMemory, *, within_s: float = PASSING_MAX_S
) -> Passing:
    """Judge the digests that hooks named and the tag does not hold, oldest first.

    `after` is the memory with the verdict on what the tag holds now. Raises StoreError.
    """
    until, past = time.monotonic() + within_s, judged.case.memory
    passing = Passing(after)
    for digest, actor in _unseen(tools, look, judged.case.digest):
        if time.monotonic() > until:
            logger.warning("No time to judge what %s held in passing: %s", look.tag, digest)
            continue
        found = _judge(tools, look, past, digest)
        if isinstance(found, Finding):
            past = replace(past, source=None, revision=None, basis=None)
            past = replace(past, digest=digest, findings=(found,))
        else:
            passing = replace(passing, memory=_raised(tools, look, found, passing.memory))
            past = remember(found.case, found.verdict, look.now)
        row = Move.of(replace(past, number=after.number), look.now, "passing", actor)
        passing.writes.extend(move_writes(look.tag, row))
        logger.info("%s held %s in passing: %s", look.tag, digest, ", ".join(past.verdict.codes))
    return passing


def actor_of(hints: Iterable[str], digest: Digest | None) -> str | None:
    """Say who moved the tag to a digest: the newest actor that no hook names for another one."""
    named = [actor for said, actor in map(_read, hints) if actor and said in {None, digest}]
    return named[-1] if named else None


def _unseen(tools: Tools, look: Look, held: Digest) -> list[tuple[Digest, str | None]]:
    """Collect the digests that hooks named and no recent look knows, with who pushed them."""
    named: dict[Digest, str | None] = {}
    for digest, actor in map(_read, look.claim.hints):
        if digest and digest not in {held, look.before.digest}:
            named[digest] = actor or named.get(digest)
    if not named:
        return []
    rows = tools.records.history(look.tag, SEEN_ROWS)
    recent = [row for row in rows if row.event != "approval" and look.now - row.at < SEEN_FOR]
    seen = {row.digest for row in recent}
    unseen = [(digest, actor) for digest, actor in named.items() if digest not in seen]
    if len(unseen) > DIGESTS_MAX:
        logger.warning("%s held %d digests in passing: too many", look.tag, len(unseen))
    return unseen[-DIGESTS_MAX:]


def _judge(tools: Tools, look: Look, past: TagMemory, digest: Digest) -> Judged | Finding:
    """Judge one digest against what was known when it passed; a finding where it is gone."""
    case = Case(look.rule, past, digest)
    if settled := unchanged(case):
        return Judged(case, Verdict((settled,)), None)
    try:
        return judge_observation(tools, case, tools.registry.observe(look.tag, digest))
    except StoreError:
        raise
    except WatchdogError as error:
        return Finding(Code.UNREADABLE, f"it was there for a moment, and now: {error}")


def _raised(tools: Tools, look: Look, found: Judged, memory: TagMemory) -> TagMemory:
    """Raise the baseline by an accepted build that is newer than what was accepted since, too."""
    if not _RAISING.intersection(found.verdict.codes) or not found.observation:
        return memory
    if memory.accepted != found.case.memory.accepted:
        case = Case(look.rule, memory, found.case.digest)
        try:
            found = judge_observation(tools, case, found.observation)
        except StoreError:
            raise
        except WatchdogError as error:
            logger.warning("Could not judge %s of %s again: %s", case.digest, look.tag, error)
            return memory
    located = found.case.located
    if not located or not _RAISING.intersection(found.verdict.codes):
        return memory
    try:
        tools.mirrors.mirror(look.rule.url).pin(located.revision)
    except RemoteError as error:
        logger.warning("Could not pin %s of %s: %s", located.revision, look.tag, error)
    return raise_baseline(memory, found.case, look.now)


def _read(hint: str) -> tuple[Digest | None, str | None]:
    """Read what a hook left beside the tag."""
    known = json.loads(hint)
    try:
        digest = Digest.parse(known["digest"]) if "digest" in known else None
    except MalformedError:  # Defensive: whoever wrote the hint had read the digest.
        digest = None
    return digest, known.get("actor")
