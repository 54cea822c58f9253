"""Commits and how they are ordered, as git answers it.

Asking git is the work of `history`; what follows from the answers is the work of `judge`.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from watchdog.errors import MalformedError

Revision = NewType("Revision", str)
"""The full id of a commit: 40 (SHA-1) or 64 (SHA-256) lower-case hex digits."""

_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REF_TEXT = re.compile(r"[^\x00-\x20\x7f~^:\\]+")


def parse_revision(text: str) -> Revision:
    """Read a full commit id in either case; raises MalformedError for anything else."""
    lowered = text.strip().lower()
    if not _FULL_ID.fullmatch(lowered):
        raise MalformedError(f"not a full commit id: {text[:80]!r}")
    return Revision(lowered)


class Ancestry(StrEnum):
    """A revision against the baseline: `ahead` is newer, `behind` is older."""

    IDENTICAL = "identical"
    AHEAD = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"
    UNRELATED = "unrelated"
    UNKNOWN = "unknown"


class RefKind(StrEnum):
    """What an entry of the policy's `refs` selects."""

    HEAD = "HEAD"
    BRANCH = "branch"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class RefPattern:
    """One entry of the policy's `refs`; `pattern` is a full ref name or glob ("" for HEAD)."""

    kind: RefKind
    pattern: str

    def __str__(self) -> str:
        return "HEAD" if self.kind is RefKind.HEAD else self.pattern


def parse_ref_pattern(text: str) -> RefPattern:
    """Read `HEAD` (the default branch), a branch's name, a glob (tags), or `refs/heads|tags/…`."""
    wrong = text.startswith(("-", "/")) or text.endswith(("/", ".", ".lock"))
    if wrong or not _REF_TEXT.fullmatch(text) or any(part in text for part in ("..", "//", "@{")):
        raise MalformedError(f"not a ref: {text[:80]!r}")
    if text == "HEAD":
        return RefPattern(RefKind.HEAD, "")
    if text.startswith("refs/heads/"):
        return RefPattern(RefKind.BRANCH, text)
    if text.startswith("refs/tags/"):
        return RefPattern(RefKind.TAG, text)
    if text.startswith("refs/"):
        raise MalformedError(f"{text[:80]!r}: only refs/heads/ and refs/tags/ can be allowed")
    if any(character in text for character in "*?["):
        return RefPattern(RefKind.TAG, f"refs/tags/{text}")
    return RefPattern(RefKind.BRANCH, f"refs/heads/{text}")


TAGS_LINE = "refs/tags"
"""The line that all allowed tags make up together: releases are ordered among each other."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a commit stands in a source.

    `lines` are the allowed branches that contain it, by full name, and TAGS_LINE if an allowed
    tag does; `versions` the allowed tags that point exactly at it; `elsewhere` (only where `lines`
    is empty) up to five refs that are not allowed and contain it; `behind` how many commits the
    first allowed branch is ahead of it (0 where none contains it).
    """

    revision: Revision
    lines: tuple[str, ...]
    versions: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Lead:
    """An allowed branch that has commits which a revision lacks.

    `oldest` is the first of them along first parents: it stays the same while the lag lasts.
    """

    ref: str
    count: int
    oldest: Revision
