"""What people decided about the builds of a tag: which are right, which never are.

An approval is for its time: it ends with the next newer build, or, given beforehand, with its one
use or its last day. A rejection stays, until a person approves the very digest later, without an
end; an approval for a time only suspends it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watchdog.core.commits import Revision
from watchdog.core.memory import Approval, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.rule import Rule

APPROVALS_MAX = 100
"""How many approvals of people that were not used a tag may have, and as many of pipelines."""
REJECTIONS_MAX = 1000
_UNKNOWN = TagMemory()
BEFOREHAND = timedelta(days=1)
BEFOREHAND_MAX = timedelta(days=30)
"""How long an approval that is given beforehand waits for its build: unless said, and at most."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A person said that this digest, or any build of this revision, is never right."""

    by: str
    reason: str
    at: datetime
    digest: Digest | None = None
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """All that people decided about a tag's builds, as it was read at one time."""

    approvals: tuple[Approval, ...] = ()
    rejections: tuple[Rejection, ...] = ()

    def rejection(
        self,
        digest: Digest,
        revision: Revision | None,
        memory: TagMemory = _UNKNOWN,
        now: datetime | None = None,
    ) -> Rejection | None:
        """Find why a build is never right; a person's later word on the digest itself counts.

        One for a time counts until that is over, or while the build that used it is trusted;
        nothing given for a time does without a `memory` and a time that say so.
        """
        found = [
            one
            for one in self.rejections
            if one.digest == digest or (revision and one.revision == revision)
        ]
        newest = max(found, key=lambda one: one.at, default=None)
        if not newest:
            return None
        later = (one for one in self.approvals if one.by_person and one.at > newest.at)
        taken_back = any(
            one.digest == digest and _counts(one, digest, memory, now) for one in later
        )
        return None if taken_back else newest

    def approval(
        self, digest: Digest, revision: Revision | None, memory: TagMemory, now: datetime | None
    ) -> Approval | None:
        """Find who approved a build; one use of it is for as long as the build is trusted."""
        for one in sorted(self.approvals, key=lambda one: one.once):
            meant = one.digest == digest or (revision and one.revision == revision)
            if (one.used or meant) and _counts(one, digest, memory, now):
                return one
        return None

    def of_person(
        self, digest: Digest | None, revision: Revision | None, memory: TagMemory, now: datetime
    ) -> Approval | None:
        """Find a person's approval of this very subject that still stands."""
        for one in self.approvals:
            same = (one.digest, one.revision) == (digest, revision)
            if one.by_person and same and _counts(one, one.used, memory, now):
                return one
        return None

    def waiting(self, *, of_people: bool) -> int:
        """Count the approvals that were not used, of people or of pipelines."""
        return sum(not one.used and one.by_person is of_people for one in self.approvals)

    def with_use(self, approval: Approval, digest: Digest) -> "Decisions":
        """Note the build that used an approval up: there is no second one."""
        used = replace(approval, used=digest)
        return replace(
            self, approvals=tuple(used if one == approval else one for one in self.approvals)
        )

    def ended(self, now: datetime) -> tuple[Approval, ...]:
        """Name the approvals that wait for a build no more."""
        return tuple(one for one in self.approvals if not one.used and one.is_over(now))

    def superseded(self) -> tuple[Approval, ...]:
        """Name the approvals that end with a newer build: all but those that wait for theirs."""
        return tuple(one for one in self.approvals if one.used or not one.once)


def rejection_of_trusted(
    decisions: Decisions, rule: Rule, memory: TagMemory, now: datetime | None = None
) -> Rejection | None:
    """Find why the trusted build is not right any more, by a person's word."""
    trusted = memory.trusted
    if not trusted:
        return None
    ours = trusted.source in rule.sources
    return decisions.rejection(trusted.digest, trusted.revision if ours else None, memory, now)


def _counts(
    approval: Approval, digest: Digest | None, memory: TagMemory, now: datetime | None
) -> bool:
    """Tell whether an approval of a build counts now: one for once until it is used or over.

    Its one use is for as long as the build is trusted.
    """
    if approval.used:
        trusted = memory.trusted.digest if memory.trusted else None
        return approval.used == digest == trusted
    return not approval.once or (now is not None and not approval.is_over(now))
