"""Silences: for a while people do not want to hear of some tags. Verdicts and reverts go on."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdog.core.globs import WILDCARD, check_image_glob, check_tag_glob, regex_of
from watchdog.core.reference import Tag
from watchdog.errors import MalformedError

SILENCES_MAX = 1000
SILENCE_MAX = timedelta(days=30)
PATTERN_MAX_CHARS = 400
WILDCARDS_MAX = 4
"""More of them take a regular expression too long."""
EVERYTHING = "**"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A glob over image and tag: `quay.io/org/*:latest`; without a tag every tag, `**` is all."""

    image: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Read a pattern; raises MalformedError."""
        if text == EVERYTHING:
            return cls(EVERYTHING, "*")
        if len(text) > PATTERN_MAX_CHARS:
            raise MalformedError(f"a pattern has at most {PATTERN_MAX_CHARS} characters")
        head, slash, last = text.lower().rpartition("/")
        name, colon, _ = last.partition(":")
        image, tag = f"{head}{slash}{name}", text[len(head) + len(slash) + len(name) + 1 :]
        check_image_glob(image)
        if colon:
            check_tag_glob(tag)
        if len(WILDCARD.findall(text)) > WILDCARDS_MAX:
            raise MalformedError(f"a pattern has at most {WILDCARDS_MAX} wildcards")
        return cls(image, tag if colon else "*")

    def matches(self, tag: Tag) -> bool:
        """Tell whether a tag is meant."""
        image = re.fullmatch(regex_of(self.image), str(tag.repository))
        return bool(image and re.fullmatch(regex_of(self.tag), tag.name))

    def __str__(self) -> str:
        return EVERYTHING if self.image == EVERYTHING else f"{self.image}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Silence:
    """Who does not want to hear of which tags, from when until when, and why."""

    id: str
    pattern: Pattern
    by: str
    reason: str
    at: datetime
    until: datetime
    ended_by: str = ""
    """Who ended it before its time."""

    def covers(self, tag: Tag, now: datetime) -> bool:
        """Tell whether a tag is silenced now."""
        return self.at <= now < self.until and self.pattern.matches(tag)


def silencing(silences: Iterable[Silence], tag: Tag, now: datetime) -> Silence | None:
    """Find what silences a tag: of several the one that lasts longest."""
    found = [silence for silence in silences if silence.covers(tag, now)]
    return max(found, key=lambda silence: silence.until, default=None)
