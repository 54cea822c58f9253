"""Taking in what a person answers: checked against what is known, written, and announced.

What it says of a build counts from then on; what is to be done waits for a look, which follows at
once. Whoever answers is told why not, where things do not stand so.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import redis

from watchdog.core.answer import Answer, Answerer, AnswerKind, Hush
from watchdog.core.decisions import APPROVALS_MAX, REJECTIONS_MAX, Decisions, Rejection
from watchdog.core.memory import Approval, Move, TagMemory
from watchdog.core.order import (
    ORDERS_MAX,
    Order,
    OrderKind,
    ack_objection,
    known_revision,
    revert_objection,
    trust_objection,
)
from watchdog.core.rule import Rule
from watchdog.core.silence import SILENCES_MAX, Silence
from watchdog.errors import RefusedError
from watchdog.store import keys
from watchdog.store.answers import (
    Answered,
    Answers,
    approval_writes,
    order_writes,
    rejection_writes,
    silence_writes,
)
from watchdog.store.connection import store_errors
from watchdog.store.due import DueSet, Write
from watchdog.store.records import Records, move_writes

ID_BYTES = 6
SILENCES_CHORE = "silences"


@dataclass(frozen=True, slots=True)
class _Stands:
    """How things stand with a tag, when something is answered about it."""

    memory: TagMemory
    known: Answered
    rule: Rule
    rows: tuple[Move, ...]
    now: datetime


class Answering:
    """Takes answers in; raises RefusedError with the reason, and StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave commands open; they are our own writes.
        self._client: Any = client
        self._records, self._answers = Records(client), Answers(client)

    def now(self) -> datetime:
        """Ask the store for its own time, which all records use."""
        return self._records.now()

    def take(self, answer: Answer, rule: Rule) -> str:
        """Take an answer in; returns what becomes of it, in words."""
        memory = self._records.memory(answer.tag) or TagMemory()
        known = self._answers.read(answer.tag)
        now = self.now()
        rows = self._records.history(answer.tag) if answer.digest else ()
        objection = _OBJECTIONS[answer.kind](answer, _Stands(memory, known, rule, rows, now))
        if objection:
            raise RefusedError(f"{answer.tag}: {objection}")
        writes = [*_writes(answer, memory, now), *move_writes(answer.tag, _said(answer, now))]
        self._write(f"noting what {answer.by.name} said of {answer.tag}", writes)
        DueSet(self._client, keys.LOOKS).announce(str(answer.tag))
        return _words(answer)

    def silences(self) -> tuple[Silence, ...]:
        """Read the silences in force, the first to end first."""
        now = self.now()
        return tuple(one for one in self._answers.silences() if one.until > now)

    def silence(self, hush: Hush) -> Silence:
        """Begin a silence."""
        if len(self._answers.silences()) >= SILENCES_MAX:
            raise RefusedError(f"there are {SILENCES_MAX} silences already: end some")
        now = self.now()
        name = secrets.token_hex(ID_BYTES)
        until = now + hush.lasts
        silence = Silence(name, hush.pattern, hush.by.name, hush.reason, now, until)
        self._write(f"silencing {hush.pattern}", silence_writes(silence))
        return silence

    def end_silence(self, identifier: str, by: Answerer) -> Silence:
        """End a silence before its time; what it covered is told at once where it is wrong."""
        found = next((one for one in self._answers.silences() if one.id == identifier), None)
        now = self.now()
        if not found or found.until <= now:
            raise RefusedError(f"no silence {identifier[:40]!r} is in force")
        ended = replace(found, until=now, ended_by=by.name)
        self._write(f"ending the silence {identifier}", silence_writes(ended))
        DueSet(self._client, keys.CHORES).announce(SILENCES_CHORE)
        return ended

    def _write(self, doing: str, writes: Sequence[Write]) -> None:
        with store_errors(doing):
            pipeline = self._client.pipeline()
            for write in writes:
                pipeline.execute_command(*write)
            pipeline.execute()


def _writes(answer: Answer, memory: TagMemory, now: datetime) -> list[Write]:
    by, reason, digest = answer.by.name, answer.reason, answer.digest
    if answer.kind is AnswerKind.APPROVAL:
        approval = Approval(
            digest,
            by,
            reason,
            now,
            revision=answer.revision,
            expires=answer.expires,
            by_person=answer.by.is_person,
        )
        return approval_writes(answer.tag, approval)
    if answer.kind is AnswerKind.REJECTION:
        rejection = Rejection(by, reason, now, digest, answer.revision)
        return rejection_writes(answer.tag, rejection)
    kind = OrderKind(answer.kind.value)
    held = memory.digest if kind is OrderKind.REVERT else None
    name = secrets.token_hex(ID_BYTES)
    return order_writes(answer.tag, Order(name, kind, by, reason, now, digest, held))


def _said(answer: Answer, now: datetime) -> Move:
    """Write the row of the history that says who said what, when and why."""
    event = "revert-ordered" if answer.kind is AnswerKind.REVERT else answer.kind.value
    return Move(
        number=0,
        at=now,
        event=event,
        digest=answer.digest,
        findings=(),
        source=None,
        revision=answer.revision,
        basis=None,
        actor=f"{answer.by.name}: {answer.reason}",
    )


def _no_approval(answer: Answer, stands: _Stands) -> str | None:
    decisions = stands.known.decisions
    if decisions.waiting(of_people=answer.by.is_person) >= APPROVALS_MAX:
        return f"it has {APPROVALS_MAX} approvals already: let some be used, or expire"
    if answer.by.is_person:
        return None
    known = decisions.of_person(answer.digest, answer.revision, stands.memory, stands.now)
    if known:
        return f"{known.by} approved that build already: {known.reason}"
    found = _rejected(answer, decisions)
    return f"{found.by} rejected that build: {found.reason}" if found else None


def _rejected(answer: Answer, decisions: Decisions) -> Rejection | None:
    for one in decisions.rejections:
        if (one.digest and one.digest == answer.digest) or (
            one.revision and one.revision == answer.revision
        ):
            return one
    return None


def _no_rejection(_answer: Answer, stands: _Stands) -> str | None:
    if len(stands.known.decisions.rejections) < REJECTIONS_MAX:
        return None
    return f"it has {REJECTIONS_MAX} rejections already"


def _no_order(answer: Answer, stands: _Stands) -> str | None:
    if len(stands.known.orders) >= ORDERS_MAX:
        return f"{ORDERS_MAX} orders wait for a look already: is a worker running?"
    memory, digest, decisions = stands.memory, answer.digest, stands.known.decisions
    revision = known_revision(memory, stands.rule, stands.rows, digest)
    if answer.kind is AnswerKind.REVERT:
        return revert_objection(memory, stands.rule, decisions, digest, revision)
    if not digest:  # Defensive: `read_answer` lets none of these pass without a build.
        return "which build?"
    if answer.kind is AnswerKind.TRUST:
        return trust_objection(memory, decisions, digest, revision)
    return ack_objection(memory, digest)


_OBJECTIONS: dict[AnswerKind, Callable[[Answer, _Stands], str | None]] = {
    AnswerKind.ACK: _no_order,
    AnswerKind.APPROVAL: _no_approval,
    AnswerKind.REJECTION: _no_rejection,
    AnswerKind.TRUST: _no_order,
    AnswerKind.REVERT: _no_order,
}


def _words(answer: Answer) -> str:
    """Say what becomes of an answer."""
    build = answer.digest or f"builds of {answer.revision}"
    target = answer.digest or "its trusted build"
    until = f"until {answer.expires:%Y-%m-%d %H:%M} UTC" if answer.expires else ""
    return {
        AnswerKind.ACK: f"{answer.tag}: {build} is known to be wrong; no more reminders of it",
        AnswerKind.APPROVAL: f"approved {build} for {answer.tag}{until and f', once, {until}'}",
        AnswerKind.REJECTION: f"rejected {build} for {answer.tag}: never accepted again",
        AnswerKind.TRUST: f"{answer.tag}: {build} is to be the trusted build",
        AnswerKind.REVERT: f"{answer.tag} is to be put back to {target}",
    }[answer.kind]
