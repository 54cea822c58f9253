"""Why each claim about a build was believed or not, in words.

Decides nothing: it asks the functions that decide, again, and says what they answered.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from watchdog.core.buildkit import read_provenance
from watchdog.core.case import Case
from watchdog.core.claims import Claims, read_claims
from watchdog.core.evidence import (
    PLATFORM_MAX_CHARS,
    Basis,
    Evidence,
    Reading,
    doubt,
    read_evidence,
)
from watchdog.core.inheritance import KnownImage, Own, own_parts
from watchdog.core.message import plain
from watchdog.core.observation import Image, Observation
from watchdog.core.rule import Require, Rule
from watchdog.core.signing import Examined, mismatch
from watchdog.core.source import Source
from watchdog.core.verdict import Code


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of the reasoning: what it is about (a platform and basis, say), and what holds."""

    about: str
    text: str


def explain_images(
    observation: Observation, known: Collection[KnownImage], sources: tuple[Source, ...]
) -> tuple[Reason, ...]:
    """Say for each platform what claims it carries, and why one of them counts or none does."""
    reasons = [Reason("registry", remark) for remark in observation.remarks]
    for image in observation.images:
        own = own_parts(image, observation, known, sources)
        at = plain(str(image.platform), PLATFORM_MAX_CHARS)
        reasons += (
            Reason(f"{at} {about}", text) for about, text in _claims(image, observation, own)
        )
        alone = read_evidence(replace(observation, images=(image,)), known, sources)
        reasons += (Reason(at, text) for text in _outcome(image, own, alone))
    return tuple(reasons)


def explain_signatures(rule: Rule, examined: tuple[Examined, ...] | None) -> tuple[Reason, ...]:
    """Say what became of each attestation; None where they could not be read again."""
    if rule.require is not Require.SIGNED:
        text = f"not looked for: the rule has `require: {rule.require}`"
    elif not examined:
        text = "could not be read again" if examined is None else "no attestation was found"
    else:
        return tuple(Reason(Basis.SIGNED, _examined(rule, one)) for one in examined)
    return (Reason(Basis.SIGNED, text),)


def explain_order(case: Case) -> tuple[Reason, ...]:
    """Say which claim counts, where git finds its commit, and what that is held against."""
    told = (
        *(("claim", text) for text in _counted(case)),
        *(("ref", text) for text in _place(case)),
        *(("order", text) for text in _order(case)),
        *((finding.code, finding.detail) for finding in (*case.signatures, *case.failures)),
    )
    return tuple(Reason(about, text) for about, text in told)


def _claims(image: Image, observation: Observation, own: Own) -> Iterator[tuple[str, str]]:
    """Go through the places that may carry a claim, the strongest first."""
    statements = [one for one in observation.attestations if one.manifest == image.manifest]
    if not statements and observation.referrers_read:
        yield Basis.BUILDKIT, "neither the index nor a referrer has provenance of this image"
    elif not statements:
        yield Basis.BUILDKIT, "the index has no provenance of this image"
    for statement in statements:
        yield from _said(Basis.BUILDKIT, read_provenance(statement))
    for key, base in own.dropped.items():
        yield "inherited", f"{key} is that of {base}, which it was built upon: dropped"
    yield from _said(Basis.LABEL, read_claims(own.labels))
    yield from _said(Basis.ANNOTATION, read_claims(own.annotations))


def _said(basis: Basis, claims: Claims) -> Iterator[tuple[str, str]]:
    for claim in claims.usable:
        yield basis, f"claims {claim.source}@{claim.revision}"
    for problem in claims.problems:
        yield basis, f"cannot be used: {problem}"
    if not claims.usable and not claims.problems:
        yield basis, "claims nothing"


def _outcome(image: Image, own: Own, reading: Reading) -> Iterator[str]:
    """Say what these claims come to, and whether that is shown to be the image's own."""
    for finding in reading.findings:
        yield f"no claim counts: {finding.detail}"
    evidence = reading.evidence
    if not evidence:
        return
    yield f"the {evidence.basis} decides: nothing stronger makes a usable claim"
    doubts = "; ".join(_doubts(image, own, evidence))
    if doubts:
        yield f"not shown to be its own: {doubts}"
    elif evidence.basis is Basis.BUILDKIT:
        yield "its own: the builder names this very manifest, which no base can pass on"
    else:
        yield "its own: labelled within an hour of its build, and no known image says the same"


def _doubts(image: Image, own: Own, evidence: Evidence) -> Iterator[str]:
    if not evidence.is_full:
        yield "the commit id is abbreviated"
    if evidence.basis is Basis.BUILDKIT:
        return
    if evidence.inherited_by:
        yield f"{evidence.inherited_by} makes the very same claim"
    if (read_claims(own.labels) + read_claims(own.annotations)).problems:
        yield "another claim beside it cannot be used, and may be a base's trace"
    if doubtful := doubt(image, own, evidence.basis):
        yield doubtful


def _examined(rule: Rule, one: Examined) -> str:
    if not one.claim:
        return f"{one.kind}: {one.reason}"
    said = f"{one.kind}: {one.claim.source}@{one.claim.revision}"
    wrong = mismatch(rule.signing, one.claim, rule.sources)
    return f"{said}, not as the policy asks: {wrong}" if wrong else f"{said}, as the policy asks"


def _counted(case: Case) -> Iterator[str]:
    """Say which claim is judged, of all that there are."""
    if case.approval:
        yield f"approved by {case.approval.by}: no claim changes that"
    trusted = case.memory.trusted
    if trusted and not case.reading:
        yield f"the digest is that of the trusted build ({trusted.code}): claims are not asked"
    for finding in case.reading.findings if case.reading else ():
        yield f"none: {finding.detail}"
    if case.reading and case.reading.unlabelled and not case.evidence:
        yield "nor does another tag that names a commit hold this digest"
    if evidence := case.evidence:
        yield f"{evidence.source}@{evidence.revision}, by its {evidence.basis}"
        yield from _guessed(evidence)
        if evidence.unread_bases:
            unread = ", ".join(evidence.unread_bases)
            yield f"yet not shown to be its own: the base {unread} was never read"


def _guessed(evidence: Evidence) -> Iterator[str]:
    if evidence.basis is Basis.TAG:
        yield f"known by the tag {evidence.written}, which holds this digest: told, never reverted"
    elif evidence.written:
        yield f"git completed the short id {evidence.written}: told, never reverted"


def _place(case: Case) -> Iterator[str]:
    """Say where git finds the commit."""
    evidence, place, source = case.evidence, case.place, case.rule.sources[0]
    if not evidence:
        return
    if evidence.source not in case.rule.sources:
        yield f"{evidence.source} is not asked: only {source} is, which the policy names"
    if not place:
        away = any(finding.code is Code.SOURCE_UNREACHABLE for finding in case.failures)
        yield f"{source} could not be asked" if away else f"{source} has no such commit on any ref"
    elif not place.lines:
        elsewhere = ", ".join(place.elsewhere) or "no ref at all"
        yield f"{source} has it on none of {', '.join(map(str, case.rule.refs))}; on {elsewhere}"
    else:
        versions = f", exactly at {', '.join(place.versions)}" if place.versions else ""
        lines = ", ".join(place.lines)
        yield f"{source} has it on {lines}{versions}; {place.behind} commits behind"


def _order(case: Case) -> Iterator[str]:
    """Say what the commit is held against."""
    if case.forsaken:
        yield f"the newest accepted commit is on no allowed ref any more: {case.forsaken} to it"
    if case.baseline:
        yield f"{case.baseline.ancestry}, held against {case.baseline.revision}"
    elif case.located:
        yield "no accepted commit stands on a ref that this one is on: nothing to hold it against"
