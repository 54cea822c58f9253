"""What an image may have inherited from the image it was built upon.

A base is a known image (watched, or listed in the policy) whose layers are a proper prefix of this
one's, or whose repository the image names as its base. What equals the base's own label or
annotation proves nothing about the child and is dropped, key by key.

So is what the tag itself held before, where it is below by its layers and its claim is carried over
word for word, with the time when it was labelled: a build that is labelled at all writes that anew.
Two things cannot be told apart and pass: an image built upon a build without a `created` label,
from that build's rebuild; and one built upon another tag of the repository, from the targets of one
bake file, which stand upon each other and rightly bear the same labels.
"""

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from watchdog.core.claims import BASE_NAME, CLAIM_KEYS, CREATED, KEYS_OF_INTEREST, read_claims
from watchdog.core.observation import Image, Observation
from watchdog.core.oci import Pairs, parse_time
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.core.source import URL_MAX_CHARS, Source, parse_source
from watchdog.errors import MalformedError


@dataclass(frozen=True, slots=True)
class KnownImage:
    """One platform of an image that was looked at, as far as others may inherit from it."""

    repository: Repository
    digest: Digest
    diff_ids: tuple[Digest, ...]
    labels: Pairs
    annotations: Pairs = ()
    build: Digest | None = None
    """What a tag held: the index that it is in, or itself."""


@dataclass(frozen=True, slots=True)
class Own:
    """What is left of an image's labels and annotations, and from which bases the rest came."""

    labels: dict[str, str]
    annotations: dict[str, str]
    dropped: dict[str, Repository] = field(default_factory=dict)
    bases: tuple[KnownImage, ...] = ()

    @property
    def unknown_bases(self) -> frozenset[str]:
        """The repositories that it says of its own it was built upon, and that nobody looked at."""
        named = _repositories((self.labels.get(BASE_NAME), self.annotations.get(BASE_NAME)))
        return named - {str(base.repository) for base in self.bases}


def known_images(observation: Observation) -> tuple[KnownImage, ...]:
    """Keep of an observation what later images may inherit."""
    return tuple(
        KnownImage(
            observation.tag.repository,
            image.manifest,
            image.diff_ids,
            _of_interest(image.labels),
            _of_interest(image.annotations),
            observation.digest,
        )
        for image in observation.images
    )


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
    return tuple(f"{claim.source}@{claim.revision}" for claim in read_claims(dict(labels)).usable)


def named_bases(image: Image, observation: Observation) -> frozenset[str]:
    """Name the repositories that the image says it was built upon, as they are written."""
    places = (image.annotations, observation.annotations, image.labels)
    return _repositories(dict(pairs).get(BASE_NAME) for pairs in places)


def possible_bases(
    known: Iterable[KnownImage], tag: Tag, held: Collection[Digest]
) -> tuple[KnownImage, ...]:
    """Leave out what other tags of a tag's repository held; `held` are this tag's own builds."""
    return tuple(one for one in known if one.repository != tag.repository or one.build in held)


def own_parts(
    image: Image,
    observation: Observation,
    known: Collection[KnownImage],
    sources: tuple[Source, ...],
) -> Own:
    """Drop what is inherited; `known` are the images that `possible_bases` leaves.

    One exception: a base built from the very same source (one repository, two images, one commit)
    says rightly what its child says, if the child's own `created` shows that it was labelled anew.
    """
    named, repository = named_bases(image, observation), observation.tag.repository
    others = [one for one in known if one.repository != repository]
    bases = tuple(o for o in others if _is_below(o, image) or str(o.repository) in named)
    own = Own(
        dict(image.labels),
        {**dict(observation.annotations), **dict(image.annotations)},
        bases=bases,
    )
    for build in known:
        if build.repository == repository and _is_below(build, image):
            _drop_carried_over(own, build)
    for base in bases:
        if not _relabelled(own, base, sources):
            _drop(own.labels, base.labels, base, own.dropped)
            _drop(own.annotations, base.annotations, base, own.dropped)
    return own


def _drop_carried_over(own: Own, build: KnownImage) -> None:
    """Drop what was taken from an earlier build of the tag, claim and time together."""
    for mine, inherited in ((own.labels, build.labels), (own.annotations, build.annotations)):
        theirs = dict(inherited)
        created = theirs.get(CREATED)
        claims = read_claims(theirs).usable
        same_time = mine.get(CREATED) == created and parse_time(created) is not None
        if same_time and claims and read_claims(mine).usable == claims:
            _drop(mine, inherited, build, own.dropped)


def _relabelled(own: Own, base: KnownImage, sources: tuple[Source, ...]) -> bool:
    created, inherited = own.labels.get(CREATED), dict(base.labels)
    anew = created is not None and created != inherited.get(CREATED)
    return anew and _names_one_of(sources, inherited)


def _drop(
    mine: dict[str, str], inherited: Pairs, base: KnownImage, dropped: dict[str, Repository]
) -> None:
    for key, value in inherited:
        if key in KEYS_OF_INTEREST and mine.get(key) == value:
            del mine[key]
            dropped[key] = base.repository


def _is_below(other: KnownImage, image: Image) -> bool:
    """Tell whether the other image's layers are a proper prefix of this one's."""
    depth = len(other.diff_ids)
    return 0 < depth < len(image.diff_ids) and other.diff_ids == image.diff_ids[:depth]


def _names_one_of(sources: tuple[Source, ...], labels: Mapping[str, str]) -> bool:
    """Tell whether labels name an expected source, with a revision or without."""
    for source_key, _ in CLAIM_KEYS:
        with contextlib.suppress(MalformedError):
            if parse_source(labels.get(source_key, "").strip())[0] in sources:
                return True
    return False


def _repositories(names: Iterable[str | None]) -> frozenset[str]:
    return frozenset(_repository_of(name) for name in names if name and name.strip())


def _repository_of(reference: str) -> str:
    """Cut tag and digest off a reference; what is no full reference is not known anyway."""
    name = reference.strip()[:URL_MAX_CHARS].partition("@")[0]
    head, slash, last = name.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"


def _of_interest(pairs: Pairs) -> Pairs:
    """Keep what may be claimed; what is longer than any URL is no claim, and is not kept."""
    return tuple(
        (key, value)
        for key, value in pairs
        if key in KEYS_OF_INTEREST and len(value) <= URL_MAX_CHARS
    )
