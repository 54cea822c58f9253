"""The vocabulary of verdicts: stable codes, their outcomes, findings."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a build, or a tag, stands. A build is never `warning`: conditions make a tag that."""

    ACCEPTED = "accepted"
    WARNING = "warning"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"


class Code(StrEnum):
    """The stable code of a finding, shown everywhere."""

    UNCHANGED = "unchanged"
    REBUILD = "rebuild"
    NEWER = "newer"
    FIRST_SEEN = "first-seen"
    APPROVED = "approved"
    RESTORED = "restored"
    REWRITTEN_HISTORY = "rewritten-history"
    DISAPPROVED = "disapproved"
    UNEXPECTED_SOURCE = "unexpected-source"
    OLDER_COMMIT = "older-commit"
    PUT_BACK = "put-back"
    ROLLED_BACK = "rolled-back"
    OLDER_RELEASE = "older-release"
    OFF_BRANCH = "off-branch"
    DIVERGED = "diverged"
    UNRELATED_HISTORY = "unrelated-history"
    UNKNOWN_COMMIT = "unknown-commit"
    MIXED_BUILD = "mixed-build"
    CONFLICTING_CLAIMS = "conflicting-claims"
    UNIDENTIFIED = "unidentified"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad-signature"
    REGISTRY_UNREACHABLE = "registry-unreachable"
    SOURCE_UNREACHABLE = "source-unreachable"
    UNREADABLE = "unreadable"
    UNVERIFIABLE = "unverifiable"

    @property
    def outcome(self) -> Outcome:
        """What this code says of a build."""
        if self in _ACCEPTED:
            return Outcome.ACCEPTED
        return Outcome.INCONCLUSIVE if self in _INCONCLUSIVE else Outcome.REJECTED


_ACCEPTED = frozenset(
    {
        Code.UNCHANGED,
        Code.REBUILD,
        Code.NEWER,
        Code.FIRST_SEEN,
        Code.APPROVED,
        Code.RESTORED,
        Code.REWRITTEN_HISTORY,
    }
)
_INCONCLUSIVE = frozenset(
    {
        Code.REGISTRY_UNREACHABLE,
        Code.SOURCE_UNREACHABLE,
        Code.UNREADABLE,
        Code.UNVERIFIABLE,
    }
)
ACCEPTED_BY_RULE = frozenset(
    {Code.FIRST_SEEN, Code.NEWER, Code.REBUILD, Code.REWRITTEN_HISTORY},
)
"""What makes a build both the trusted one and a baseline."""

TOLD_WHEN_CONFIRMED = frozenset({Code.OFF_BRANCH, Code.UNKNOWN_COMMIT})
"""Told only after a second look: git may be behind the registry."""

TOLD_THOUGH_ACCEPTED = frozenset({Code.REWRITTEN_HISTORY, Code.RESTORED})


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's result: the code, and the reason in words."""

    code: Code
    detail: str
    revertible: bool = False

    @property
    def outcome(self) -> Outcome:
        """What it says of the build."""
        return self.code.outcome


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings about one build."""

    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> Outcome:
        """Rejected outranks inconclusive outranks accepted; no finding at all is inconclusive."""
        outcomes = {finding.outcome for finding in self.findings}
        for outcome in (Outcome.REJECTED, Outcome.INCONCLUSIVE, Outcome.ACCEPTED):
            if outcome in outcomes:
                return outcome
        return Outcome.INCONCLUSIVE

    @property
    def blind(self) -> bool:
        """Whether something could not be found out, whatever the outcome."""
        outcomes = {finding.outcome for finding in self.findings}
        return not outcomes or Outcome.INCONCLUSIVE in outcomes

    @property
    def codes(self) -> tuple[Code, ...]:
        """The codes of all findings."""
        return tuple(finding.code for finding in self.findings)


class ConditionCode(StrEnum):
    """Something wrong with a tag rather than with a build."""

    LAGGING = "lagging"
    DELETED = "deleted"
