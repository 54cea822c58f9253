"""What a verdict depends on, and which accepted revision a build is ordered against.

Gathering it is the work of `work`; what follows from it is the work of `judge`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.commits import TAGS_LINE, Ancestry, Place, Revision
from watchdog.core.decisions import Decisions, Rejection, rejection_of_trusted
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.memory import Accepted, Approval, TagMemory
from watchdog.core.reference import Digest
from watchdog.core.rule import Require, Rule
from watchdog.core.verdict import Finding
from watchdog.core.version import higher

NO_DECISIONS = Decisions()
_SUFFICIENT = {
    Require.LABELS: frozenset(Basis),
    Require.BUILDKIT: frozenset({Basis.BUILDKIT, Basis.SIGNED}),
    Require.SIGNED: frozenset({Basis.SIGNED}),
}
STRANGERS = frozenset({Ancestry.UNRELATED, Ancestry.UNKNOWN})
"""What is neither older nor newer: no merge base, or a commit that is nowhere to be found."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What order is judged against: its place, and this revision's ancestry against it.

    `accepted` is how it was accepted by rule, if it was.
    """

    revision: Revision
    ancestry: Ancestry
    place: Place | None
    accepted: Accepted | None = None

    @property
    def left_behind(self) -> bool:
        """Whether every branch was reset below it since then; a tag still holds it."""
        if not self.accepted or not self.place:
            return False
        return _on_a_branch(self.accepted.lines) and not _on_a_branch(self.place.lines)

    @property
    def taken_back(self) -> bool:
        """Whether since then its branch left it behind, or its release was withdrawn."""
        if not self.accepted or not self.place:
            return False
        then, now = self.accepted.versions, self.place.versions
        return self.left_behind or (bool(then) and set(then).isdisjoint(now))


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict depends on.

    `place` is None where the policy's source has no such commit. `forsaken` is the ancestry of
    this revision against the newest one accepted by rule, if that has left every allowed ref, or
    every allowed branch while nothing accepted remains to order this one.
    `decisions` are what people decided about the tag's builds.
    `restored` says that the registry's own restore put the digest there, not a push.
    `signatures` are what is wrong with the attestations that the policy asks for, `failures` what
    could not be found out.
    """

    rule: Rule
    memory: TagMemory
    digest: Digest
    now: datetime | None = None
    decisions: Decisions = NO_DECISIONS
    reading: Reading | None = None
    place: Place | None = None
    baseline: Baseline | None = None
    forsaken: Ancestry | None = None
    restored: bool = False
    signatures: tuple[Finding, ...] = ()
    failures: tuple[Finding, ...] = ()

    @property
    def evidence(self) -> Evidence | None:
        """The claim, where there is a usable one."""
        return self.reading.evidence if self.reading else None

    @property
    def acquits(self) -> bool:
        """Whether its evidence is strong enough to accept a build."""
        return self.evidence is not None and self.evidence.basis in _SUFFICIENT[self.rule.require]

    @property
    def is_guess(self) -> bool:
        """Whether git completed the commit, or a tag's name told it: never a reason to write."""
        evidence = self.evidence
        return evidence is not None and (bool(evidence.written) or evidence.basis is Basis.TAG)

    @property
    def approval(self) -> Approval | None:
        """Who said that this build is right; a revision is approved on evidence that acquits."""
        revision = self._claimed if self.acquits else None
        return self.decisions.approval(self.digest, revision, self.memory, self.now)

    @property
    def rejection(self) -> Rejection | None:
        """Who said that this build is never right."""
        trusted = self.memory.trusted
        if not self.evidence and trusted and trusted.digest == self.digest:
            return rejection_of_trusted(self.decisions, self.rule, self.memory, self.now)
        return self.decisions.rejection(self.digest, self._claimed, self.memory, self.now)

    @property
    def _claimed(self) -> Revision | None:
        """The whole commit that an expected source's evidence names."""
        evidence = self.evidence
        ours = evidence is not None and evidence.source in self.rule.sources and evidence.is_full
        return evidence.revision if evidence and ours else None

    @property
    def located(self) -> Place | None:
        """The place of an expected source's revision that is on an allowed ref."""
        expected = self.evidence is not None and self.evidence.source in self.rule.sources
        return self.place if expected and self.place and self.place.lines else None


def choose_baseline(place: Place, candidates: Iterable[Baseline]) -> Baseline | None:
    """Choose among accepted revisions, newest first: the newest on a ref that this one is on.

    On the allowed tags together stand commits that say nothing of each other's order: a release of
    an old line, and a commit of the main line that a later tag contains. There the newest is taken
    if it orders this one, or else the newest on the same branch: never an older one of another
    line, which everything is ahead of. Candidates are taken one by one, as far as needed: each
    costs questions to git.
    """
    undecided = None
    for candidate in candidates:
        common = set(place.lines) & set(candidate.place.lines if candidate.place else ())
        if common - {TAGS_LINE}:
            return candidate
        if common and not undecided:
            if (
                candidate.ancestry is not Ancestry.DIVERGED
                or version_order(place, candidate) is not None
            ):
                return candidate
            undecided = candidate
    return undecided


def _on_a_branch(lines: tuple[str, ...]) -> bool:
    return any(line != TAGS_LINE for line in lines)


def version_order(place: Place, baseline: Baseline) -> bool | None:
    """By version: this place is higher, lower, or (None) that is not decided."""
    return higher(place.versions, baseline.place.versions if baseline.place else ())
