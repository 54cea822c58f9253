"""What people ordered, and whom they silenced, as the incident's story and the messages have it."""

from dataclasses import replace
from datetime import UTC, datetime

from watchdog.core.incident_record import Entry, Happening, noted
from watchdog.core.memory import PendingRevert, TagMemory
from watchdog.core.message import plain
from watchdog.core.order import Order, OrderKind
from watchdog.core.silence import Silence
from watchdog.core.telling import Followed, Telling

_HAPPENED = {OrderKind.TRUST: Happening.TRUSTED, OrderKind.REVERT: Happening.REVERT_ORDERED}


def noted_order(memory: TagMemory, order: Order, now: datetime) -> TagMemory:
    """Let the story of an open incident say what somebody ordered."""
    if not memory.incident or order.kind not in _HAPPENED:
        return memory
    entry = Entry(now, _HAPPENED[order.kind], order.reason, order.digest, order.by)
    return replace(memory, incident=noted(memory.incident, entry))


def noted_silence(followed: Followed, silence: Silence | None, now: datetime) -> Followed:
    """Let the story of an open incident say once who wants to hear no more of it."""
    incident = followed.memory.incident
    if not incident or not silence:
        return followed
    words = f"until {silence.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {silence.reason}"
    entry = Entry(now, Happening.SILENCED, words, by=silence.by)
    if any((one.what, one.words, one.by) == entry_key(entry) for one in incident.story):
        return followed
    return replace(followed, memory=replace(followed.memory, incident=noted(incident, entry)))


def entry_key(entry: Entry) -> tuple[Happening, str, str]:
    """Tell one entry of a story from others, whenever it was made."""
    return entry.what, entry.words, entry.by


def with_revert(memory: TagMemory, order: Order, now: datetime) -> TagMemory:
    """Decide the revert that somebody ordered: to the trusted build, from what they saw there."""
    trusted = memory.trusted
    if not trusted or not order.held:  # Defensive: `revert_objection` asks for both.
        return memory
    pending = PendingRevert(
        memory.number, order.held, trusted.digest, now, by=order.by, reason=order.reason
    )
    return replace(noted_order(memory, order, now), revert=pending)


def order_failed(memory: TagMemory, now: datetime, words: str) -> Followed:
    """Tell that what somebody ordered was not done, and why."""
    if incident := memory.incident:
        entry = Entry(now, Happening.REVERT_FAILED, words, memory.digest)
        memory = replace(memory, incident=noted(incident, entry))
    return Followed(memory, (Telling.ORDER_FAILED,))


def said_of(pending: PendingRevert) -> str:
    """Say who ordered a revert, and why."""
    return plain(f"ordered by {pending.by}: {pending.reason}") if pending.by else ""
