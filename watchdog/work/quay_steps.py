"""What a list of a namespace changed for one repository, and which tags are looked at for that."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.listing import Change, Known, was_written, written_since
from watchdog.core.namespace import Namespace
from watchdog.core.policy import Watched
from watchdog.core.reference import Repository, Tag
from watchdog.errors import WatchdogError
from watchdog.registry.quay.written_tags import living_tags
from watchdog.store.due import Claim
from watchdog.store.quay_lists import QuayList
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One list of one namespace; `before` is how the one before went."""

    tools: Tools
    claim: Claim
    place: Namespace
    before: QuayList
    now: datetime
    until: float

    @property
    def first(self) -> bool:
        """Whether this namespace was never listed: all is new, and nothing is urgent."""
        return self.before.read_at is None


@dataclass(frozen=True, slots=True)
class Step:
    """What a list changed for one repository; `watched` is None where nothing is, any more."""

    repository: Repository
    watched: Watched | None
    before: Known | None
    current: Known
    change: Change | None


def tags_to_look_at(
    sweep: Sweep, step: Step, known: tuple[Tag, ...]
) -> tuple[tuple[Tag, ...], bool]:
    """Name the tags that a change concerns, and say whether these are all of them.

    Where tags were written since the list before, and nothing else was seen to happen, it is those.
    """
    watched, empty = step.watched, step.current.last_modified is None
    if not watched or (step.change is Change.NEW and empty):
        return (), True
    if step.current.absent:
        return _with_rules(sweep, known), True
    tags, since = _with_rules(sweep, (*known, *watched.tags)), written_since(step.before)
    only_written = step.change is Change.MOVED and was_written(step.before, step.current)
    if empty or not (watched.by_glob or (only_written and len(tags) > 1)):
        return tags, True
    written = _written(sweep, step, since if only_written else None)
    if written is None:
        return tags, False
    return _with_rules(sweep, written if only_written else (*tags, *written)), True


def _with_rules(sweep: Sweep, tags: Iterable[Tag]) -> tuple[Tag, ...]:
    return tuple(tag for tag in dict.fromkeys(tags) if sweep.tools.policy.rule_for(tag))


def _written(sweep: Sweep, step: Step, since: datetime | None) -> tuple[Tag, ...] | None:
    """Ask Quay which tags were written since then; None if it does not say.

    A replica that does not show yet what the list told of says nothing, either.
    """
    try:
        found = living_tags(sweep.tools.quay.after_others(), step.repository, since)
    except WatchdogError as error:
        logger.warning("Could not see which tags of %s moved: %s", step.repository, error)
        return None
    newest = step.current.last_modified
    if newest and not (found and found[0].since >= newest):
        logger.info("Which tags of %s moved is not to be seen yet", step.repository)
        return None
    return tuple(one.tag for one in found)
