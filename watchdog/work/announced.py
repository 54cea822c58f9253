"""Whether a hook told of a look's tag: what came is noted, and so is a move that none told of."""

from watchdog.core.memory import Found, TagMemory
from watchdog.store.due import Write
from watchdog.store.quay_hooks import heard_writes, unannounced_writes, unmissed_writes
from watchdog.work.look import Look
from watchdog.work.past import Past, found_by
from watchdog.work.tools import Tools


def announced_writes(tools: Tools, look: Look, past: Past, after: TagMemory) -> list[Write]:
    """Note a Quay's hook, or the move that the timer found and no hook told of so far.

    Only a push sends one, and where hooks are not received none is missed. A log that tells late
    that it was no push takes back what was noted.
    """
    tag, before, pusher = look.tag, look.before, after.pusher
    if not tools.policy.is_quay(tag.repository):
        return []
    if look.claim.hints:
        return heard_writes(tag, look.now)
    pushed = pusher.is_push if pusher else None
    if before.digest == after.digest:
        late = before.pusher is not None and before.pusher.pending
        return unmissed_writes(tag) if late and pushed is False else []
    restored = past.now is not None and past.now.restored
    if before.digest is None or restored or pushed is False:
        return []
    if found_by(look) is Found.HOOK or tools.hook_receiver is None:
        return []
    return unannounced_writes(tag, look.now, certain=pushed is True)
