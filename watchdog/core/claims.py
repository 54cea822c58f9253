"""Claims of source and revision, as keys of labels and annotations carry them.

Source and revision are taken from one place, never one from each. Whose claim it is, and what it is
worth, is `evidence`'s business.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from watchdog.core.message import plain
from watchdog.core.source import Source, parse_source, without_secrets
from watchdog.errors import MalformedError

CREATED = "org.opencontainers.image.created"
BASE_NAME = "org.opencontainers.image.base.name"
VCS_TYPE = "vcs-type"
TEXT_MAX_CHARS = 80
ABBREVIATION_MIN_CHARS = 7
FULL_LENGTHS = frozenset({40, 64})
_HEX = re.compile(r"[0-9a-f]+")
_PLACEHOLDERS = frozenset({"unknown", "none", "null", "n/a", "head", "main", "master", "latest"})

# (source, revision): OCI image-spec annotations.md; label-schema.org rc1; OpenShift builds
# (openshift/builder common.go); Red Hat's own builds.
CLAIM_KEYS = (
    ("org.opencontainers.image.source", "org.opencontainers.image.revision"),
    ("org.label-schema.vcs-url", "org.label-schema.vcs-ref"),
    ("io.openshift.build.source-location", "io.openshift.build.commit.id"),
    ("vcs-url", "vcs-ref"),
)
KEYS_OF_INTEREST = frozenset(key for keys in CLAIM_KEYS for key in keys) | {
    CREATED,
    BASE_NAME,
    VCS_TYPE,
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A source and a commit id as written: full, or an abbreviation that git may complete."""

    source: Source
    revision: str

    @property
    def is_full(self) -> bool:
        """Whether the id is a whole one."""
        return len(self.revision) in FULL_LENGTHS

    def agrees(self, other: "Claim") -> bool:
        """Tell whether both name one commit, as far as their ids go."""
        short, long = sorted((self.revision, other.revision), key=len)
        return self.source == other.source and long.startswith(short)


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything that one place claims, and what is wrong with what cannot be used."""

    usable: tuple[Claim, ...] = ()
    problems: tuple[str, ...] = ()
    dirty: bool = False
    """Whether it says of itself that what was built is in no commit."""

    def __add__(self, other: "Claims") -> "Claims":
        return Claims(
            self.usable + other.usable, self.problems + other.problems, self.dirty or other.dirty
        )


def read_claims(pairs: Mapping[str, str]) -> Claims:
    """Read every claim that labels or annotations make."""
    claims = Claims()
    for source_key, revision_key in CLAIM_KEYS:
        url, revision = pairs.get(source_key, "").strip(), pairs.get(revision_key, "").strip()
        foreign_vcs = revision_key == "vcs-ref" and pairs.get(VCS_TYPE, "git").strip() != "git"
        if (url or revision) and not foreign_vcs:
            claims += read_claim(url, revision, source_key, revision_key)
    return claims


def read_claim(url: str, revision: str, source_key: str, revision_key: str) -> Claims:
    """Read one pair; what cannot be used is said in words that name the key and its cure."""
    if revision.endswith("-dirty"):
        said = f"{revision_key} is {_said(revision)}: built from files that are in no commit"
        return Claims(problems=(said,), dirty=True)
    try:
        return Claims((_claim(url, revision, source_key, revision_key),))
    except MalformedError as error:
        return Claims(problems=(str(error),))


def _claim(url: str, revision: str, source_key: str, revision_key: str) -> Claim:
    if not url or not revision:
        present, missing = (source_key, revision_key) if url else (revision_key, source_key)
        raise MalformedError(f"{present} is {_said(url or revision)} but {missing} is missing")
    lowered = revision.lower()
    if "$" in revision or lowered in _PLACEHOLDERS:
        raise MalformedError(
            f"{revision_key} is the placeholder {_said(revision)}: the build never filled it in"
        )
    if not _HEX.fullmatch(lowered):
        raise MalformedError(f"{revision_key} is {_said(revision)}, which is no commit id")
    if len(lowered) < ABBREVIATION_MIN_CHARS:
        raise MalformedError(f"{revision_key} is {_said(revision)}: too short to name a commit")
    if len(lowered) not in FULL_LENGTHS and len(lowered) > min(FULL_LENGTHS):
        raise MalformedError(f"{revision_key} is {_said(revision)}: no commit id is that long")
    return Claim(parse_source(url)[0], lowered)


def _said(text: str) -> str:
    return repr(plain(without_secrets(text), TEXT_MAX_CHARS))
