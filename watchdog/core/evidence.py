"""What an image claims about its source and revision, and whether the claim is its own.

Takes an observation and the images that are known; leaves it to `judge` what a claim means. Labels
prove nothing against a person who wants to deceive: they catch accidents.
"""

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from watchdog.core.commits import Revision, parse_revision
from watchdog.core.message import plain
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Pairs, Platform, parse_time
from watchdog.core.reference import Digest, Repository
from watchdog.core.source import Source, parse_source, without_secrets
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
LABEL_MAX_CHARS = 80
PLATFORM_MAX_CHARS = 60
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
    unread_bases: tuple[str, ...] = ()
    """Bases of the policy that were never read: the claim may be one of theirs."""


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


def layer_chains(diff_ids: tuple[Digest, ...]) -> tuple[str, ...]:
    """Name every prefix of a stack of layers, the whole stack last; equal prefixes, equal names."""
    chains: list[str] = []
    running = hashlib.sha256()
    for layer in diff_ids:
        running.update(f"{layer}\n".encode())
        chains.append(running.hexdigest())
    return tuple(chains)


def claims_of(labels: Pairs) -> tuple[str, ...]:
    """Name every usable claim that these labels make."""
    return tuple(f"{source}@{revision}" for source, revision in _claims(dict(labels))[0])


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
    if not observation.images:
        detail = f"it holds no image of any platform; {ADVICE}"
        return Reading(None, (Finding(Code.UNIDENTIFIED, detail),))
    readings = [_read_image(image, observation, others, sources) for image in observation.images]
    findings = [finding for reading in readings for finding in reading.findings]
    claims = [
        (image.platform, reading.evidence)
        for image, reading in zip(observation.images, readings, strict=True)
        if reading.evidence
    ]
    if len({(claim.source, claim.revision) for _, claim in claims}) > 1:
        findings.append(_mixed(claims))
    if findings:
        return Reading(None, tuple(dict.fromkeys(findings)))
    return Reading(min((claim for _, claim in claims), key=lambda claim: claim.own))


def _mixed(claims: list[tuple[Platform, Evidence]]) -> Finding:
    said = ", ".join(f"{at}: {claim.source}@{claim.revision[:12]}" for at, claim in claims)
    detail = f"the platforms of this index claim different builds ({plain(said)})"
    return Finding(Code.MIXED_BUILD, detail)


def _read_image(
    image: Image, observation: Observation, others: list[KnownImage], sources: tuple[Source, ...]
) -> Reading:
    bases = [other for other in others if _is_base(other, image)]
    labels, dropped = _own_labels(image, bases, sources)
    claims, problems = _claims(labels)
    platform = plain(str(image.platform), PLATFORM_MAX_CHARS)
    if len(set(claims)) > 1:
        said = " and ".join(f"{source}@{revision[:12]}" for source, revision in claims)
        detail = f"{platform}: the labels disagree: {plain(said)}"
        return Reading(None, (Finding(Code.CONFLICTING_CLAIMS, detail),))
    if not claims or _is_dirty(labels):
        detail = f"{platform}: {_why_none(problems, dropped)}; {ADVICE}"
        return Reading(None, (Finding(Code.UNIDENTIFIED, detail),))
    source, revision = claims[0]
    carrier = next(
        (other.repository for other in others if claims[0] in _claims(dict(other.labels))[0]), None
    )
    named = {name for name in (*_base_names(image, observation), labels.get(BASE_NAME)) if name}
    # A second claim that is no claim is a stranger's trace: a base's, perhaps.
    own = not carrier and not problems and _is_recent(image, labels) and _all_known(named, bases)
    return Reading(Evidence(Basis.LABEL, source, revision, own, carrier))


def _base_names(image: Image, observation: Observation) -> tuple[str | None, ...]:
    """Take from the annotations what the image says it was built upon."""
    return tuple(
        dict(pairs).get(BASE_NAME) for pairs in (image.annotations, observation.annotations)
    )


def _all_known(names: Iterable[str], bases: list[KnownImage]) -> bool:
    """Tell whether every base that is named is one that was looked at."""
    known = {str(base.repository) for base in bases}
    return all(_repository_of(name) in known for name in names)


def _repository_of(reference: str) -> str:
    """Cut tag and digest off a reference; what is no full reference is not known anyway."""
    name = reference.strip().partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


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
    created = labels.get(CREATED)
    for base in bases:
        inherited = dict(base.labels)
        relabelled = created is not None and created != inherited.get(CREATED)
        if relabelled and _names_one_of(sources, inherited):
            continue
        for key in LABELS_OF_INTEREST & inherited.keys():
            if labels.get(key) == inherited[key]:
                dropped[key] = base.repository
                del labels[key]
    return labels, dropped


def _names_one_of(sources: tuple[Source, ...], labels: Mapping[str, str]) -> bool:
    """Tell whether labels name an expected source, with a revision or without."""
    for source_key, _ in CLAIM_KEYS:
        with contextlib.suppress(MalformedError):
            if parse_source(labels.get(source_key, "").strip())[0] in sources:
                return True
    return False


def _is_dirty(labels: Mapping[str, str]) -> bool:
    """Tell whether any revision says that the files built were in no commit."""
    return any(labels.get(key, "").strip().endswith("-dirty") for _, key in CLAIM_KEYS)


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
        said = plain(without_secrets(url or revision), LABEL_MAX_CHARS)
        raise MalformedError(f"{present} is {said!r} but {missing} is missing")
    said = plain(revision, LABEL_MAX_CHARS)
    if revision.endswith("-dirty"):
        raise MalformedError(f"{revision_key} is {said!r}: built from files that are in no commit")
    if "$" in revision or revision.lower() in _PLACEHOLDERS:
        raise MalformedError(f"{revision_key} is the placeholder {said!r}, not a commit")
    return parse_source(url)[0], parse_revision(revision)


def _why_none(problems: tuple[str, ...], dropped: Mapping[str, Repository]) -> str:
    """Say why an image has no usable claim."""
    reasons = list(problems)
    if dropped:
        bases = ", ".join(sorted({str(repository) for repository in dropped.values()}))
        reasons.insert(0, f"its labels are inherited from the base image {bases}")
    return "; ".join(reasons) or "it has no label that names source and revision"


def _is_recent(image: Image, labels: Mapping[str, str]) -> bool:
    """Tell whether the labels were written when the image was built, by its own two times."""
    labelled = parse_time(labels.get(CREATED))
    if labelled is None or image.created is None:
        return False
    return abs(image.created - labelled) <= OWN_CLAIM_MAX_AGE
