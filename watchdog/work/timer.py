"""How often the timer looks at a tag: once a day where Quay's lists show its moves, else as set."""

import random
from datetime import datetime, timedelta

from watchdog.core.memory import TagMemory
from watchdog.core.namespace import namespace_of
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.verdict import Outcome
from watchdog.store.quay_lists import QuayList
from watchdog.work.quay_moves import chore_of
from watchdog.work.tools import Tools

FULL_LOOK_EVERY = timedelta(days=1)
FULL_LOOK_SPREAD = 0.25
"""Looks come up to this share of the time earlier, so that they do not stay together."""
LAG_SHARE = 10
"""Only a look sees that a branch is ahead: it comes this often within `max_lag`."""
LISTS_TRUSTED = 3
"""A list that is older than this many look intervals is no longer relied upon."""


def timer(tools: Tools, tag: Tag, rule: Rule, memory: TagMemory, now: datetime) -> timedelta:
    """Say when the timer looks at a tag next, if nothing is open about it; raises StoreError.

    Only an accepted build is left to the lists: what is wrong or not known may change in git, too.
    """
    place = namespace_of(tools.policy, tag.repository)
    if place is None or memory.verdict.outcome is not Outcome.ACCEPTED:
        return tools.look_every
    state, known = tools.lists.listing(str(place), tag.repository)
    if state is None:
        tools.chores.schedule([(chore_of(place), 0)])
    if not state or not known or known.absent or not _works(state, tools.look_every, now):
        return tools.look_every
    # Spread, not secret.
    longest = FULL_LOOK_EVERY * random.uniform(1 - FULL_LOOK_SPREAD, 1)  # noqa: S311
    return max(
        tools.look_every, min(longest, rule.max_lag / LAG_SHARE if rule.max_lag else longest)
    )


def _works(state: QuayList, look_every: timedelta, now: datetime) -> bool:
    recent = state.read_at is not None and now - state.read_at <= LISTS_TRUSTED * look_every
    return recent and not state.failing
