"""What the watchdog keeps of a tag from one look to the next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from watchdog.core.commits import Revision
from watchdog.core.evidence import Basis
from watchdog.core.incident_record import Incident
from watchdog.core.pusher import Pusher
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.core.tag_history import Mark, Returned
from watchdog.core.verdict import Code, ConditionCode, Finding, Outcome, Verdict

ACCEPTED_MAX = 50
TRUSTED_BEFORE_MAX = 200
ROLLED_BACK_MAX = 20


@dataclass(frozen=True, slots=True)
class TrustedBuild:
    """What a revert puts back; its manifests' bytes are kept beside it, by digest."""

    digest: Digest
    source: Source | None
    revision: Revision | None
    basis: Basis | None
    accepted_at: datetime
    code: Code
    policy: str
    """Fingerprint of the rule that it was accepted under."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A revision that was accepted by rule: what later ones are ordered against.

    `lines` and `versions` are those of its place when it was accepted.
    """

    revision: Revision
    digest: Digest
    at: datetime
    lines: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """Something wrong with the tag; `key` tells one occurrence from the next."""

    code: ConditionCode
    key: str
    since: datetime
    detail: str
    in_force: bool = False
    """False while it has not lasted long enough to be one."""


@dataclass(frozen=True, slots=True)
class Flapping:
    """The tag changes all the time: since when, when last, how often; calm after `within`.

    `told` is when people last heard of it.
    """

    since: datetime
    last: datetime
    changes: int
    within: timedelta
    told: datetime


@dataclass(frozen=True, slots=True)
class PendingRevert:
    """A revert that was decided and not yet carried out; `number` is the observation's.

    `decided_at` is when it was first decided, however often it was put off since.
    """

    number: int
    judged: Digest
    target: Digest
    decided_at: datetime
    tried: bool = False
    """Whether the write was begun: it may have been done, whatever became of the answer."""
    by: str = ""
    """Who ordered it; "" where the verdict called for it."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TagMemory:
    """Everything known of one tag. `number` counts its observations."""

    number: int = 0
    digest: Digest | None = None
    since: datetime | None = None
    findings: tuple[Finding, ...] = ()
    judged_at: datetime | None = None
    source: Source | None = None
    revision: Revision | None = None
    basis: Basis | None = None
    built: datetime | None = None
    """When the image says that it was built."""
    baseline: Revision | None = None
    trusted: TrustedBuild | None = None
    accepted: tuple[Accepted, ...] = ()
    trusted_before: tuple[Digest, ...] = ()
    rolled_back: tuple[Revision, ...] = ()
    incident: Incident | None = None
    changes: tuple[datetime, ...] = ()
    """When people were last told of a change, for telling whether it flaps."""
    flapping: Flapping | None = None
    conditions: tuple[Condition, ...] = ()
    revert: PendingRevert | None = None
    reverts: tuple[datetime, ...] = ()
    doubted_since: datetime | None = None
    """Since when the verdict rests on findings that a second look may take back."""
    outage: str | None = None
    """The outage that the tag is in: what keeps it from being seen."""
    recorded: str = ""
    """What the newest row of the history says of the build, for `standing`."""
    failures: int = 0
    """Looks in a row that could not find out everything."""
    repeats: int = 0
    """Looks in a row, after a hook or an order, that found nothing new."""
    hooked: bool = False
    """Whether it was a hook that these follow."""
    pusher: Pusher | None = None
    """Who put there what it holds, as far as the registry's log tells."""
    sought_since: datetime | None = None
    """Since when that log is asked, in vain so far, who moved the tag, now or before."""
    offender: str = ""
    """Whether what moved it wrongly has done so before, in words."""
    mark: Mark | None = None
    """How far the registry's own history of the tag was read, where it has one."""
    returned: Returned | None = None
    """The push that the watchdog gave the tag back to last."""

    @property
    def verdict(self) -> Verdict:
        """The latest verdict."""
        return Verdict(self.findings)

    @property
    def outcome(self) -> Outcome:
        """How the tag stands: a condition makes an accepted one a warning."""
        outcome = self.verdict.outcome
        shown = any(condition.in_force for condition in self.conditions)
        return Outcome.WARNING if outcome is Outcome.ACCEPTED and shown else outcome


def standing(findings: tuple[Finding, ...]) -> str:
    """Sum findings up for comparison: two accepted builds stand alike, two rejected by codes."""
    outcome = Verdict(findings).outcome
    if outcome is not Outcome.REJECTED:
        return outcome.value
    return ", ".join(sorted(f.code for f in findings if f.outcome is Outcome.REJECTED))


@dataclass(frozen=True, slots=True)
class Approval:
    """A person or the pipeline said that this digest, or a build of this revision, is right.

    One that is given beforehand (`expires`) is for `once`: `used` is the build that it was for.
    """

    digest: Digest | None
    by: str
    reason: str
    at: datetime
    revision: Revision | None = None
    expires: datetime | None = None
    used: Digest | None = None
    by_person: bool = True

    @property
    def once(self) -> bool:
        """Whether it is for one build only."""
        return self.expires is not None

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.expires is not None and self.expires <= now


class Found(StrEnum):
    """What a look came from that found something."""

    HOOK = "hook"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Move:
    """One row of a tag's history: what it held, or what was done to it, from then on."""

    number: int
    at: datetime
    event: str
    """`verdict`, `passing`, `revert`, `overtaken`, `revert-failed`; what was only said about it:
    `approval`, `rejection`, `ack`, `trust`, `revert-ordered`, `order-failed`."""
    digest: Digest | None
    findings: tuple[Finding, ...]
    source: Source | None
    revision: Revision | None
    basis: Basis | None
    actor: str | None = None
    """Who moved it, as a hook says; `pusher` is whom the registry's log names."""
    pusher: Pusher | None = None
    since: datetime | None = None
    until: datetime | None = None
    """From when to when the tag held it, as far as the registry or a hook said so."""
    found: Found | None = None

    @property
    def outcome(self) -> Outcome:
        """The outcome of its findings."""
        return Verdict(self.findings).outcome

    @classmethod
    def of(cls, memory: TagMemory, at: datetime, event: str, actor: str | None = None) -> Self:
        """Write down how a tag stands now."""
        return cls(
            number=memory.number,
            at=at,
            event=event,
            digest=memory.digest,
            findings=memory.findings,
            source=memory.source,
            revision=memory.revision,
            basis=memory.basis,
            actor=actor,
            since=memory.since if memory.digest else None,
        )
