"""The end of silences: what they kept from people is told, where it is still wrong."""

from watchdog.core.reference import Tag
from watchdog.store import keys
from watchdog.store.answers import silence_over_writes
from watchdog.store.due import Claim
from watchdog.store.records import moment
from watchdog.work.tools import Tools

SILENCES_EVERY_MS = 15_000


def end_silences(tools: Tools, claim: Claim) -> None:
    """Put away the silences that are over, and make due what is open among what they covered.

    In one transaction: no end is lost. Raises StaleLeaseError and StoreError.
    """
    now = moment(claim.now_ms)
    over = [silence for silence in tools.answers.silences() if silence.until <= now]
    wrong = [Tag.parse(kept.tag) for kept in tools.incidents.open()] if over else []
    due = [tag for tag in wrong if any(silence.pattern.matches(tag) for silence in over)]
    tools.chores.complete(
        claim,
        next_in_ms=SILENCES_EVERY_MS,
        writes=[write for silence in over for write in silence_over_writes(silence)],
        announce=[(keys.LOOKS, str(tag)) for tag in due],
    )
