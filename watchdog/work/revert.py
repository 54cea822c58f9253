"""Putting the trusted build back under its tag, and never anything else.

The guards: `core.revert.refusal` (the verdict, the rule, the switch, the limit), asked when a
revert is decided and again here; `assess.target_stands`; and those of `write_tag`, at the moment of
writing. Afterwards `displaced` finds out what the write displaced, and whether it was ours.
"""

import logging
from dataclasses import replace

from watchdog.core.memory import TagMemory
from watchdog.core.observation import StoredManifest
from watchdog.core.order import ordered_refusal
from watchdog.core.reference import Digest, Tag
from watchdog.core.revert import refusal
from watchdog.core.silence import silencing
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.store.due import Claim
from watchdog.store.records import memory_writes, moment
from watchdog.work.assess import target_stands
from watchdog.work.attempt import Attempt, Fate, Task
from watchdog.work.displaced import seen, settled
from watchdog.work.reverted import record_attempt
from watchdog.work.tools import Tools
from watchdog.work.write_tag import Writing, Written, held_now, restorable, write_tag

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
    pending, mark = task.pending, task.memory.mark
    held = held_now(tools, task.tag, mark)
    if held.digest == pending.target:
        # It may have been written before, and the answer or the worker was lost.
        found = seen(tools, task, held, Written())
        return found or Attempt(Fate.MOVED, "the trusted build is under the tag", pending.tried)
    if held.digest != pending.judged or held.later(mark):
        return _moved(held.digest)
    manifests = tools.records.trusted_manifests(task.tag)
    if objection := _objection(tools, task, manifests):
        return Attempt(Fate.REFUSED, objection)
    if manifests and manifests[-1].digest != pending.target:
        manifests = ()
    begun = replace(task.memory, revert=replace(pending, tried=True))
    noting = tuple(memory_writes(task.tag, begun))
    written = write_tag(
        tools,
        Writing(task.claim, task.tag, pending.judged, pending.target, manifests, mark, noting),
    )
    if written.held not in {None, pending.target}:
        return _moved(written.held)
    return settled(tools, task, written)


def _moved(held: Digest | None) -> Attempt:
    return Attempt(Fate.MOVED, f"something was pushed since it was judged: the tag holds {held}")


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


def _failed(tools: Tools, task: Task, error: WatchdogError) -> Attempt:
    """Try again for a while what may work later; give up on what will not."""
    age_s = (tools.records.now() - task.pending.decided_at).total_seconds()
    if isinstance(error, RemoteError) and error.retryable and age_s < RETRY_FOR_S:
        return Attempt(Fate.POSTPONED, str(error))
    return Attempt(Fate.FAILED, str(error))
