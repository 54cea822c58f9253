"""What the store knows of every watched tag, as page and API show it: read at one go."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from watchdog.core.memory import Condition, Move, TagMemory
from watchdog.core.policy import Policy
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.self_trouble import OVERDUE_AFTER
from watchdog.core.source import Source
from watchdog.core.verdict import ConditionCode, Outcome
from watchdog.store.records import Records

PolicyNow = Callable[[], Policy]
"""Gives the policy that is in force."""


class Standing(StrEnum):
    """How a tag stands in the words of the page, the worst first."""

    WRONG = "wrong"
    GONE = "gone"
    LAGGING = "lagging"
    UNKNOWN = "unknown"
    UNSEEN = "not looked at yet"
    RIGHT = "right"


_STANDINGS = {
    Outcome.REJECTED: Standing.WRONG,
    Outcome.WARNING: Standing.LAGGING,
    Outcome.INCONCLUSIVE: Standing.UNKNOWN,
    Outcome.ACCEPTED: Standing.RIGHT,
}


@dataclass(frozen=True, slots=True)
class WatchedTag:
    """One tag; without a memory it was not looked at yet. `next_look` is None while it is."""

    tag: Tag
    memory: TagMemory | None
    next_look: datetime | None
    moves: tuple[Move, ...] = ()
    rule: Rule | None = None
    lease_end: datetime | None = None
    """Until when somebody is looking at it; in the past where that one died."""

    @property
    def standing(self) -> Standing:
        """How it stands."""
        if not self.memory:
            return Standing.UNSEEN
        standing = standing_of(self.memory.outcome)
        gone = any(condition.code is ConditionCode.DELETED for condition in self.conditions)
        return Standing.GONE if standing is Standing.LAGGING and gone else standing

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions that are in force."""
        return in_force(self.memory) if self.memory else ()

    def link_to(self, source: Source) -> str | None:
        """Give a source's address if the policy names it: nothing is a link for an image's word."""
        expected = self.rule is not None and source in self.rule.sources
        return address_of(source, self.rule) if expected else None


@dataclass(frozen=True)
class Board:
    """All watched tags by name, and the store's time when they were read."""

    now: datetime
    tags: tuple[WatchedTag, ...]

    @cached_property
    def counts(self) -> dict[Standing, int]:
        """How many tags stand in each way."""
        standings = [tag.standing for tag in self.tags]
        return {standing: standings.count(standing) for standing in Standing}

    @property
    def worst(self) -> Standing:
        """How the worst of all tags stands; of none, that is not known."""
        counts = self.counts
        return next((standing for standing in Standing if counts[standing]), Standing.UNSEEN)

    @property
    def tone(self) -> Standing:
        """How all is: as the worst tag, but what nobody has looked at lately is not right."""
        stale = self.worst is Standing.RIGHT and self.overdue_since
        return Standing.UNKNOWN if stale else self.worst

    @property
    def is_untouched(self) -> bool:
        """Whether no tag was looked at yet, or none is watched."""
        return self.counts[Standing.UNSEEN] == len(self.tags)

    @property
    def overdue_since(self) -> datetime | None:
        """When the longest overdue look was due, if that is too long ago."""
        times = (watched.next_look or watched.lease_end for watched in self.tags)
        earliest = min(filter(None, times), default=self.now)
        return earliest if self.now - earliest > OVERDUE_AFTER else None


def standing_of(outcome: Outcome) -> Standing:
    """Put an outcome into the words of the page."""
    return _STANDINGS[outcome]


def address_of(source: Source, rule: Rule | None) -> str:
    """Write a source as a URL, as its tag's rule reaches it."""
    return rule.address_of(source) if rule else f"https://{source}"


def in_force(memory: TagMemory) -> tuple[Condition, ...]:
    """Name the conditions that have lasted long enough to count."""
    return tuple(condition for condition in memory.conditions if condition.in_force)


def watched_names(policy: Policy, known: Iterable[Tag]) -> tuple[Tag, ...]:
    """Name every watched tag: those that the policy names, and those it matches and we know."""
    matched = (tag for tag in known if policy.rule_for(tag))
    return tuple(sorted({*policy.literal_tags, *matched}))


def read_board(records: Records, policy: Policy, *, moves: int = 0) -> Board:
    """Read everything, with so many of each tag's newest moves; raises StoreError."""
    memories = records.memories()
    # A name that only a hook brought, and that the registry has not shown, is not watched yet.
    names = watched_names(policy, (tag for tag, memory in memories.items() if memory.digest))
    next_looks, lease_ends = records.next_looks(names), records.lease_ends(names)
    histories = records.histories(names, moves) if moves else {}
    tags = (
        WatchedTag(
            tag,
            memories.get(tag),
            next_looks.get(tag),
            histories.get(tag, ()),
            policy.rule_for(tag),
            lease_ends.get(tag),
        )
        for tag in names
    )
    return Board(records.now(), tuple(tags))


def read_tag(records: Records, policy: Policy, tag: Tag) -> Board | None:
    """Read one tag, as a board of its own; None if it is not watched. Raises StoreError."""
    rule, memory = policy.rule_for(tag), records.memory(tag)
    known = tag in policy.literal_tags or (memory is not None and memory.digest is not None)
    if rule is None or not known:
        return None
    next_look, lease_end = records.next_looks([tag]), records.lease_ends([tag])
    watched = WatchedTag(tag, memory, next_look.get(tag), (), rule, lease_end.get(tag))
    return Board(records.now(), (watched,))
