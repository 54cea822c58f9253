"""What an image claims about its source and revision, and whether the claim is its own.

Takes an observation and the images that are known; leaves it to `judge` what a claim means. Labels
prove nothing against a person who wants to deceive: they catch accidents.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from watchdog.core.buildkit import read_provenance
from watchdog.core.claims import CREATED, Claim, Claims, read_claims
from watchdog.core.commits import Revision
from watchdog.core.inheritance import KnownImage, Own, own_parts
from watchdog.core.message import plain
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Platform, parse_time
from watchdog.core.reference import Digest, Repository
from watchdog.core.rule import Require, Rule
from watchdog.core.source import Source
from watchdog.core.verdict import Code, Finding

# How far an image's own `created` label may lie from its config's time: a long build.
OWN_CLAIM_MAX_AGE = timedelta(hours=1)
PLATFORM_MAX_CHARS = 60
_COMMIT_TAG = re.compile(r"(?:[A-Za-z0-9_.-]+-)?(?P<commit>[0-9a-f]{7,40}|[0-9a-f]{64})")
ADVICE = "pass `labels:` with source and revision to the build step"


class Basis(StrEnum):
    """Where a claim stands."""

    TAG = "tag"
    ANNOTATION = "annotation"
    LABEL = "label"
    BUILDKIT = "buildkit"
    SIGNED = "signed"


_STRENGTH = {basis: number for number, basis in enumerate(Basis)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A claim of source and revision; `own` if it is shown to be this very image's."""

    basis: Basis
    source: Source
    revision: Revision
    own: bool
    inherited_by: Repository | None = None
    """Another known repository that carries the very same claim."""
    unread_bases: tuple[str, ...] = ()
    """Bases of the policy that were never read: the claim may be one of theirs."""
    written: str = ""
    """The short id that git completed, or the name of the tag that the commit is known by."""
    stale: bool = False
    """Whether it was written at another time than the image: a base's, perhaps."""

    @property
    def is_full(self) -> bool:
        """Whether the id was written whole, or has been completed."""
        return Claim(self.source, self.revision).is_full


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: one piece of evidence, or the findings that say why there is none.

    `unlabelled` tells that no label even tries to say: then the names of tags may.
    """

    evidence: Evidence | None
    findings: tuple[Finding, ...] = ()
    unlabelled: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """The claims of one strength, each with its basis, and what is wrong with the rest."""

    claims: tuple[tuple[Basis, Claim], ...]
    problems: tuple[str, ...]
    dirty: bool


def read_evidence(
    observation: Observation, known: Iterable[KnownImage], sources: tuple[Source, ...]
) -> Reading:
    """Read the claims of every platform; `sources` are those that the policy names for the tag.

    `known` are the images that `inheritance.possible_bases` leaves.
    """
    known = tuple(known)
    if not observation.images:
        detail = f"it holds no image of any platform; {ADVICE}"
        return Reading(None, (Finding(Code.UNIDENTIFIED, detail),))
    readings = [_read_image(image, observation, known, sources) for image in observation.images]
    findings = [finding for reading in readings for finding in reading.findings]
    claims = [
        (image.platform, reading.evidence)
        for image, reading in zip(observation.images, readings, strict=True)
        if reading.evidence
    ]
    if len({(claim.source, claim.revision) for _, claim in claims}) > 1:
        findings.append(_mixed(claims))
    if findings:
        unlabelled = all(reading.unlabelled for reading in readings)
        return Reading(None, tuple(dict.fromkeys(findings)), unlabelled)
    # One platform that is known by less, or is not shown to be its own, decides for all.
    weakest = min((claim for _, claim in claims), key=lambda claim: _STRENGTH[claim.basis])
    alike = all(claim.own for _, claim in claims)
    return Reading(replace(weakest, own=alike, stale=any(claim.stale for _, claim in claims)))


def worth_asking(observation: Observation, reading: Reading, rule: Rule) -> tuple[Digest, ...]:
    """Name the images for whose BuildKit referrers it is worth asking the registry.

    None where labels suffice for the policy, are shown to be the image's own and name the policy's
    source, which is most builds; none where the policy goes by signatures, beside which BuildKit's
    word has no weight; and no image about which the index has a statement that says something.
    """
    evidence = reading.evidence
    settled = evidence is not None and evidence.own and evidence.source in rule.sources
    if rule.require is Require.SIGNED or (rule.require is Require.LABELS and settled):
        return ()
    levels = ((image.manifest, _built(image, observation)) for image in observation.images)
    return tuple(manifest for manifest, level in levels if not level.claims and not level.dirty)


def named_by_tag(name: str, source: Source) -> Evidence | None:
    """Take a commit id from a tag's name: `sha-<commit>`, `<commit>` or `<branch>-<commit>`."""
    found = _COMMIT_TAG.fullmatch(name)
    if not found:
        return None
    return Evidence(Basis.TAG, source, Revision(found["commit"]), own=False, written=name)


def _mixed(claims: Sequence[tuple[Platform, Evidence]]) -> Finding:
    said = ", ".join(f"{at}: {claim.source}@{claim.revision[:12]}" for at, claim in claims)
    detail = f"the platforms of this index claim different builds ({plain(said)})"
    return Finding(Code.MIXED_BUILD, detail)


def _read_image(
    image: Image,
    observation: Observation,
    known: tuple[KnownImage, ...],
    sources: tuple[Source, ...],
) -> Reading:
    """Take the strongest level that claims anything; a weaker one never overrides it."""
    own = own_parts(image, observation, known, sources)
    platform = plain(str(image.platform), PLATFORM_MAX_CHARS)
    problems: tuple[str, ...] = ()
    for level in (_built(image, observation), _labelled(own)):
        problems += level.problems
        if level.dirty or level.claims:
            break
    if level.dirty or not level.claims:
        detail = f"{platform}: {_why_none(problems, own)}; {ADVICE}"
        unlabelled = not problems and not own.dropped
        return Reading(None, (Finding(Code.UNIDENTIFIED, detail),), unlabelled)
    basis, claim = _fullest(level.claims)
    if any(not _same(claim, other, sources) for _, other in level.claims):
        said = " and ".join(sorted({f"{c.source}@{c.revision[:12]}" for _, c in level.claims}))
        detail = f"{platform}: two claims of the same strength disagree: {plain(said)}"
        return Reading(None, (Finding(Code.CONFLICTING_CLAIMS, detail),))
    evidence = Evidence(basis, claim.source, Revision(claim.revision), own=claim.is_full)
    if basis is Basis.BUILDKIT:
        return Reading(evidence)
    # A second claim that is no claim is a stranger's trace: a base's, perhaps.
    others = (one for one in known if one.repository != observation.tag.repository)
    carrier = _carrier(claim, others)
    shown = not carrier and not level.problems and not doubt(image, own, basis)
    return Reading(
        replace(
            evidence,
            own=evidence.own and shown,
            stale=_apart(image, own, basis) > OWN_CLAIM_MAX_AGE,
            inherited_by=carrier,
        )
    )


def _built(image: Image, observation: Observation) -> _Level:
    """Read the builder's statements about this image."""
    claims = Claims()
    for attestation in observation.attestations:
        if attestation.manifest == image.manifest:
            claims += read_provenance(attestation)
    pairs = tuple((Basis.BUILDKIT, claim) for claim in claims.usable)
    return _Level(pairs, claims.problems if pairs or claims.dirty else (), claims.dirty)


def _labelled(own: Own) -> _Level:
    """Read what labels and annotations, which are equally strong, say of their own."""
    labels, annotations = read_claims(own.labels), read_claims(own.annotations)
    pairs = (
        *((Basis.LABEL, claim) for claim in labels.usable),
        *((Basis.ANNOTATION, claim) for claim in annotations.usable),
    )
    both = labels + annotations
    return _Level(pairs, both.problems, both.dirty)


def _fullest(claims: tuple[tuple[Basis, Claim], ...]) -> tuple[Basis, Claim]:
    """Prefer the first whole commit id to an abbreviated one."""
    return next((pair for pair in claims if pair[1].is_full), claims[0])


def _same(claim: Claim, other: Claim, sources: tuple[Source, ...]) -> bool:
    """Tell whether two claims mean one build: earlier names of a repository are one source."""
    if {claim.source, other.source} <= set(sources):
        other = replace(other, source=claim.source)
    return claim.agrees(other)


def _carrier(claim: Claim, others: Iterable[KnownImage]) -> Repository | None:
    """Find another known image that makes the very same claim."""
    for other in others:
        carried = read_claims(dict(other.labels)) + read_claims(dict(other.annotations))
        if claim in carried.usable:
            return other.repository
    return None


def _why_none(problems: tuple[str, ...], own: Own) -> str:
    """Say why an image has no usable claim."""
    reasons = list(problems)
    if own.dropped:
        bases = ", ".join(sorted({str(repository) for repository in own.dropped.values()}))
        reasons.insert(0, f"its labels are inherited from the base image {bases}")
    return "; ".join(dict.fromkeys(reasons)) or "it has no label that names source and revision"


def doubt(image: Image, own: Own, basis: Basis = Basis.LABEL) -> str:
    """Say why a claim may be another image's; "" where it was written when this one was built."""
    if _labelled_at(own, basis) is None:
        return f"no {CREATED} label of its own says when it was labelled"
    if image.created is None:
        return "its config does not say when it was built"
    if own.unknown_bases:
        return f"its base {', '.join(sorted(own.unknown_bases))} is not known"
    apart = _apart(image, own, basis)
    if apart > OWN_CLAIM_MAX_AGE:
        return f"it was labelled {apart} before or after it was built"
    return ""


def _labelled_at(own: Own, basis: Basis) -> datetime | None:
    """Read when the labels, or the annotations, say that they were written."""
    place = own.annotations if basis is Basis.ANNOTATION else own.labels
    return parse_time(place.get(CREATED))


def _apart(image: Image, own: Own, basis: Basis) -> timedelta:
    """Measure how far its claim was written from its build; nothing where that is not known."""
    labelled = _labelled_at(own, basis)
    if labelled is None or image.created is None:
        return timedelta()
    return abs(image.created - labelled)
