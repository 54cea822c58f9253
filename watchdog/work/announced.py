"""Whether a hook told of a look's tag: what came is noted, and so is a move that none told of."""

from watchdog.core.memory import Found, TagMemory
from watchdog.store.due import Write
from watchdog.store.quay_hooks import heard_writes, unannounced_writes
from watchdog.work.look import Look
from watchdog.work.past import Past, found_by
from watchdog.work.tools import Tools


def announced_writes(tools: Tools, look: Look, past: Past, after: TagMemory) -> list[Write]:
    """Note a Quay's hook, or the move that the timer found and no hook told of so far.

    A restore sends no hook, and where hooks are not received none is missed.
    """
    tag = look.tag
    if not tools.policy.is_quay(tag.repository):
        return []
    if look.claim.hints:
        return heard_writes(tag, look.now)
    moved = look.before.digest is not None and look.before.digest != after.digest
    restored = past.now is not None and past.now.restored
    if not moved or restored or found_by(look) is Found.HOOK or tools.hook_receiver is None:
        return []
    return unannounced_writes(tag, look.now)
