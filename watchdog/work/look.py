"""One look under way, and the outages that it enters or ends."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from watchdog.core.memory import TagMemory
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.silence import Silence
from watchdog.store.answers import Answered
from watchdog.store.due import Claim, Write
from watchdog.store.records import outage_entered_writes, outage_left_writes


@dataclass(frozen=True, slots=True)
class Look:
    """One look under way; `now` is the store's time when it was claimed.

    `answered` is what people said, as it was read when the look began; `silence` is why they do
    not hear of the tag's incidents now.
    """

    claim: Claim
    tag: Tag
    rule: Rule
    before: TagMemory
    now: datetime
    answered: Answered = field(default_factory=Answered)
    silence: Silence | None = None

    @property
    def silenced(self) -> bool:
        """Whether people do not want to hear of the tag's incidents now."""
        return self.silence is not None


def source_host(rule: Rule) -> str:
    """Name the git host, for an outage that concerns all its tags."""
    return f"git host {urlsplit(rule.url).hostname or rule.sources[0].host}"


def link_to(tag: Tag, base_url: str | None) -> str | None:
    """Name a tag's page on this service."""
    return f"{base_url.rstrip('/')}/tags/{tag}" if base_url else None


def outage_writes(look: Look, after: TagMemory, detail: str = "") -> list[Write]:
    """Put the tag into the outage that keeps it from being seen, and out of the one before."""
    writes: list[Write] = []
    if look.before.outage and look.before.outage != after.outage:
        writes += outage_left_writes(look.tag, look.before.outage)
    if after.outage:
        writes += outage_entered_writes(look.tag, after.outage, detail, look.now)
    return writes
