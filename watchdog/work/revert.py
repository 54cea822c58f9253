"""Putting the trusted build back under its tag, and never anything else.

The guards: `core.revert.refusal` (the verdict, the rule, the switch, the limit), asked when a
revert is decided and again here; `assess.target_stands`; and those of `write_tag`, at the moment of
writing. Afterwards it is found out what the write displaced.
"""

import logging
import time
from itertools import takewhile

from watchdog.core.case import Case
from watchdog.core.memory import TagMemory
from watchdog.core.observation import StoredManifest
from watchdog.core.order import ordered_refusal
from watchdog.core.reference import Digest, Tag
from watchdog.core.revert import refusal
from watchdog.core.silence import silencing
from watchdog.core.tag_history import Held, mark_of
from watchdog.core.verdict import Outcome
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.registry.quay.restoring import restore_signatures
from watchdog.store.due import Claim
from watchdog.store.records import moment
from watchdog.work.assess import judge_observation, readable_digest, target_stands
from watchdog.work.attempt import Attempt, Fate, Task
from watchdog.work.reverted import record_attempt
from watchdog.work.tools import Tools
from watchdog.work.write_tag import HeldNow, Writing, held_now, restorable, write_tag

# Replicas lag: the tag is read again after these, until it shows what was written.
SETTLE_AFTER_S = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
QUAY_SETTLE_AFTER_S = (8.0, 14.0)
RETRY_FOR_S = 300

logger = logging.getLogger(__name__)


def carry_out(tools: Tools, claim: Claim, memory: TagMemory) -> None:
    """Put the trusted build back, if that is still right, and complete the claim.

    Raises StaleLeaseError (nothing was written after it) and StoreError.
    """
    tag = Tag.parse(claim.member)
    rule = tools.policy.rule_for(tag)
    if rule is None or memory.revert is None:
        tools.looks.give_back(claim)
        return
    now = moment(claim.now_ms)
    silence = silencing(tools.answers.silences(), tag, now)
    task = Task(claim, tag, rule, memory, memory.revert, silenced=silence is not None)
    try:
        attempt = _attempt(tools, task)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        attempt = _failed(tools, task, error)
    logger.info("Revert of %s: %s %s", tag, attempt.fate, attempt.words)
    record_attempt(tools, task, attempt)


def _attempt(tools: Tools, task: Task) -> Attempt:
    """Check everything again, write the tag, see what became of it."""
    manifests = tools.records.trusted_manifests(task.tag)
    if objection := _objection(tools, task, manifests):
        return Attempt(Fate.REFUSED, objection)
    pending = task.pending
    if manifests and manifests[-1].digest != pending.target:
        manifests = ()
    writing = Writing(task.claim, task.tag, pending.judged, pending.target, manifests)
    held = write_tag(tools, writing)
    if held not in {None, task.pending.target}:
        return Attempt(Fate.MOVED, f"the tag holds {held} by now")
    # It may have been written before, and the answer or the worker was lost.
    return _settled(tools, task)


def _objection(tools: Tools, task: Task, manifests: tuple[StoredManifest, ...]) -> str | None:
    """Ask again everything that was asked when the revert was decided."""
    memory, pending, now = task.memory, task.pending, moment(task.claim.now_ms)
    decisions = tools.answers.read(task.tag).decisions
    ours = memory.digest == pending.judged and memory.source in task.rule.sources
    revision = memory.revision if ours else None
    approval = decisions.approval(pending.judged, revision, memory, now)
    if approval and (not pending.by or approval.at > pending.decided_at):
        return "somebody approved this build meanwhile"
    at_hand = bool(manifests) and manifests[-1].digest == pending.target
    if not at_hand and not (pending.by and restorable(tools, task.tag)):
        return "the bytes of the trusted build are not at hand"
    stands = target_stands(tools, task.rule, memory, decisions)
    if pending.by:
        approved = decisions.approval(pending.target, None, memory, now)
        return ordered_refusal(
            memory,
            task.rule,
            decisions,
            pending.target,
            stands=stands or bool(approved),
            switch=tools.reverts,
        )
    return refusal(
        task.rule,
        memory,
        target_stands=stands,
        switch=tools.reverts,
        now=now,
        pusher=memory.pusher,
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
    now, decisions = moment(task.claim.now_ms), tools.answers.read(task.tag).decisions
    case = Case(task.rule, task.memory, displaced, now, decisions=decisions)
    verdict = judge_observation(tools, case, observation).verdict
    if verdict.outcome is Outcome.REJECTED:
        return None
    if verdict.outcome is not Outcome.ACCEPTED:
        return "could not be judged: if it was right, push it again"
    target = task.pending.target
    writing = Writing(task.claim, task.tag, target, displaced, observation.manifests)
    held = write_tag(tools, writing)
    return "was put back" if held is None else f"the tag holds {held} by now"


def _failed(tools: Tools, task: Task, error: WatchdogError) -> Attempt:
    """Try again for a while what may work later; give up on what will not."""
    age_s = (tools.records.now() - task.pending.decided_at).total_seconds()
    if isinstance(error, RemoteError) and error.retryable and age_s < RETRY_FOR_S:
        return Attempt(Fate.POSTPONED, str(error))
    return Attempt(Fate.FAILED, str(error))
