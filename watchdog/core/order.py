"""What a person asked to be done about a tag: it waits beside the tag until a look takes it in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.commits import Revision
from watchdog.core.decisions import Decisions, Rejection, rejection_of_trusted
from watchdog.core.memory import Move, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.rule import Rule
from watchdog.core.trust import trusted_digests
from watchdog.core.verdict import Outcome

ORDERS_MAX = 20
ORDER_MAX_AGE = timedelta(hours=1)
"""An order that could not be carried out for so long is told to have failed, and given up."""


class OrderKind(StrEnum):
    """What is to be done."""

    ACK = "ack"
    TRUST = "trust"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Order:
    """One order. `digest` is the build it is about; a revert without one is to the trusted build.

    `held` is what the tag held when a revert was ordered: nothing else is overwritten by it.
    """

    id: str
    kind: OrderKind
    by: str
    reason: str
    at: datetime
    digest: Digest | None = None
    held: Digest | None = None


def known_revision(
    memory: TagMemory, rule: Rule, rows: Iterable[Move], digest: Digest | None
) -> Revision | None:
    """Find the commit of a build that the tag held before, by what was accepted and its history.

    Only what an expected source claims: a stranger's claim is no reason to refuse.
    """
    accepted = [one.revision for one in memory.accepted if one.digest == digest]
    ours = [row for row in rows if row.digest == digest and row.source in rule.sources]
    return next(iter((*accepted, *(row.revision for row in ours if row.revision))), None)


def revert_objection(
    memory: TagMemory,
    rule: Rule,
    decisions: Decisions,
    digest: Digest | None,
    revision: Revision | None = None,
) -> str | None:
    """Say why a tag cannot be put back, to this build or to the trusted one, as things stand.

    What a person orders needs no verdict, no leave of the rule's and no limit; where the target is
    not a build that was trusted before, or was rejected since, it is refused all the same.
    `revision` is the commit of `digest`, as far as it is known.
    """
    target = digest or (memory.trusted.digest if memory.trusted else None)
    if not target:
        return "there is no trusted build to put back: name one with `watchdog trust`"
    if not memory.digest:
        return "the tag was never seen to hold anything"
    if target == memory.digest:
        return f"the tag holds {target} already"
    if target not in trusted_digests(memory):
        return f"{target} was never trusted here: say that it is right with `watchdog trust`"
    trusted = memory.trusted is not None and memory.trusted.digest == target
    rejected = (
        rejection_of_trusted(decisions, rule, memory)
        if trusted
        else decisions.rejection(target, revision)
    )
    return rejected_words(rejected, target) if rejected else None


def rejected_words(rejected: Rejection, digest: Digest) -> str:
    """Say who rejected a build, and what is to be done if it is right all the same."""
    return f"{rejected.by} rejected {digest} ({rejected.reason}): approve it first"


def ordered_refusal(  # noqa: PLR0913 - all that such a revert hangs on, each by its name
    memory: TagMemory,
    rule: Rule,
    decisions: Decisions,
    target: Digest,
    *,
    stands: bool,
    switch: bool,
) -> str | None:
    """Say why a revert that a person ordered is not carried out now; None if it may be.

    What a person orders is not asked of the verdict, the rule's `enforce`, `revert_on` and
    `revert_people`, or the limit for a day. The switch holds for everybody.
    """
    if not switch:
        return "reverts are switched off (WATCHDOG_REVERTS)"
    if objection := revert_objection(memory, rule, decisions, target):
        return objection
    if not stands:
        return "the trusted build would not be accepted today: name it with `--to` if it is right"
    return None


def trust_objection(
    memory: TagMemory, decisions: Decisions, digest: Digest, revision: Revision | None = None
) -> str | None:
    """Say why a build cannot be made the trusted one on a person's word, as things stand.

    `revision` is its commit, as far as it is known.
    """
    if digest == memory.digest:
        return f"the tag holds {digest}: if it is right, approve it"
    if memory.trusted and memory.trusted.digest == digest:
        return f"{digest} is the trusted build already"
    if memory.verdict.outcome is Outcome.ACCEPTED:
        # Accepted again at the next look, it would be the trusted build again.
        return f"the tag holds {memory.digest}, which is accepted: reject that first"
    rejected = decisions.rejection(digest, revision)
    return rejected_words(rejected, digest) if rejected else None


def ack_objection(memory: TagMemory, digest: Digest) -> str | None:
    """Say why nobody can acknowledge a build, as things stand."""
    incident = memory.incident
    if not incident:
        return "no incident of this tag is open"
    if digest != memory.digest:
        return f"the tag does not hold {digest} now: it holds {memory.digest}"
    if not incident.build(digest):
        return f"{digest} is no build of the open incident"
    known = incident.acknowledged
    if known and known.digest == digest:
        return f"{known.by} acknowledged {digest} already"
    return None
