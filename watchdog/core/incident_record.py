"""An incident as it is kept: the bad builds, who answered, what happened when, how it ended."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from watchdog.core.commits import Revision
from watchdog.core.message import Stage
from watchdog.core.reference import Digest, Tag
from watchdog.core.source import Source
from watchdog.core.verdict import Code

BUILDS_MAX = 100
STORY_MAX = 200


class Happening(StrEnum):
    """What happened in an incident."""

    OPENED = "opened"
    JOINED = "joined"
    CAME_AGAIN = "came-again"
    ACKNOWLEDGED = "acknowledged"
    REMINDED = "reminded"
    SILENCED = "silenced"
    TRUSTED = "trusted"
    REVERT_ORDERED = "revert-ordered"
    REVERT_FAILED = "revert-failed"
    OVERTAKEN = "overtaken"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an incident's story; `by` is the person, where it was one."""

    at: datetime
    what: Happening
    words: str = ""
    digest: Digest | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class BadBuild:
    """A build of an incident: when the tag came to hold it first, how often, what is wrong."""

    digest: Digest
    since: datetime
    code: Code | None = None
    detail: str = ""
    source: Source | None = None
    revision: Revision | None = None
    times: int = 1
    unreverted: bool = False
    """Whether people were told that it could not be put back."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A person knows of one bad build, and wants no reminders of it; another one is news again."""

    digest: Digest
    by: str
    reason: str
    at: datetime


def incident_id(tag: Tag, number: str) -> str:
    """Name an incident so that it differs from every other tag's, and is safe in a URL."""
    return f"{hashlib.sha256(str(tag).encode()).hexdigest()[:12]}-{number}"


@dataclass(frozen=True, slots=True)
class Incident:
    """A tag being wrong, from the first bad verdict until it is right again.

    `number` tells it from others of its tag: it is the observation's that opened it.
    `wrong_since` is when the tag came to hold the first bad build, `opened_at` when that was
    found. `told_at` is when people were told; None while a silence keeps it from them.
    """

    number: str
    opened_at: datetime
    wrong_since: datetime
    builds: tuple[BadBuild, ...]
    told_at: datetime | None = None
    reminders: int = 0
    reminded_from: datetime | None = None
    """When the rhythm of reminders began: when people were told of the newest build."""
    unheard: bool = False
    """Whether a further build joined while a silence kept that from people."""
    acknowledged: Acknowledgement | None = None
    story: tuple[Entry, ...] = ()
    resolved_at: datetime | None = None
    right_since: datetime | None = None
    closing: str = ""
    """What made the tag right again, in words."""

    @property
    def stage(self) -> Stage:
        """How it stands."""
        if self.resolved_at:
            return Stage.RESOLVED
        return Stage.ACKNOWLEDGED if self.acknowledged else Stage.OPEN

    @property
    def digests(self) -> tuple[Digest, ...]:
        """The builds, in the order in which they came first."""
        return tuple(build.digest for build in self.builds)

    def build(self, digest: Digest | None) -> BadBuild | None:
        """Find a build of it."""
        return next((build for build in self.builds if build.digest == digest), None)


def noted(incident: Incident, entry: Entry) -> Incident:
    """Add to the story; the opening stays, whatever has to make room."""
    story = (*incident.story, entry)
    if len(story) > STORY_MAX:
        story = (story[0], *story[2 - STORY_MAX - 1 :])
    return replace(incident, story=story)
