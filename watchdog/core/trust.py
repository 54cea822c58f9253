"""What a verdict does to the memory of a tag: the trusted build, the accepted revisions."""

from dataclasses import replace
from datetime import datetime

from watchdog.core.case import STRANGERS, Case, version_order
from watchdog.core.commits import Ancestry
from watchdog.core.memory import (
    ACCEPTED_MAX,
    ROLLED_BACK_MAX,
    TRUSTED_BEFORE_MAX,
    Accepted,
    TagMemory,
    TrustedBuild,
)
from watchdog.core.reference import Digest
from watchdog.core.verdict import ACCEPTED_BY_RULE, Code, Outcome, Verdict


def remember(case: Case, verdict: Verdict, now: datetime) -> TagMemory:
    """Take a verdict into the memory; only an accepted one changes trust."""
    memory = _described(case, verdict, now)
    if verdict.outcome is not Outcome.ACCEPTED or Code.UNCHANGED in verdict.codes:
        return memory
    by_rule = next((code for code in verdict.codes if code in ACCEPTED_BY_RULE), None)
    return _trust(memory, case, by_rule or verdict.codes[0], now)


def trust(case: Case, now: datetime) -> TagMemory:
    """Trust a build on a person's word, whatever the tag holds now, which is judged by that."""
    return _trust(case.memory, case, Code.APPROVED, now)


def trust_unread(memory: TagMemory, build: TrustedBuild) -> TagMemory:
    """Trust a build that the tag held before, by what its history knows: nobody can read it now."""
    before = memory.trusted
    held = (before.digest,) if before else ()
    earlier = (*held, *(old for old in memory.trusted_before if old not in held))
    left = (before.revision,) if before and before.revision else ()
    rolled_back = dict.fromkeys((*left, *memory.rolled_back))
    if build.revision:
        rolled_back.pop(build.revision, None)
    return replace(
        memory,
        trusted=build,
        trusted_before=earlier[:TRUSTED_BEFORE_MAX],
        rolled_back=tuple(rolled_back)[:ROLLED_BACK_MAX],
    )


def trusted_digests(memory: TagMemory) -> frozenset[Digest]:
    """Name every build that the tag held and that was trusted, now or before."""
    now = (memory.trusted.digest,) if memory.trusted else ()
    return frozenset((*now, *memory.trusted_before))


def raise_baseline(memory: TagMemory, case: Case, now: datetime) -> TagMemory:
    """Order later builds against one that the tag held in passing; what is trusted stays.

    So does what a person rolled back from: nothing newer is under the tag.
    """
    return replace(_baseline(memory, case, Code.NEWER, now), rolled_back=memory.rolled_back)


def _described(case: Case, verdict: Verdict, now: datetime) -> TagMemory:
    """Write down what the tag is now, and what was found."""
    memory = replace(
        case.memory,
        number=case.memory.number + 1,
        findings=verdict.findings,
        judged_at=now,
        failures=case.memory.failures + 1 if verdict.blind else 0,
    )
    moved = case.digest != memory.digest
    if moved:
        memory = replace(memory, digest=case.digest, since=now)
    if Code.UNCHANGED in verdict.codes and memory.trusted:
        known = memory.trusted
        return replace(memory, source=known.source, revision=known.revision, basis=known.basis)
    evidence = case.evidence
    return replace(
        memory,
        source=evidence.source if evidence else None,
        revision=evidence.revision if evidence else None,
        basis=evidence.basis if evidence else None,
        baseline=case.baseline.revision if case.baseline else memory.baseline,
    )


def _trust(memory: TagMemory, case: Case, code: Code, now: datetime) -> TagMemory:
    """Make this build the trusted one; by rule it is a baseline too."""
    located, evidence, before = case.located, case.evidence, memory.trusted
    trusted = TrustedBuild(
        digest=case.digest,
        source=evidence.source if evidence else None,
        revision=located.revision if located else evidence.revision if evidence else None,
        basis=evidence.basis if evidence else None,
        accepted_at=now,
        code=code,
        policy=case.rule.fingerprint,
    )
    if before and before.digest != case.digest:
        earlier = (before.digest, *(old for old in memory.trusted_before if old != before.digest))
        memory = replace(memory, trusted_before=earlier[:TRUSTED_BEFORE_MAX])
    memory = replace(memory, trusted=trusted)
    if code in ACCEPTED_BY_RULE:
        return _baseline(memory, case, code, now)
    if located and (not memory.accepted or _strangers(case)):
        return _baseline(memory, case, code, now)
    return _rolled_back(memory, before, case)


def _baseline(memory: TagMemory, case: Case, code: Code, now: datetime) -> TagMemory:
    """Put the revision at the head of the accepted ones."""
    located = case.located
    if not located:  # Defensive: a build accepted by rule is on an allowed ref.
        return memory
    entry = Accepted(located.revision, case.digest, now, located.lines, located.versions)
    others = tuple(old for old in memory.accepted if old.revision != entry.revision)
    return replace(
        memory,
        accepted=(entry, *others)[:ACCEPTED_MAX],
        baseline=located.revision,
        rolled_back=() if code is Code.NEWER else memory.rolled_back,
    )


def _strangers(case: Case) -> bool:
    """Whether the history of this build does not meet that of what was accepted."""
    return (case.baseline.ancestry if case.baseline else case.forsaken) in STRANGERS


def _rolled_back(memory: TagMemory, before: TrustedBuild | None, case: Case) -> TagMemory:
    """Note the revision that an approval moved the tag back from; forget the one it moved to."""
    approved = memory.trusted.revision if memory.trusted else None
    from_here = (before.revision,) if before and before.revision and _goes_back(case) else ()
    left = dict.fromkeys((*from_here, *memory.rolled_back))
    if approved:
        left.pop(approved, None)
    return replace(memory, rolled_back=tuple(left)[:ROLLED_BACK_MAX])


def _goes_back(case: Case) -> bool:
    """Whether an approval moves the tag back: to an older commit or release, or an earlier build.

    What was trusted before and is approved now is a rollback wherever its commit stands: it may
    have left every ref. Back to what a person had rolled back from is forward again.
    """
    located, baseline = case.located, case.baseline
    if case.evidence and case.evidence.revision in case.memory.rolled_back:
        return False
    if case.digest in case.memory.trusted_before:
        return True
    if not located or not baseline:
        return False
    lower = baseline.ancestry is Ancestry.DIVERGED and version_order(located, baseline) is False
    return lower or baseline.ancestry is Ancestry.BEHIND
