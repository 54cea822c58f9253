"""What people ordered about a tag, taken in before it is judged, in one fenced transaction.

An order waits in the store until then: a worker that dies loses none and does none twice. One that
has to read the registry waits on while that is away, for ORDER_MAX_AGE.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from watchdog.core.commits import Revision
from watchdog.core.incident import acknowledge, heard
from watchdog.core.incident_record import Acknowledgement
from watchdog.core.memory import Approval, Move, TagMemory
from watchdog.core.message import Message
from watchdog.core.occasion import Occasion
from watchdog.core.order import (
    ORDER_MAX_AGE,
    Order,
    OrderKind,
    known_revision,
    revert_objection,
    trust_objection,
)
from watchdog.core.ordered import noted_order, order_failed, with_revert
from watchdog.core.reference import Digest
from watchdog.core.telling import Followed, Telling
from watchdog.core.wording import tag_message
from watchdog.errors import RefusedError, RemoteError, StaleLeaseError, StoreError, WatchdogError
from watchdog.store.answers import approval_writes, approvals_over_writes, order_done_writes
from watchdog.store.due import Write
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import post
from watchdog.store.records import memory_writes, move_writes
from watchdog.work.look import Look, link_to
from watchdog.work.tools import Tools
from watchdog.work.trusting import trusted_by_word

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """What the orders come to so far; `told` are pairs of what to tell and what to say of it."""

    memory: TagMemory
    done: tuple[Order, ...] = ()
    told: tuple[tuple[Telling, str], ...] = ()
    writes: tuple[Write, ...] = field(default=())


def take_orders(tools: Tools, look: Look) -> Look:
    """Take in what waits for this look; the look goes on from what came of it.

    Raises StaleLeaseError and StoreError.
    """
    taken = Taken(look.before)
    for order in look.answered.orders:
        taken = _take(tools, look, taken, order)
    if not taken.done:
        return look
    memory = replace(taken.memory, number=look.before.number + 1)
    if memory.revert and memory.revert.by:
        memory = replace(memory, revert=replace(memory.revert, number=memory.number))
    posting = post(_messages(tools, look, memory, taken), tools.routes)
    writes = [
        *memory_writes(look.tag, memory),
        *incident_writes(look.tag, look.before.incident, Followed(memory)),
        *order_done_writes(look.tag, taken.done),
        *taken.writes,
        *posting.writes,
    ]
    tools.looks.commit(look.claim, writes, posting.announce)
    answered = tools.answers.read(look.tag)
    return replace(look, before=memory, answered=answered)


def _messages(tools: Tools, look: Look, memory: TagMemory, taken: Taken) -> Iterator[Message]:
    """Write one message of each kind: two of a kind would have the same id."""
    link = link_to(look.tag, tools.base_url)
    for kind in dict.fromkeys(telling for telling, _ in taken.told):
        words = "; ".join(said for telling, said in taken.told if telling is kind)
        occasion = Occasion(
            look.tag, look.before, memory, look.now, action=words, link=link, rule=look.rule
        )
        yield tag_message(kind, occasion)


def _take(tools: Tools, look: Look, taken: Taken, order: Order) -> Taken:
    """Take one order in; one that failed is told, one that cannot be tried yet waits."""
    logger.info("%s ordered %s of %s: %r", order.by, order.kind, look.tag, order.reason)
    try:
        if look.now - order.at > ORDER_MAX_AGE:
            raise RefusedError("it waited for too long: order it again if it is still wanted")
        after = _TAKE[order.kind](tools, look, taken, order)
    except (StoreError, StaleLeaseError):
        raise
    except WatchdogError as error:
        if isinstance(error, RemoteError) and error.retryable:
            logger.warning("What %s ordered of %s waits: %s", order.by, look.tag, error)
            return taken
        after = _failed(look, taken, order, str(error))
    return replace(after, done=(*after.done, order))


def _ack(_tools: Tools, look: Look, taken: Taken, order: Order) -> Taken:
    if not order.digest:  # Defensive: an acknowledgement names its build.
        return taken
    answer = Acknowledgement(order.digest, order.by, order.reason, order.at)
    followed = heard(acknowledge(taken.memory, answer), silenced=look.silenced)
    told = tuple((telling, order.reason) for telling in followed.tellings)
    return replace(taken, memory=followed.memory, told=(*taken.told, *told))


def _trust(tools: Tools, look: Look, taken: Taken, order: Order) -> Taken:
    if not order.digest:  # Defensive: such an order names its build.
        return taken
    revision = _revision(tools, look, order)
    objection = trust_objection(taken.memory, look.answered.decisions, order.digest, revision)
    if objection:
        raise RefusedError(objection)
    return _trusting(tools, look, taken, order, order.digest)


def _revision(tools: Tools, look: Look, order: Order) -> Revision | None:
    """Find the commit of the build that an order names, as far as it is known."""
    return known_revision(look.before, look.rule, tools.records.history(look.tag), order.digest)


def _trusting(tools: Tools, look: Look, taken: Taken, order: Order, digest: Digest) -> Taken:
    """Make a build the trusted one, and approve it: it stands whatever the policy says later."""
    found = trusted_by_word(tools, replace(look, before=taken.memory), digest)
    approval = Approval(digest, order.by, order.reason, order.at)
    writes = (*taken.writes, *found.writes, *approval_writes(look.tag, approval))
    return replace(taken, memory=noted_order(found.memory, order, look.now), writes=writes)


def _revert(tools: Tools, look: Look, taken: Taken, order: Order) -> Taken:
    """Decide a revert: its target is made the trusted build first where it is not.

    What the tag was put back from is asked of a person again: its approvals end.
    """
    memory, decisions = taken.memory, look.answered.decisions
    if order.held != memory.digest:
        raise RefusedError(f"the tag was pushed since then: it holds {memory.digest}")
    revision = _revision(tools, look, order)
    if objection := revert_objection(memory, look.rule, decisions, order.digest, revision):
        raise RefusedError(objection)
    over = approvals_over_writes(look.tag, decisions.superseded())
    taken = replace(taken, writes=(*taken.writes, *over))
    if order.digest and memory.trusted and order.digest != memory.trusted.digest:
        taken = _trusting(tools, look, taken, order, order.digest)
    elif order.digest:
        approval = Approval(order.digest, order.by, order.reason, order.at)
        taken = replace(taken, writes=(*taken.writes, *approval_writes(look.tag, approval)))
    return replace(taken, memory=with_revert(taken.memory, order, look.now))


def _failed(look: Look, taken: Taken, order: Order, words: str) -> Taken:
    """Note that an order was not carried out, and tell it: no silence is meant for who ordered."""
    said = f"what {order.by} ordered ({order.kind}: {order.reason}) was not done: {words}"
    logger.warning("%s: %s", look.tag, said)
    followed = order_failed(taken.memory, look.now, said)
    row = Move(
        0, look.now, "order-failed", order.digest, (), None, None, None, f"watchdog: {words}"
    )
    return replace(
        taken,
        memory=followed.memory,
        told=(*taken.told, *((telling, said) for telling in followed.tellings)),
        writes=(*taken.writes, *move_writes(look.tag, row)),
    )


_TAKE: dict[OrderKind, Callable[[Tools, Look, Taken, Order], Taken]] = {
    OrderKind.ACK: _ack,
    OrderKind.TRUST: _trust,
    OrderKind.REVERT: _revert,
}
