"""Globs of images and tags: `*` and `?` do not cross `/`, `**` does."""

import re

from watchdog.core.reference import Repository
from watchdog.errors import MalformedError

WILDCARD = re.compile(r"\*\*|\*|\?")
_TAG_CHARACTERS = re.compile(r"[A-Za-z0-9_*?][A-Za-z0-9_.*?-]{0,127}")
_PATTERNS = {"**": "(.+)", "*": "([^/]+)", "?": "([^/])"}


def check_image_glob(text: str) -> None:
    """Raise MalformedError unless this is `HOST[:PORT]/PATH`, with or without globs."""
    Repository.parse(WILDCARD.sub("x", text))


def check_tag_glob(text: str) -> None:
    """Raise MalformedError unless this is a tag's name, with or without globs."""
    if not _TAG_CHARACTERS.fullmatch(text):
        raise MalformedError(f"not a tag or a glob of tags: {text[:80]!r}")


def regex_of(glob: str) -> str:
    """Translate a glob into a regular expression; what each glob matches is a group."""
    parts = re.split(f"({WILDCARD.pattern})", glob)
    return "".join(_PATTERNS.get(part, re.escape(part)) for part in parts)
