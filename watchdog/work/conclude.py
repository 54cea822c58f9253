"""What follows from a verdict: the tag's memory, the rows of its history, what people are told.

Reads, and pins what was accepted in the mirror; writes nothing else. Recording it is `examine`'s.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from watchdog.core.conditions import watch_lag
from watchdog.core.flapping import calm
from watchdog.core.incident import tell_passed
from watchdog.core.memory import Approval, Move, PendingRevert, TagMemory, standing
from watchdog.core.offender import Offence, offences_of, repetition
from watchdog.core.ordered import noted_silence
from watchdog.core.reference import Digest
from watchdog.core.revert import refusal
from watchdog.core.rhythm import repeats
from watchdog.core.rule import Enforce
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code, Outcome
from watchdog.errors import RemoteError
from watchdog.work.assess import Judged, take_in, target_stands
from watchdog.work.look import Look, source_host
from watchdog.work.passing import Passing, judge_passing
from watchdog.work.past import actor_of, found_by
from watchdog.work.sought import Amended, Seeking, spared
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a look comes to; `action` is what the watchdog does, or why it does nothing, in words.

    `rows` are new ones of the history, oldest first; `passing` is what the tag held in between.
    """

    judged: Judged
    followed: Followed
    passing: Passing
    rows: tuple[Move, ...]
    action: str
    used: tuple[tuple[Approval, Digest], ...] = ()
    """Approvals that were given beforehand, each with the build that it was for."""
    amended: Amended = ()
    """Rows of the history that lacked who moved the tag, each with what it is now."""

    @property
    def after(self) -> TagMemory:
        """The memory of the tag after the look."""
        return self.followed.memory


def conclude(
    tools: Tools, look: Look, judged: Judged, sought: Seeking, passing: Passing | None
) -> Conclusion:
    """Take a verdict in, with all that follows from it; raises StoreError.

    What only hooks say that the tag held is judged after what it holds, which it must not touch.
    """
    rule, now, silenced = look.rule, look.now, look.silenced
    followed = take_in(rule, look.before, judged, now, silenced=silenced)
    placed = _placed(look, sought.placed(_built(followed.memory, judged)))
    if passing is None:
        passing = judge_passing(tools, look, sought, judged.case.digest, placed)
        placed = passing.memory
    placed, amended = sought.settled(placed, passing.rows)
    followed = replace(followed, memory=replace(placed, mark=passing.mark))
    if rule.enforce is not Enforce.OBSERVE:
        followed = tell_passed(look.before, followed, passing.wrong, now, silenced=silenced)
    lag = _lag(tools, look, followed.memory)
    tellings = (*followed.tellings, *lag.tellings)
    followed = calm(replace(followed, memory=lag.memory, tellings=tellings), rule.flapping, now)
    after, action = _decide(tools, look, _offender(tools, look, followed.memory, passing))
    rows = passing.rows
    if _is_move(look.before, after):
        after = replace(after, recorded=standing(after.findings))
        actor = actor_of(look.claim.hints, after.digest)
        row = Move.of(after, now, "verdict", actor)
        rows = (*rows, replace(row, found=found_by(look), pusher=after.pusher))
    pin(tools, look, after)
    followed = spared(look, replace(followed, memory=after))
    followed = noted_silence(followed, look.silence, now)
    used = (*passing.used, *_used(judged))
    return Conclusion(judged, followed, passing, rows, action, used, amended)


def _used(judged: Judged) -> Iterator[tuple[Approval, Digest]]:
    """Name the approval that what the tag holds uses up, if it does."""
    approval = judged.case.approval
    if Code.APPROVED in judged.verdict.codes and approval and approval.once and not approval.used:
        yield approval, judged.case.digest


def _placed(look: Look, memory: TagMemory) -> TagMemory:
    """Say whether the look is to be repeated, and what keeps the tag from view."""
    before = look.before
    return replace(
        memory,
        repeats=repeats(before, memory, announced=look.claim.announced),
        hooked=bool(look.claim.hints) or (before.hooked and not look.claim.announced),
        outage=_outage(look, memory),
    )


def _built(memory: TagMemory, judged: Judged) -> TagMemory:
    """Say when the image was built, by its own word; the newest of its platforms."""
    if not judged.observation:
        return memory
    times = [image.created for image in judged.observation.images if image.created]
    return replace(memory, built=max(times, default=None))


def _outage(look: Look, after: TagMemory) -> str | None:
    """Name the outage that a verdict leaves the tag in: what it could not find out, if anything."""
    codes = {f.code for f in after.findings if f.outcome is Outcome.INCONCLUSIVE}
    if Code.SOURCE_UNREACHABLE in codes:
        return source_host(look.rule)
    return str(look.tag) if codes else None


def _lag(tools: Tools, look: Look, memory: TagMemory) -> Followed:
    """Follow how far the tag lags; asks git only where the rule wants it."""
    if memory.verdict.outcome is not Outcome.ACCEPTED or not memory.revision:
        return Followed(memory)
    if look.rule.max_lag is None:
        return watch_lag(memory, None, look.rule, look.now)
    mirror = tools.mirrors.mirror(look.rule.url)
    try:
        mirror.refresh(after=time.monotonic() - tools.look_every.total_seconds())
        lead = mirror.lead(memory.revision, look.rule.refs)
    except RemoteError as error:
        logger.warning("Could not see how far %s lags: %s", look.tag, error)
        return Followed(memory)
    return watch_lag(memory, lead, look.rule, look.now)


def _offender(tools: Tools, look: Look, after: TagMemory, passing: Passing) -> TagMemory:
    """Say whether what moved the tag wrongly has done so before."""
    wrong = after.verdict.outcome is Outcome.REJECTED
    if not wrong and not passing.wrong:
        return replace(after, offender="")
    if wrong and after.digest == look.before.digest and not passing.wrong:
        return after
    present = Move.of(after, look.now, "verdict") if wrong else passing.wrong[-1]
    present = replace(present, pusher=after.pusher if wrong else present.pusher)
    past = (*passing.wrong, *tools.records.history(look.tag))
    return replace(after, offender=_repeated(past, present, look))


def _repeated(past: Iterable[Move], present: Move, look: Look) -> str:
    before = [row for row in past if row.digest != present.digest or row.since != present.since]
    (offence,) = offences_of([present]) or (Offence(look.now),)
    found = repetition(offences_of(before), offence, look.now)
    return found.sentence if found else ""


def _decide(tools: Tools, look: Look, after: TagMemory) -> tuple[TagMemory, str]:
    """Decide on a revert; returns what the watchdog does, or why it does nothing, in words."""
    if after.verdict.outcome is not Outcome.REJECTED:
        return after, ""
    reason = refusal(
        look.rule,
        after,
        target_stands=target_stands(tools, look.rule, after, look.answered.decisions),
        switch=tools.reverts,
        now=look.now,
        pusher=after.pusher,
    )
    if reason or not after.trusted or not after.digest:
        return after, f"does nothing: {reason}"
    target = after.trusted.digest
    earlier = look.before.revert
    put_off = earlier is not None and earlier.judged == after.digest
    since = earlier.decided_at if earlier and put_off else look.now
    tried = earlier is not None and put_off and earlier.tried and earlier.target == target
    pending = PendingRevert(after.number, after.digest, target, since, tried)
    return replace(after, revert=pending), f"puts back {target.algorithm}:{target.short}"


def pin(tools: Tools, look: Look, after: TagMemory) -> None:
    """Keep the accepted revision in the mirror, whatever a force-push does."""
    if not after.accepted or after.accepted == look.before.accepted:
        return
    revision = after.accepted[0].revision
    try:
        tools.mirrors.mirror(look.rule.url).pin(revision)
    except RemoteError as error:
        logger.warning("Could not pin %s of %s: %s", revision, look.tag, error)


def _is_move(before: TagMemory, after: TagMemory) -> bool:
    """Tell whether the history gets a row: another digest, or another verdict on the same."""
    if before.digest != after.digest:
        return True
    known = after.verdict.outcome is not Outcome.INCONCLUSIVE
    return known and standing(after.findings) != before.recorded
