"""What became of a write: whose row the registry's history shows, and what it displaced.

A trusted build under the tag is our work only if we wrote it: another may have been quicker. And
our write rested on the tag holding the judged build: what is right under it instead came in
between, and is given way to by undoing the write. Judging it is the next look's.
"""

import logging
import time
from dataclasses import dataclass, replace
from itertools import takewhile

from watchdog.core.reference import Digest
from watchdog.core.tag_history import Held, Returned, mark_of, rows_after
from watchdog.errors import RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.work.assess import readable_digest
from watchdog.work.attempt import Attempt, Fate, Task
from watchdog.work.pusher import is_our_restore
from watchdog.work.signatures import signatures_restored
from watchdog.work.tools import Tools
from watchdog.work.write_tag import HeldNow, How, Writing, Written, by_hand, held_now, write_tag

# Replicas lag: the tag is read again after these, until it shows what was written.
SETTLE_AFTER_S = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0)
QUAY_SETTLE_AFTER_S = (8.0, 14.0)
# What was displaced is put back at once; where that fails, again after these: a busy host pauses.
GIVE_WAY_AFTER_S = (0.0, 0.5, 1.0, 2.0, 4.0)
GIVE_WAY_LAST_S = 8.0
UNKNOWN = "whether a push came in between is not known: Quay's history could not be read"
UNREADABLE = (
    "cannot be read any more: if it was right, push it again or restore it in the registry's tag "
    "history"
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A history that shows the target on top.

    `run` are the newest rows that all are the target, `late` all that came since the verdict.
    """

    rows: tuple[Held, ...]
    late: tuple[Held, ...]
    run: tuple[Held, ...]

    @property
    def back(self) -> Held:
        """The row that put the target there; those on it wrote it over itself."""
        return self.run[-1]

    @property
    def under(self) -> Held | None:
        """What that row displaced."""
        return self.rows[len(self.run)] if len(self.run) < len(self.rows) else None


def settled(tools: Tools, task: Task, written: Written) -> Attempt:
    """Read the tag until it shows what was written; then see what the write displaced."""
    quay = tools.policy.is_quay(task.tag.repository)
    held, unread = HeldNow(task.pending.judged), None
    for delay_s in SETTLE_AFTER_S + (QUAY_SETTLE_AFTER_S if quay else ()):
        time.sleep(delay_s)
        try:
            held, unread = held_now(tools, task.tag, task.memory.mark), None
        except RemoteError as error:
            if not error.retryable:
                raise
            unread = error
            continue
        if attempt := seen(tools, task, held, written):
            return attempt
    if unread:
        raise unread
    if held.digest == task.pending.judged:
        words = "it was written, but the registry still shows the bad build"
        return Attempt(Fate.FAILED, words, written=True)
    words = f"another push came right after: the tag holds {held.digest}"
    return Attempt(Fate.MOVED, words, written=True)


def seen(tools: Tools, task: Task, held: HeldNow, written: Written) -> Attempt | None:
    """Say what a reading of the tag tells of a write; None while it does not show it."""
    target = task.pending.target
    if not held.rows:
        return _without_history(tools, task, written) if held.digest == target else None
    late = _late(task, held.rows)
    run = tuple(takewhile(lambda row: row.digest == target, late))
    made = [row for row in late if row.digest == target and _made(row, written.how)]
    if not made or (held.digest == target and not run):
        return None
    if not run:
        words = f"another push came right after: the tag holds {held.digest}"
        attempt = Attempt(Fate.MOVED, words, written=True)
    else:
        attempt = _seen_on_top(tools, task, _Shown(held.rows, late, run), written)
    restores = [row for row in late if row.digest == target and row.restored]
    if written.how is How.RESTORED and len(restores) == 1:
        return replace(attempt, ours=restores[0])
    return attempt


def _seen_on_top(tools: Tools, task: Task, shown: _Shown, written: Written) -> Attempt:
    if not _is_ours(tools, task, shown, written):
        words = "somebody else put the trusted build back meanwhile"
        return Attempt(Fate.MOVED, words, written=_begun(task, written))
    if shown.under and shown.under.digest != task.pending.judged:
        return _give_way(tools, task, shown, shown.under)
    others = {row.digest for row in shown.late[len(shown.run) :]} - {task.pending.judged}
    # What came in between and is not dealt with here is left for the next look.
    mark = None if others else mark_of(shown.rows)
    words = signatures_restored(tools, task.tag, task.pending.target, shown.rows)
    return Attempt(Fate.DONE, words, written=True, mark=mark)


def _late(task: Task, rows: tuple[Held, ...]) -> tuple[Held, ...]:
    """Take the rows that came after what was judged."""
    if mark := task.memory.mark:
        return rows_after(rows, mark)
    return tuple(takewhile(lambda row: row.digest != task.pending.judged, rows))


def _made(row: Held, how: How | None) -> bool:
    """Tell whether a row may come from a write of this kind."""
    return how is None or row.restored == (how is How.RESTORED)


def _begun(task: Task, written: Written) -> bool:
    """Whether a write of ours may have been done, by this attempt or the one before."""
    return written.how is not None or written.tried or task.pending.tried


def _is_ours(tools: Tools, task: Task, shown: _Shown, written: Written) -> bool:
    """Tell whether it was us who put the target there: certain where we wrote and it was once.

    Else the registry's log has to prove a restore of ours; a push of the very bytes that we may
    have pushed is taken for ours.
    """
    if not _begun(task, written) or not _made(shown.back, written.how):
        return False
    if written.how and len(shown.run) == 1:
        return True
    return not shown.back.restored or is_our_restore(tools, task.tag, shown.back)


def _without_history(tools: Tools, task: Task, written: Written) -> Attempt:
    """Say what can be said where no history tells who put the target there, and over what."""
    quay = tools.policy.is_quay(task.tag.repository)
    if written.how or (_begun(task, written) and not quay):
        return Attempt(Fate.DONE, UNKNOWN if quay else "", written=True)
    words = "the trusted build is under the tag, and nothing says that the watchdog put it there"
    return Attempt(Fate.MOVED, words, written=_begun(task, written))


def _give_way(tools: Tools, task: Task, shown: _Shown, push: Held) -> Attempt:
    """Undo a write that displaced what nobody had judged: the next look does."""
    came = f"a push of {push.digest} came in between"
    above = mark_of(shown.rows)
    try:
        became = _undone(tools, task, shown, push.digest)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        by = by_hand(tools, task.tag, push.digest)
        became = f"could not be put back ({error}); if it was right, do it by hand: {by}"
    if became or not above:
        return Attempt(Fate.OVERTAKEN, f"{came} and {became}", written=True)
    words = f"{came} and was put back; it is judged now"
    signed = signatures_restored(tools, task.tag, push.digest, shown.rows)
    # More than one push in between: the others are left for the next look.
    mark = above if len(shown.late) == len(shown.run) + 1 else None
    return Attempt(
        Fate.OVERTAKEN,
        "; ".join(filter(None, (words, signed))),
        written=True,
        mark=mark,
        returned=Returned(push, above),
    )


def _undone(tools: Tools, task: Task, shown: _Shown, displaced: Digest) -> str:
    """Put back what was displaced; returns why not, "" once it is done. Raises WatchdogError."""
    by_digest = shown.back.restored
    observation = None if by_digest else readable_digest(tools, task.tag, displaced)
    if not by_digest and observation is None:
        return UNREADABLE
    manifests = observation.manifests if observation else ()
    target, mark = task.pending.target, mark_of(shown.rows)
    writing = Writing(task.claim, task.tag, target, displaced, manifests, mark)
    written = _written_at_last(tools, writing)
    done = written.how is not None or written.held == displaced
    return "" if done else f"was not put back, for the tag holds {written.held} by now"


def _written_at_last(tools: Tools, writing: Writing) -> Written:
    """Write a tag, again where that may help."""
    for delay_s in GIVE_WAY_AFTER_S:
        time.sleep(delay_s)
        try:
            return write_tag(tools, writing)
        except RemoteError as error:
            if not error.retryable:
                raise
            logger.warning("Could not give way on %s yet: %s", writing.tag, error)
    time.sleep(GIVE_WAY_LAST_S)
    return write_tag(tools, writing)
