"""What a message about a tag is made from."""

from dataclasses import dataclass
from datetime import datetime

from watchdog.core.incident_record import Incident
from watchdog.core.memory import Move, TagMemory
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule


@dataclass(frozen=True, slots=True)
class Occasion:
    """A look, or an attempt to put a build back.

    `before` is the memory before the look; `action` what the watchdog does or why it does nothing;
    `passed` the bad builds that the tag held since and holds no more, oldest first; `command` does
    by hand what could not be done; `actor` is who moved the tag, as a hook says. `closed` is the
    incident that ended.
    """

    tag: Tag
    before: TagMemory
    after: TagMemory
    now: datetime
    action: str = ""
    link: str | None = None
    passed: tuple[Move, ...] = ()
    command: str = ""
    actor: str = ""
    rule: Rule | None = None
    closed: Incident | None = None

    @property
    def incident(self) -> Incident | None:
        """The incident that it is about: the open one, or the one that has just ended."""
        return self.after.incident or self.closed or self.before.incident
