"""Putting the trusted build back under its tag, and never anything else.

The guards: `core.revert.refusal` (the verdict, the rule, the switch, the limit), asked when a
revert is decided and again here; `assess.target_stands`; and those of `write_tag`, at the moment of
writing. Afterwards it is found out what the write displaced.
"""

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from watchdog.core.case import Case
from watchdog.core.incident import tell_unreverted
from watchdog.core.memory import Move, PendingRevert, TagMemory, standing
from watchdog.core.observation import StoredManifest
from watchdog.core.reference import Digest, Tag
from watchdog.core.revert import REVERTS_MAX, refusal
from watchdog.core.rule import Rule
from watchdog.core.tag_history import Held, Mark, mark_of
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.core.wording import Occasion, tag_message
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.registry.quay.restoring import restore_signatures
from watchdog.store.due import Claim
from watchdog.store.outbox import post
from watchdog.store.records import memory_writes, moment, move_writes
from watchdog.work.assess import judge_observation, readable_digest, target_stands
from watchdog.work.look import link_to
from watchdog.work.pusher import application_learnt
from watchdog.work.tools import Tools
from watchdog.work.write_tag import HeldNow, Writing, by_hand, held_now, write_tag

# Replicas lag: the tag is read again after these, until it shows what was written.
SETTLE_AFTER_S = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
QUAY_SETTLE_AFTER_S = (8.0, 14.0)
RETRY_FOR_S = 300
RETRY_AFTER_S = 5

logger = logging.getLogger(__name__)


class Fate(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    """A push came in between, and a person has to know."""
    MOVED = "moved"
    """The tag is not what was judged: it is looked at anew."""
    REFUSED = "refused"
    FAILED = "failed"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The end of an attempt, in words for people; `written` if the tag may have been written."""

    fate: Fate
    words: str = ""
    written: bool = False
    mark: Mark | None = None
    """How far the registry's history of the tag is dealt with."""
    ours: Held | None = None
    """The row of that history that the write made."""


@dataclass(frozen=True, slots=True)
class Task:
    """A revert that was decided, on a tag whose lease is held."""

    claim: Claim
    tag: Tag
    rule: Rule
    memory: TagMemory
    pending: PendingRevert


def carry_out(tools: Tools, claim: Claim, memory: TagMemory) -> None:
    """Put the trusted build back, if that is still right, and complete the claim.

    Raises StaleLeaseError (nothing was written after it) and StoreError.
    """
    tag = Tag.parse(claim.member)
    rule = tools.policy.rule_for(tag)
    if rule is None or memory.revert is None:
        tools.looks.give_back(claim)
        return
    task = Task(claim, tag, rule, memory, memory.revert)
    try:
        attempt = _attempt(tools, task)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        attempt = _failed(tools, task, error)
    logger.info("Revert of %s: %s %s", tag, attempt.fate, attempt.words)
    _record(tools, task, attempt)


def _attempt(tools: Tools, task: Task) -> Attempt:
    """Check everything again, write the tag, see what became of it."""
    manifests = tools.records.trusted_manifests(task.tag)
    if objection := _objection(tools, task, manifests):
        return Attempt(Fate.REFUSED, objection)
    held = write_tag(tools, Writing(task.claim, task.tag, task.pending.judged, manifests))
    if held not in {None, task.pending.target}:
        return Attempt(Fate.MOVED, f"the tag holds {held} by now")
    # It may have been written before, and the answer or the worker was lost.
    return _settled(tools, task)


def _objection(tools: Tools, task: Task, manifests: tuple[StoredManifest, ...]) -> str | None:
    """Ask again everything that was asked when the revert was decided."""
    if tools.records.approval(task.tag, task.pending.judged):
        return "somebody approved this build meanwhile"
    if not manifests or manifests[-1].digest != task.pending.target:
        return "the bytes of the trusted build are not at hand"
    return refusal(
        task.rule,
        task.memory,
        target_stands=target_stands(tools, task.rule, task.memory),
        switch=tools.reverts,
        now=moment(task.claim.now_ms),
        pusher=task.memory.pusher,
    )


def _settled(tools: Tools, task: Task) -> Attempt:
    """Read the tag until it shows what was written; then see what the write displaced."""
    quay = tools.policy.is_quay(task.tag.repository)
    held = HeldNow(task.pending.judged)
    for delay_s in SETTLE_AFTER_S + (QUAY_SETTLE_AFTER_S if quay else ()):
        time.sleep(delay_s)
        held = held_now(tools, task.tag)
        if held.digest == task.pending.target:
            return _displaced(tools, task, held.rows)
    if held.digest == task.pending.judged:
        words = "it was written, but the registry still shows the bad build"
        return Attempt(Fate.FAILED, words, written=True)
    words = f"another push came right after: the tag holds {held.digest}"
    return Attempt(Fate.MOVED, words, written=True)


def _displaced(tools: Tools, task: Task, rows: tuple[Held, ...]) -> Attempt:
    """Find out whether a push came between reading and writing; a good one is put back."""
    pending = task.pending
    words = _signatures(tools, task) if rows else ""
    if not rows and tools.policy.is_quay(task.tag.repository):
        words = "whether a push came in between is not known: Quay's history could not be read"
    between = list(takewhile(lambda row: row.digest != pending.judged, rows))
    others = [row.digest for row in between if row.digest != pending.target]
    # What came in between and is not dealt with here is left for the next look.
    mark = mark_of(rows) if len(others) <= 1 else None
    ours = rows[0] if rows else None
    if not others:
        return Attempt(Fate.DONE, words, written=True, mark=mark, ours=ours)
    came = f"a push of {others[0]} came in between"
    try:
        became = _give_way(tools, task, others[0])
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        became = f"could not be judged ({error}): if it was right, push it again"
    if became is None:
        return Attempt(Fate.DONE, f"{came}, and was rejected too", written=True, mark=mark)
    return Attempt(Fate.OVERTAKEN, f"{came} and {became}", written=True, mark=mark)


def _signatures(tools: Tools, task: Task) -> str:
    """Restore the signatures that Quay let expire with the tag; says so, or what is left to do."""
    tag = task.tag
    if not tools.quay.has_token(tag.repository.registry):
        return ""
    try:
        names = restore_signatures(tools.quay, tag, task.pending.target, moment(task.claim.now_ms))
    except WatchdogError as error:
        return f"its signature tags may have expired, and could not be restored: {error}"
    return f"its signatures were restored, too: {', '.join(names)}" if names else ""


def _give_way(tools: Tools, task: Task, displaced: Digest) -> str | None:
    """Judge what was displaced and put it back if it is good; None if it was rejected."""
    observation = readable_digest(tools, task.tag, displaced)
    if observation is None:
        return (
            "cannot be read any more: if it was right, push it again or restore it in the "
            "registry's tag history"
        )
    verdict = judge_observation(tools, Case(task.rule, task.memory, displaced), observation).verdict
    if verdict.outcome is Outcome.REJECTED:
        return None
    if verdict.outcome is not Outcome.ACCEPTED:
        return "could not be judged: if it was right, push it again"
    target = task.pending.target
    held = write_tag(tools, Writing(task.claim, task.tag, target, observation.manifests))
    return "was put back" if held is None else f"the tag holds {held} by now"


def _failed(tools: Tools, task: Task, error: WatchdogError) -> Attempt:
    """Try again for a while what may work later; give up on what will not."""
    age_s = (tools.records.now() - task.pending.decided_at).total_seconds()
    if isinstance(error, RemoteError) and error.retryable and age_s < RETRY_FOR_S:
        return Attempt(Fate.POSTPONED, str(error))
    return Attempt(Fate.FAILED, str(error))


def _record(tools: Tools, task: Task, attempt: Attempt) -> None:
    """Write what the tag now is and what people are told, and end the look."""
    if attempt.fate is Fate.POSTPONED:
        tools.looks.give_back(task.claim, in_ms=RETRY_AFTER_S * 1000)
        return
    now = moment(task.claim.now_ms)
    after, telling = _outcome(task, attempt, now)
    writes = memory_writes(task.tag, after)
    messages = []
    if telling:
        link = link_to(task.tag, tools.base_url)
        command = by_hand(tools, task.tag, task.pending.target)
        action = _action(task, attempt)
        occasion = Occasion(task.tag, task.memory, after, now, action, link, command=command)
        messages.append(tag_message(telling, occasion))
        writes += move_writes(task.tag, Move.of(after, now, _EVENTS[attempt.fate], "watchdog"))
    if attempt.ours and attempt.ours.restored:
        writes += application_learnt(tools, task.tag, attempt.ours)
    posting = post(messages, tools.channels)
    wait_s = _LOOK_AGAIN_S.get(attempt.fate, tools.look_every.total_seconds())
    tools.looks.complete(
        task.claim,
        next_in_ms=round(wait_s * 1000),
        writes=[*writes, *posting.writes],
        announce=posting.announce,
    )


_EVENTS = {
    Fate.DONE: "revert",
    Fate.OVERTAKEN: "overtaken",
    Fate.REFUSED: "revert-failed",
    Fate.FAILED: "revert-failed",
}
# Soon after a write, for lagging replicas; at once where the tag may hold something else by now.
_LOOK_AGAIN_S = {Fate.DONE: 2.0, Fate.OVERTAKEN: 1.0, Fate.MOVED: 1.0}


def _outcome(task: Task, attempt: Attempt, now: datetime) -> tuple[TagMemory, Telling | None]:
    """Say what is known of the tag after the attempt, and what is told of it."""
    memory = replace(task.memory, revert=None, number=task.memory.number + 1)
    if attempt.written:
        reverts = (*memory.reverts, now)[-REVERTS_MAX * 2 :]
        memory = replace(memory, reverts=reverts, mark=attempt.mark or memory.mark)
    match attempt.fate:
        case Fate.DONE:
            return _restored(memory, now), Telling.REVERTED
        case Fate.OVERTAKEN:
            return memory, Telling.OVERTAKEN
        case Fate.FAILED | Fate.REFUSED:
            followed = tell_unreverted(memory)
            return followed.memory, next(iter(followed.tellings), None)
        case Fate.MOVED | Fate.POSTPONED:
            return memory, None


def _restored(memory: TagMemory, now: datetime) -> TagMemory:
    """Say that the tag holds the trusted build again; the incident is over."""
    trusted = memory.trusted
    if not trusted:  # Defensive: what was put back is the trusted build.
        return memory
    findings = (Finding(Code.UNCHANGED, "put back by the watchdog"),)
    return replace(
        memory,
        digest=trusted.digest,
        since=now,
        judged_at=now,
        findings=findings,
        recorded=standing(findings),
        source=trusted.source,
        revision=trusted.revision,
        basis=trusted.basis,
        pusher=None,
        offender="",
        incident=None,
        doubted_since=None,
        repeats=1,
    )


def _action(task: Task, attempt: Attempt) -> str:
    reasons = [f.detail for f in task.memory.findings if f.outcome is Outcome.REJECTED]
    if attempt.fate is Fate.DONE:
        return "; ".join(filter(None, (*reasons, attempt.words)))
    return attempt.words
