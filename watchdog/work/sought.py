"""What a registry's log did not tell yet of a tag's moves: asked again, and filled in once it does.

A verdict does not wait for the log, but a revert does, for a while (`core.revert`): a person's hand
is not put back. What the history lacks is written into its rows when it is known.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from watchdog.core.incident import heard, tell_unreverted
from watchdog.core.memory import Move, TagMemory
from watchdog.core.pusher import Pusher
from watchdog.core.revert import may_be_reverted
from watchdog.core.rhythm import LOG_ASKED_FOR
from watchdog.core.rule import Enforce
from watchdog.core.tag_history import Held
from watchdog.core.telling import Followed
from watchdog.work.look import Look
from watchdog.work.past import Past
from watchdog.work.pusher import Movers
from watchdog.work.tools import Tools

ROWS_FILLED_MAX = 20
_LEFT = "a person moved it"
_JUDGED = frozenset({"verdict", "passing"})
Amended = tuple[tuple[Move, Move], ...]
"""Rows of the history, each with what stands in its place from now on."""


@dataclass(frozen=True, slots=True)
class Seeking:
    """One look's questions to the log; `rows` are those of the history that lack their pusher."""

    look: Look
    past: Past
    movers: Movers
    rows: tuple[Move, ...] = ()

    def placed(self, memory: TagMemory) -> TagMemory:
        """Say since when the tag holds what it holds, and who put it there; raises StoreError.

        The log is asked where the tag moved, also to the digest that it held, and again where it
        did not tell.
        """
        before, held = self.look.before, self.past.now
        known = held if held and held.digest == memory.digest else None
        moved, awaited = memory.digest != before.digest, _is_awaited(before.pusher)
        if known and (moved or awaited):
            memory = replace(memory, since=known.since)
        if known and (moved or awaited or self.past.mark != before.mark):
            return replace(memory, pusher=self.movers.of(known))
        if moved:
            watched = self.movers.tools.policy.is_quay(self.look.tag.repository)
            return replace(memory, pusher=self.movers.untold() if watched else None)
        return memory

    def settled(self, after: TagMemory, new: Iterable[Move]) -> tuple[TagMemory, Amended]:
        """Note since when the log is asked in vain, and pair each row with what it should be.

        `after` is the memory with its pusher, `new` are the rows that the look adds. A push of
        what the tag held already begins no new wait: that could put a revert off for ever.
        """
        before, now = self.look.before, self.look.now
        filled = [(row, self._filled(row, after)) for row in self.rows]
        waits = _is_awaited(after.pusher)
        anew = waits and (after.digest != before.digest or not _is_awaited(before.pusher))
        if anew or any(_is_awaited(row.pusher) for row in new):
            after = replace(after, sought_since=now)
        lacking = waits or any(_is_awaited(full.pusher) for _, full in filled)
        since = after.sought_since
        if not since or now - since >= LOG_ASKED_FOR or not (lacking or since == now):
            after = replace(after, sought_since=None, pusher=_given_up(after.pusher))
            filled = [(row, replace(full, pusher=_given_up(full.pusher))) for row, full in filled]
        return after, tuple((row, full) for row, full in filled if row != full)

    def _filled(self, row: Move, after: TagMemory) -> Move:
        before = self.look.before
        if row.digest == before.digest == after.digest and row.since == before.since:
            return replace(row, pusher=after.pusher, since=after.since)
        held = _held(row)
        return replace(row, pusher=self.movers.of(held)) if held else row


def seeking(tools: Tools, look: Look, past: Past) -> Seeking:
    """Gather what the log is to be asked for in this look; raises StoreError."""
    rows: tuple[Move, ...] = ()
    if look.before.sought_since:
        newest = tools.records.history(look.tag, ROWS_FILLED_MAX)
        rows = tuple(r for r in newest if r.event in _JUDGED and r.pusher and r.pusher.pending)
    current = (past.now,) if past.now else ()
    passed = (one.held for one in past.passed) if past.certain else ()
    moves = tuple(chain(current, passed, filter(None, map(_held, rows))))
    return Seeking(look, past, Movers(tools, look, moves), rows)


def spared(look: Look, followed: Followed) -> Followed:
    """Tell that what was to be put back stays, for it turned out that a person moved it."""
    after, pusher = followed.memory, followed.memory.pusher
    known = _is_awaited(look.before.pusher) and pusher is not None and pusher.by_hand
    called_for = look.rule.enforce is Enforce.REVERT and may_be_reverted(look.rule, after.verdict)
    if not known or not called_for or look.rule.revert_people or after.digest != look.before.digest:
        return followed
    told = heard(tell_unreverted(after, look.now, _LEFT), silenced=look.silenced)
    return replace(followed, memory=told.memory, tellings=(*followed.tellings, *told.tellings))


def _is_awaited(pusher: Pusher | None) -> bool:
    return pusher is not None and pusher.pending


def _given_up(pusher: Pusher | None) -> Pusher | None:
    return replace(pusher, pending=False) if pusher else None


def _held(row: Move) -> Held | None:
    return Held(row.digest, row.since) if row.digest else None
