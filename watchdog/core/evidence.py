"""What an image claims about its source and revision, and whether the claim is its own.

Takes an observation and the images that are known; leaves it to `judge` what a claim means. Labels
prove nothing against a person who wants to deceive: they catch accidents.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from watchdog.core.commits import Revision, parse_revision
from watchdog.core.message import plain
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Pairs, parse_time
from watchdog.core.reference import Digest, Repository
from watchdog.core.source import Source, parse_source
from watchdog.core.verdict import Code, Finding
from watchdog.errors import MalformedError

CREATED = "org.opencontainers.image.created"
BASE_NAME = "org.opencontainers.image.base.name"
# (source, revision): both are taken from one of these places, never one from each.
CLAIM_KEYS = (
    ("org.opencontainers.image.source", "org.opencontainers.image.revision"),
    ("org.label-schema.vcs-url", "org.label-schema.vcs-ref"),
)
LABELS_OF_INTEREST = frozenset(key for keys in CLAIM_KEYS for key in keys) | {CREATED, BASE_NAME}
# How far an image's own `created` label may lie from its config's time: a long build.
OWN_CLAIM_MAX_AGE = timedelta(hours=1)
_PLACEHOLDERS = frozenset({"unknown", "none", "null", "n/a", "head", "main", "master", "latest"})
ADVICE = "pass `labels:` with source and revision to the build step"


class Basis(StrEnum):
    """Where a claim stands; later ones are stronger."""

    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A claim of source and revision; `own` if it is shown to be this very image's."""

    basis: Basis
    source: Source
    revision: Revision
    own: bool
    inherited_by: Repository | None = None
    """Another known repository that carries the very same claim."""


@dataclass(frozen=True, slots=True)
class KnownImage:
    """One platform of an image that was looked at, as far as others may inherit from it."""

    repository: Repository
    digest: Digest
    diff_ids: tuple[Digest, ...]
    labels: Pairs


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: one piece of evidence, or the findings that say why there is none."""

    evidence: Evidence | None
    findings: tuple[Finding, ...] = ()


def known_images(observation: Observation) -> tuple[KnownImage, ...]:
    """Keep of an observation what later images may inherit."""
    return tuple(
        KnownImage(
            observation.tag.repository,
            image.manifest,
            image.diff_ids,
            tuple(pair for pair in image.labels if pair[0] in LABELS_OF_INTEREST),
        )
        for image in observation.images
    )


def read_evidence(
    observation: Observation, known: Iterable[KnownImage], sources: tuple[Source, ...]
) -> Reading:
    """Read the claims of every platform; `sources` are those that the policy names for the tag."""
    others = [image for image in known if image.repository != observation.tag.repository]
    readings = {image.platform: _read_image(image, others, sources) for image in observation.images}
    findings = tuple(finding for reading in readings.values() for finding in reading.findings)
    if findings:
        return Reading(None, tuple(dict.fromkeys(findings)))
    claims = [reading.evidence for reading in readings.values() if reading.evidence]
    if len({(claim.source, claim.revision) for claim in claims}) > 1:
        said = ", ".join(
            f"{platform}: {reading.evidence.source}@{reading.evidence.revision[:12]}"
            for platform, reading in readings.items()
            if reading.evidence
        )
        detail = f"the platforms of this index claim different builds ({plain(said)})"
        return Reading(None, (Finding(Code.MIXED_BUILD, detail),))
    return Reading(min(claims, key=lambda claim: claim.own, default=None))


def _read_image(image: Image, others: list[KnownImage], sources: tuple[Source, ...]) -> Reading:
    bases = [other for other in others if _is_base(other, image)]
    labels, dropped = _own_labels(image, bases, sources)
    claims, problems = _claims(labels)
    if len(set(claims)) > 1:
        said = " and ".join(f"{source}@{revision[:12]}" for source, revision in claims)
        detail = f"{image.platform}: the labels disagree: {said}"
        return Reading(None, (Finding(Code.CONFLICTING_CLAIMS, detail),))
    if not claims:
        return Reading(None, (Finding(Code.UNIDENTIFIED, _why_none(image, problems, dropped)),))
    source, revision = claims[0]
    carrier = next(
        (other.repository for other in others if claims[0] in _claims(dict(other.labels))[0]), None
    )
    return Reading(
        Evidence(
            basis=Basis.LABEL,
            source=source,
            revision=revision,
            own=carrier is None and _is_own(image, labels, bases),
            inherited_by=carrier,
        )
    )


def _is_base(other: KnownImage, image: Image) -> bool:
    """Tell whether the other image's layers are a proper prefix of this one's."""
    depth = len(other.diff_ids)
    return 0 < depth < len(image.diff_ids) and other.diff_ids == image.diff_ids[:depth]


def _own_labels(
    image: Image, bases: list[KnownImage], sources: tuple[Source, ...]
) -> tuple[dict[str, str], dict[str, Repository]]:
    """Drop, label by label, what equals the same key of a base; returns the rest and the dropped.

    One exception: a base built from the very same source (one repository, two images, one commit)
    says rightly what its child says, if the child's own `created` shows that it was labelled anew.
    """
    labels, dropped = dict(image.labels), {}
    for base in bases:
        inherited = dict(base.labels)
        relabelled = labels.get(CREATED) != inherited.get(CREATED)
        same_source = any(source in sources for source, _ in _claims(inherited)[0])
        if relabelled and same_source:
            continue
        for key in LABELS_OF_INTEREST & inherited.keys():
            if labels.get(key) == inherited[key]:
                dropped[key] = base.repository
                del labels[key]
    return labels, dropped


def _claims(
    labels: Mapping[str, str],
) -> tuple[tuple[tuple[Source, Revision], ...], tuple[str, ...]]:
    """Read every complete and usable claim, and say what is wrong with the others."""
    claims: list[tuple[Source, Revision]] = []
    problems: list[str] = []
    for source_key, revision_key in CLAIM_KEYS:
        url, revision = labels.get(source_key, "").strip(), labels.get(revision_key, "").strip()
        if not url and not revision:
            continue
        try:
            claims.append(_claim(url, revision, source_key, revision_key))
        except MalformedError as error:
            problems.append(str(error))
    return tuple(claims), tuple(problems)


def _claim(url: str, revision: str, source_key: str, revision_key: str) -> tuple[Source, Revision]:
    if not url or not revision:
        present, missing = (source_key, revision_key) if url else (revision_key, source_key)
        raise MalformedError(
            f"{present} is {plain(url or revision, 80)!r} but {missing} is missing"
        )
    if revision.endswith("-dirty"):
        raise MalformedError(
            f"{revision_key} is {plain(revision, 80)!r}: built from files that are in no commit"
        )
    if "$" in revision or revision.lower() in _PLACEHOLDERS:
        raise MalformedError(
            f"{revision_key} is the placeholder {plain(revision, 80)!r}, not a commit"
        )
    return parse_source(url)[0], parse_revision(revision)


def _why_none(image: Image, problems: tuple[str, ...], dropped: Mapping[str, Repository]) -> str:
    """Say why an image has no usable claim, and what cures it."""
    reasons = list(problems)
    if dropped:
        bases = ", ".join(sorted({str(repository) for repository in dropped.values()}))
        reasons.insert(0, f"its labels are inherited from the base image {bases}")
    if not reasons:
        reasons.append("it has no label that names source and revision")
    return f"{image.platform}: {'; '.join(reasons)}; {ADVICE}"


def _is_own(image: Image, labels: Mapping[str, str], bases: list[KnownImage]) -> bool:
    """Tell whether the claim is shown to be the image's own, not something it was built upon."""
    named = dict(image.annotations).get(BASE_NAME) or dict(image.labels).get(BASE_NAME)
    if named and not bases:
        return False
    labelled = parse_time(labels.get(CREATED))
    if labelled is None or image.created is None:
        return False
    return abs(image.created - labelled) <= OWN_CLAIM_MAX_AGE
