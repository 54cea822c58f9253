"""What an attempt to put a build back comes to: recorded and told, and the look ended."""

from dataclasses import replace
from datetime import datetime

from watchdog.core.flapping import calm
from watchdog.core.incident import heard, put_back, tell_overtaken, tell_unreverted
from watchdog.core.memory import Move, TagMemory, standing
from watchdog.core.occasion import Occasion
from watchdog.core.ordered import order_failed, said_of
from watchdog.core.revert import REVERTS_MAX
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code, Finding, Outcome
from watchdog.core.wording import tag_message
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import post
from watchdog.store.records import memory_writes, moment, move_writes
from watchdog.work.attempt import Attempt, Fate, Task
from watchdog.work.look import link_to
from watchdog.work.pusher import application_learnt
from watchdog.work.tools import Tools
from watchdog.work.write_tag import by_hand

RETRY_AFTER_S = 5


def record_attempt(tools: Tools, task: Task, attempt: Attempt) -> None:
    """Write what the tag now is and what people are told, and end the look."""
    if attempt.fate is Fate.POSTPONED:
        tools.looks.give_back(task.claim, in_ms=RETRY_AFTER_S * 1000)
        return
    now = moment(task.claim.now_ms)
    outcome = _outcome(task, attempt, now)
    # What answers a person's order is told in a silence, too: they wait for it.
    silenced = task.silenced and not task.pending.by
    followed = calm(heard(outcome, silenced=silenced), task.rule.flapping, now)
    after = followed.memory
    writes = memory_writes(task.tag, after)
    writes += incident_writes(task.tag, task.memory.incident, followed)
    occasion = Occasion(
        tag=task.tag,
        before=task.memory,
        after=after,
        now=now,
        action=_action(task, attempt),
        link=link_to(task.tag, tools.base_url),
        command=by_hand(tools, task.tag, task.pending.target),
        rule=task.rule,
        closed=followed.closed,
    )
    messages = [tag_message(telling, occasion) for telling in followed.tellings]
    if outcome.tellings:
        event = _EVENTS.get(attempt.fate, "order-failed")
        actor = said_of(task.pending) or "watchdog"
        writes += move_writes(task.tag, Move.of(after, now, event, actor))
    if attempt.ours:
        writes += application_learnt(tools, task.tag, attempt.ours)
    posting = post(messages, tools.routes)
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


def _outcome(task: Task, attempt: Attempt, now: datetime) -> Followed:
    """Say what is known of the tag after the attempt, and what is told of it."""
    memory, pending = replace(task.memory, revert=None, number=task.memory.number + 1), task.pending
    memory = replace(memory, mark=attempt.mark or memory.mark)
    memory = replace(memory, returned=attempt.returned or memory.returned)
    if attempt.written and not pending.by:
        memory = replace(memory, reverts=(*memory.reverts, now)[-REVERTS_MAX * 2 :])
    match attempt.fate:
        case Fate.DONE:
            return put_back(_restored(memory, now), now, attempt.words, pending.by)
        case Fate.OVERTAKEN:
            return tell_overtaken(memory, now, attempt.words)
        case _ if pending.by:
            return order_failed(memory, now, _action(task, attempt))
        case Fate.FAILED | Fate.REFUSED:
            return tell_unreverted(memory, now, attempt.words)
        case Fate.MOVED | Fate.POSTPONED:
            return Followed(memory)


def _restored(memory: TagMemory, now: datetime) -> TagMemory:
    """Say that the tag holds the trusted build again."""
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
        doubted_since=None,
        repeats=1,
    )


def _action(task: Task, attempt: Attempt) -> str:
    reasons = [f.detail for f in task.memory.findings if f.outcome is Outcome.REJECTED]
    ordered = said_of(task.pending)
    if attempt.fate is Fate.DONE:
        return "; ".join(filter(None, (*((ordered,) if ordered else reasons), attempt.words)))
    return f"what was {ordered}, was not done: {attempt.words}" if ordered else attempt.words
