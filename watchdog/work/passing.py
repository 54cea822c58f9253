"""The digests that a tag held between two looks, judged for the history, the oldest first.

A verdict on one of them never reverts and trusts nothing; all it can do is raise the baseline, by
a build that is still to be had and that the rule accepts. What cannot be read any more is said to
be that, and not asked for again. A bad build that the registry's own history shows is told; one
that only a hook names is not, for a hook's digest is what its sender says.
"""

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from watchdog.core.case import NO_DECISIONS, Case
from watchdog.core.decisions import Decisions
from watchdog.core.memory import Approval, Move, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.settled import unchanged
from watchdog.core.tag_history import Mark
from watchdog.core.trust import raise_baseline, remember
from watchdog.core.verdict import Code, Finding, Outcome, Verdict
from watchdog.errors import RemoteError, StoreError, WatchdogError
from watchdog.work.assess import Judged, judge_observation
from watchdog.work.look import Look
from watchdog.work.past import Passed, Past, found_by
from watchdog.work.sought import Seeking
from watchdog.work.tools import Tools

HINTED_MAX = 5
"""How many that hooks named are judged in one look; the newest, if there were more."""
# A hook that comes late or twice names what was judged already; the same bad build next week is
# news again.
SEEN_ROWS = 20
SEEN_FOR = timedelta(hours=6)
_RAISING = frozenset({Code.FIRST_SEEN, Code.NEWER})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Passing:
    """The memory with its baseline raised, perhaps, and the rows that the history gets.

    `wrong` are those of them that people are told of. `mark` is how far the registry's history was
    judged; `more` says that some of it was not, for want of time.
    """

    memory: TagMemory
    rows: tuple[Move, ...] = ()
    wrong: tuple[Move, ...] = ()
    mark: Mark | None = None
    more: bool = False
    used: tuple[tuple[Approval, Digest], ...] = ()
    """Approvals that were given beforehand, and used up by a build that the tag held for sure."""
    decisions: Decisions = NO_DECISIONS
    """What people decided, as it counts for what the tag holds now."""


def judge_passing(
    tools: Tools, look: Look, sought: Seeking, held: Digest, after: TagMemory
) -> Passing:
    """Judge what the tag held since the last look and holds no more, oldest first.

    `held` is what it holds now, `after` the memory whose baseline is raised. Raises StoreError.
    """
    until, past = time.monotonic() + tools.passing_max_s, sought.past
    memory = replace(look.before, revert=None)
    passing, reached = Passing(after, mark=past.mark or look.before.mark), look.before.mark
    if past.unread:
        passing = _with_row(passing, _row(look, None, _unread(memory)), past)
    for one in past.passed if past.certain else _unseen(tools, look, past, held):
        if time.monotonic() > until:
            logger.warning("No time to judge what %s held: %s", look.tag, one.held.digest)
            passing = replace(passing, mark=reached, more=True) if past.certain else passing
            break
        chain = _Chain(tools, _less(look, passing.used), sought)
        passing, memory = _judged(chain, one, passing, memory)
        reached = one.mark
    # What the tag holds now may be the build that an approval was used for, and trusted since.
    stands = memory.trusted is not None and memory.trusted.digest == held
    spent = [use for use in passing.used if not (stands and use[1] == held)]
    return replace(passing, decisions=_less(look, spent).answered.decisions)


def _less(look: Look, used: Iterable[tuple[Approval, Digest]]) -> Look:
    """Take approvals for used up by what was judged earlier in this look."""
    decisions = look.answered.decisions
    for approval, digest in used:
        decisions = decisions.with_use(approval, digest)
    return replace(look, answered=replace(look.answered, decisions=decisions))


@dataclass(frozen=True, slots=True)
class _Chain:
    """What one build after the other is judged with."""

    tools: Tools
    look: Look
    sought: Seeking


def _judged(
    chain: _Chain, one: Passed, passing: Passing, memory: TagMemory
) -> tuple[Passing, TagMemory]:
    """Judge one build, as if the tag had been looked at while it was there."""
    tools, look, past = chain.tools, chain.look, chain.sought.past
    found = _judge(tools, look, memory, one, kept=past.certain)
    if isinstance(found, Finding):
        memory = replace(memory, source=None, revision=None, basis=None)
        memory = replace(memory, digest=one.held.digest, findings=(found,))
    else:
        passing = replace(passing, memory=_raised(tools, look, found, passing.memory))
        passing = _with_use(passing, found) if past.certain else passing
        memory = remember(found.case, found.verdict, look.now)
    row = _row(look, one, memory)
    if past.certain:
        row = replace(row, pusher=chain.sought.movers.of(one.held))
    codes = ", ".join(memory.verdict.codes)
    logger.info("%s held %s in passing: %s", look.tag, one.held.digest, codes)
    return _with_row(passing, row, past), memory


def _row(look: Look, passed: Passed | None, memory: TagMemory) -> Move:
    """Write the history's row; its number is that of this look."""
    held = passed.held if passed else None
    number = look.before.number + 1
    row = Move.of(
        replace(memory, number=number), look.now, "passing", passed.actor if passed else None
    )
    since, until = (held.since, held.until) if held else (None, None)
    return replace(row, since=since, until=until, found=found_by(look))


def _unread(memory: TagMemory) -> TagMemory:
    """Say that the tag moved more often since the last look than its history is read back."""
    words = "it moved more often since the last look than is read: the earlier moves are not judged"
    finding = Finding(Code.UNREADABLE, words)
    logger.warning("A history is longer than is read: the earlier moves are not judged")
    return replace(memory, digest=None, source=None, revision=None, basis=None, findings=(finding,))


def _with_row(passing: Passing, row: Move, past: Past) -> Passing:
    told = past.certain and row.outcome is Outcome.REJECTED
    wrong = (*passing.wrong, row) if told else passing.wrong
    return replace(passing, rows=(*passing.rows, row), wrong=wrong)


def _with_use(passing: Passing, found: Judged) -> Passing:
    approval = found.case.approval
    if Code.APPROVED not in found.verdict.codes or not approval or not approval.once:
        return passing
    if approval.used:
        return passing
    return replace(passing, used=(*passing.used, (approval, found.case.digest)))


def _unseen(tools: Tools, look: Look, past: Past, held: Digest) -> tuple[Passed, ...]:
    """Leave out what hooks named and a recent look knows."""
    told = [one for one in past.passed if one.held.digest not in {held, look.before.digest}]
    if not told:
        return ()
    rows = tools.records.history(look.tag, SEEN_ROWS)
    # What has no findings was only said, of a build that nobody saw.
    recent = [row for row in rows if row.findings and look.now - row.at < SEEN_FOR]
    seen = {row.digest for row in recent}
    unseen = [one for one in told if one.held.digest not in seen]
    if len(unseen) > HINTED_MAX:
        logger.warning("%s held %d digests in passing: too many", look.tag, len(unseen))
    return tuple(unseen[-HINTED_MAX:])


def _judge(
    tools: Tools, look: Look, memory: TagMemory, passed: Passed, *, kept: bool
) -> Judged | Finding:
    """Judge one digest against what was known when it passed; a finding where it is gone."""
    digest = passed.held.digest
    decisions, restored = look.answered.decisions, passed.held.restored
    case = Case(look.rule, memory, digest, look.now, decisions=decisions, restored=restored)
    if settled := unchanged(case):
        return Judged(case, Verdict((settled,)), None)
    try:
        observed = tools.registry.observe(look.tag, digest, kept=kept)
        return judge_observation(tools, case, observed)
    except StoreError:
        raise
    except WatchdogError as error:
        return Finding(Code.UNREADABLE, f"it was there for a moment, and now: {error}")


def _raised(tools: Tools, look: Look, found: Judged, memory: TagMemory) -> TagMemory:
    """Raise the baseline by an accepted build that is newer than what was accepted since, too."""
    if not _RAISING.intersection(found.verdict.codes) or not found.observation:
        return memory
    if memory.accepted != found.case.memory.accepted:
        decisions = look.answered.decisions
        case = Case(look.rule, memory, found.case.digest, look.now, decisions=decisions)
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
