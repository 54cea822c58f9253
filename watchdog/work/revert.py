"""Putting the trusted build back under its tag, and never anything else.

No registry has compare-and-swap. So everything is checked again at the moment of writing, the
lease is renewed as a fence, the tag is read at most 2 s before it is written, and afterwards it is
found out what the write displaced.
"""

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from watchdog.core.incident import Telling
from watchdog.core.judge import Case
from watchdog.core.memory import Move, PendingRevert, TagMemory
from watchdog.core.observation import StoredManifest
from watchdog.core.policy import Rule
from watchdog.core.reference import Digest, Tag
from watchdog.core.revert import refusal
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.core.wording import Occasion, tag_message
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.store.due import Claim
from watchdog.store.outbox import post
from watchdog.store.records import memory_writes, move_writes
from watchdog.work.assess import judge_observation, readable_digest, target_stands
from watchdog.work.look import link_to
from watchdog.work.tools import Tools

READ_MAX_AGE_S = 2.0
# A revert follows its verdict at once, on the same refs; one that a dead worker left fetches anew.
REFS_MAX_AGE_S = 30.0
# Replicas lag: the tag is read again after these, until it shows what was written.
SETTLE_AFTER_S = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
RETRY_FOR_S = 300
RETRY_AFTER_S = 5

logger = logging.getLogger(__name__)


class Fate(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    OVERTAKEN = "overtaken"
    MOVED = "moved"
    """Nothing was written: the tag is not what was judged, or was read too long ago."""
    REFUSED = "refused"
    FAILED = "failed"
    POSTPONED = "postponed"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The end of an attempt, in words for people."""

    fate: Fate
    words: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A revert that was decided, on a tag whose lease is held."""

    claim: Claim
    tag: Tag
    rule: Rule
    memory: TagMemory
    pending: PendingRevert


class Reverter:
    """Carries out reverts that a look decided on, or that a dead worker left behind."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def carry_out(self, claim: Claim, memory: TagMemory) -> None:
        """Put the trusted build back, if that is still right, and complete the claim.

        Raises StaleLeaseError (nothing was written after it) and StoreError.
        """
        tag = Tag.parse(claim.member)
        rule = self._tools.policy.rule_for(tag)
        if rule is None or memory.revert is None:
            self._tools.looks.give_back(claim)
            return
        task = Task(claim, tag, rule, memory, memory.revert)
        try:
            attempt = self._attempt(task)
        except (StoreError, StaleLeaseError):
            raise
        except WatchdogError as error:
            attempt = self._failed(task, error)
        logger.info("Revert of %s: %s %s", tag, attempt.fate, attempt.words)
        self._record(task, attempt)

    def _attempt(self, task: Task) -> Attempt:
        """Check, put the children, take the fence, read the tag, write it, see what came of it."""
        tools, tag, pending = self._tools, task.tag, task.pending
        manifests = tools.records.trusted_manifests(tag)
        if objection := self._objection(task, manifests):
            return Attempt(Fate.REFUSED, objection)
        for child in manifests[:-1]:
            tools.registry.put_manifest(tag.repository, str(child.digest), child)
        tools.looks.commit(task.claim, [])
        read_at = time.monotonic()
        held = tools.registry.digest(tag)
        if held == pending.target:
            return Attempt(Fate.DONE, "it was there already")
        if held != pending.judged:
            return Attempt(Fate.MOVED, f"the tag holds {held} by now")
        if time.monotonic() - read_at > READ_MAX_AGE_S:
            return Attempt(Fate.MOVED, "reading the tag took too long to rely on it")
        tools.registry.put_manifest(tag.repository, tag.name, manifests[-1])
        return self._settled(task)

    def _objection(self, task: Task, manifests: tuple[StoredManifest, ...]) -> str | None:
        """Ask again everything that was asked when the revert was decided."""
        memory, pending = task.memory, task.pending
        mirror = self._tools.mirrors.mirror(task.rule.url)
        mirror.refresh(after=time.monotonic() - REFS_MAX_AGE_S)
        if not manifests or manifests[-1].digest != pending.target:
            return "the bytes of the trusted build are not at hand"
        return refusal(
            task.rule,
            replace(memory, reverts=memory.reverts[:-1]),
            target_stands=target_stands(self._tools, task.rule, memory),
            switch=self._tools.reverts,
            now=pending.decided_at,
        )

    def _settled(self, task: Task) -> Attempt:
        """Read the tag until it shows what was written; then see what the write displaced."""
        held = task.pending.judged
        for delay_s in SETTLE_AFTER_S:
            time.sleep(delay_s)
            held = self._tools.registry.digest(task.tag)
            if held == task.pending.target:
                return self._displaced(task)
        if held == task.pending.judged:
            return Attempt(
                Fate.FAILED, "it was written, but the registry still shows the bad build"
            )
        return Attempt(Fate.MOVED, f"another push came right after: the tag holds {held}")

    def _displaced(self, task: Task) -> Attempt:
        """Find out whether a push came between reading and writing; a good one is put back."""
        tools, tag, pending = self._tools, task.tag, task.pending
        displaced = tools.quay.displaced_by(tag, pending.target) if self._is_quay(tag) else None
        if displaced is None or displaced in {pending.judged, pending.target}:
            return Attempt(Fate.DONE)
        observation = readable_digest(tools, tag, displaced)
        if observation is None:
            words = (
                f"a push of {displaced} came in between and was displaced; it cannot be read any "
                "more: if it was right, push it again or restore it in the tag history"
            )
            return Attempt(Fate.OVERTAKEN, words)
        case = Case(task.rule, task.memory, displaced)
        verdict = judge_observation(tools, case, observation).verdict
        if verdict.outcome is not Outcome.ACCEPTED:
            return Attempt(Fate.DONE, f"a push of {displaced} in between was {verdict.outcome}")
        if not self._put(tag, pending.target, observation.manifests):
            return Attempt(Fate.MOVED, "another push came right after")
        return Attempt(Fate.OVERTAKEN, f"a push of {displaced} came in between and was put back")

    def _put(self, tag: Tag, expected: Digest, manifests: tuple[StoredManifest, ...]) -> bool:
        """Write manifests under the tag if it still holds `expected`; tells whether it did."""
        registry = self._tools.registry
        for child in manifests[:-1]:
            registry.put_manifest(tag.repository, str(child.digest), child)
        if registry.digest(tag) != expected:
            return False
        registry.put_manifest(tag.repository, tag.name, manifests[-1])
        return True

    def _is_quay(self, tag: Tag) -> bool:
        entry = self._tools.policy.registries.get(tag.repository.registry)
        return entry is not None and entry.kind == "quay"

    def _failed(self, task: Task, error: WatchdogError) -> Attempt:
        """Try again for a while what may work later; give up on what will not."""
        age_s = (self._tools.records.now() - task.pending.decided_at).total_seconds()
        if isinstance(error, RemoteError) and error.retryable and age_s < RETRY_FOR_S:
            return Attempt(Fate.POSTPONED, str(error))
        return Attempt(Fate.FAILED, str(error))

    def _record(self, task: Task, attempt: Attempt) -> None:
        """Write what the tag now is and what people are told, and end the look."""
        tools, now = self._tools, self._tools.records.now()
        if attempt.fate is Fate.POSTPONED:
            tools.looks.give_back(task.claim, in_ms=RETRY_AFTER_S * 1000)
            return
        after, telling = _outcome(task, attempt, now)
        writes = memory_writes(task.tag, after)
        messages = []
        if telling:
            link = link_to(task.tag, tools.base_url)
            occasion = Occasion(task.tag, task.memory, after, now, _action(task, attempt), link)
            messages.append(tag_message(telling, occasion))
        if attempt.fate is Fate.DONE:
            writes += move_writes(task.tag, _move(after, now))
        posting = post(messages, tools.channels)
        tools.looks.complete(
            task.claim,
            next_in_ms=_wait_ms(attempt, tools),
            writes=[*writes, *posting.writes],
            announce=posting.announce,
        )


def _outcome(task: Task, attempt: Attempt, now: datetime) -> tuple[TagMemory, Telling | None]:
    """Say what is known of the tag after the attempt, and what is told of it."""
    memory = replace(task.memory, revert=None, number=task.memory.number + 1)
    match attempt.fate:
        case Fate.DONE:
            return _restored(memory, now), Telling.REVERTED
        case Fate.OVERTAKEN:
            return memory, Telling.OVERTAKEN
        case Fate.FAILED:
            return memory, Telling.REVERT_FAILED
        case Fate.REFUSED:
            return replace(memory, reverts=memory.reverts[:-1]), Telling.REVERT_FAILED
        case Fate.MOVED | Fate.POSTPONED:
            return replace(memory, reverts=memory.reverts[:-1]), None


def _restored(memory: TagMemory, now: datetime) -> TagMemory:
    """Say that the tag holds the trusted build again; the incident is over."""
    trusted = memory.trusted
    if not trusted:  # Defensive: what was put back is the trusted build.
        return memory
    return replace(
        memory,
        digest=trusted.digest,
        since=now,
        judged_at=now,
        findings=(Finding(Code.UNCHANGED, "put back by the watchdog"),),
        source=trusted.source,
        revision=trusted.revision,
        basis=trusted.basis,
        incident=None,
        repeats=1,
    )


def _move(after: TagMemory, now: datetime) -> Move:
    return Move(
        number=after.number,
        at=now,
        event="revert",
        digest=after.digest,
        findings=after.findings,
        source=after.source,
        revision=after.revision,
        basis=after.basis,
        actor="watchdog",
    )


def _action(task: Task, attempt: Attempt) -> str:
    reasons = [f.detail for f in task.memory.findings if f.outcome is Outcome.REJECTED]
    if attempt.fate is Fate.DONE:
        return "; ".join(filter(None, (*reasons, attempt.words)))
    return attempt.words


def _wait_ms(attempt: Attempt, tools: Tools) -> int:
    """Look again soon after a write, at once where the tag may hold something else by now."""
    if attempt.fate is Fate.DONE:
        return 2000
    if attempt.fate in {Fate.MOVED, Fate.OVERTAKEN}:
        return 1
    return round(tools.look_every.total_seconds() * 1000)
