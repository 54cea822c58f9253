"""Moves found cheaply: a Quay lists a namespace, and only what moved in it is looked at.

One chore for each namespace that a rule watches; one worker does it at a time. The looks that a
list calls for are due before what it said is remembered: a crash between the two loses nothing.
"""

import logging
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby

from watchdog.core.listing import (
    Change,
    Known,
    listed,
    not_listed,
)
from watchdog.core.listing_wording import repositories_message
from watchdog.core.message import Message, plain
from watchdog.core.namespace import Namespace
from watchdog.core.policy import Policy
from watchdog.core.quay_scope import namespaces_of
from watchdog.core.reference import Repository, Tag
from watchdog.errors import RemoteError, WatchdogError
from watchdog.registry.quay.repositories import Listed, list_repositories
from watchdog.store import keys
from watchdog.store.due import Claim, Write
from watchdog.store.outbox import post
from watchdog.store.quay_lists import (
    QuayList,
    list_forgotten_writes,
    list_writes,
    repository_forgotten_writes,
    repository_writes,
)
from watchdog.store.records import moment
from watchdog.work.quay_steps import Step, Sweep, tags_to_look_at
from watchdog.work.quay_token import CHECK_ACCESS
from watchdog.work.tools import Tools

CHORE = "quay-moves"
FIRST_LOOKS_SPREAD_MS = 60_000
SWEEP_MAX_S = 120.0
"""No further repository is taken in after this; the rest follows at once."""
STEPS_PER_TRANSACTION = 100
UNENDED_MAX = 3

logger = logging.getLogger(__name__)


def chore_of(place: Namespace) -> str:
    """Name the chore that lists a namespace."""
    return f"{CHORE}:{place}"


def quay_chores(policy: Policy) -> tuple[str, ...]:
    """Name the chores that a policy calls for; namespaces of a glob are added as tags are seen."""
    return tuple(map(chore_of, namespaces_of(policy)))


def list_namespace(tools: Tools, claim: Claim, *, within_s: float = SWEEP_MAX_S) -> None:
    """List the claimed chore's namespace and make due what moved.

    Raises StaleLeaseError and StoreError: whatever was not written is found by the next list.
    """
    place = Namespace.parse(claim.member.partition(":")[2])
    if place.host not in tools.policy.quay_hosts:
        tools.chores.drop(claim, list_forgotten_writes(str(place)))
        return
    before = tools.lists.state(str(place)) or QuayList()
    now, until = moment(claim.now_ms), time.monotonic() + within_s
    sweep = Sweep(tools, claim, place, before, now, until)
    if claim.expired_leases >= UNENDED_MAX:
        _not_listed(sweep, f"{claim.expired_leases} lists in a row were not read to their end")
        return
    try:
        rows = list_repositories(tools.quay.after_others(), place.host, place.name)
    except WatchdogError as error:
        _not_listed(sweep, str(error), error.retry_after if isinstance(error, RemoteError) else 0)
        return
    _listed(sweep, rows)


def _listed(sweep: Sweep, rows: Iterable[Listed]) -> None:
    """Take in what was listed; a namespace in which nothing is watched is not listed again."""
    tools, place = sweep.tools, sweep.place
    if sweep.before.failing:
        logger.info("%s is listed again", place)
    known, rows = tools.lists.repositories(str(place)), tuple(rows)
    # A token that Quay does not believe gets the public ones: what is private has not vanished.
    nobodys = tools.quay.has_token(place.host) and not any(row.to_user for row in rows)
    steps = _steps(sweep, {row.repository: row for row in rows}, known, counts=not nobodys)
    tags = _known_tags(sweep) if steps else {}
    done = _take_in(sweep, steps, tags)
    if not known and not steps and place not in namespaces_of(tools.policy):
        tools.chores.drop(sweep.claim, list_forgotten_writes(str(place)))
        return
    wait_ms = round(tools.look_every.total_seconds() * 1000) if done else 0
    writes = list_writes(str(place), QuayList(sweep.now, nobodys=nobodys))
    doubted = nobodys and not sweep.before.nobodys
    announce = [(keys.CHORES, CHECK_ACCESS)] if doubted else []
    tools.chores.complete(sweep.claim, next_in_ms=wait_ms, writes=writes, announce=announce)


def _steps(
    sweep: Sweep,
    rows: dict[Repository, Listed],
    known: dict[Repository, Known],
    *,
    counts: bool,
) -> list[Step]:
    """Compare a list with the one before; what people are told of comes first."""
    steps: list[Step] = []
    for repository in dict.fromkeys((*rows, *known)):
        row, before = rows.get(repository), known.get(repository)
        watched = sweep.tools.policy.watched(repository)
        if row and watched:
            current, change = listed(before, row.last_modified, sweep.now)
        elif before:
            current, change = not_listed(before, counts=counts)
        else:
            continue
        if change or not watched:
            steps.append(Step(repository, watched, before, current, change))
    told = (Change.VANISHED, Change.BACK)
    return sorted(steps, key=lambda step: step.change not in told)


def _known_tags(sweep: Sweep) -> dict[Repository, tuple[Tag, ...]]:
    """Read which tags of the namespace were looked at, by repository."""
    place = sweep.place
    below = sweep.tools.quay.repository_of(place.host, place.name)
    tags = sorted(sweep.tools.lists.tags_below(below))
    return {name: tuple(group) for name, group in groupby(tags, key=lambda tag: tag.repository)}


def _take_in(sweep: Sweep, steps: list[Step], known: dict[Repository, tuple[Tag, ...]]) -> bool:
    """Remember what changed and announce its tags, some steps a transaction; False if time is up.

    What was not taken in has changed still when the namespace is listed again.
    """
    for start in range(0, len(steps), STEPS_PER_TRANSACTION):
        batch: list[Step] = []
        tags: list[Tag] = []
        for step in steps[start : start + STEPS_PER_TRANSACTION]:
            if time.monotonic() > sweep.until:
                break
            found, whole = tags_to_look_at(sweep, step, known.get(step.repository, ()))
            tags += found
            batch += [step] if whole else []
        _write(sweep, batch, tags)
        if time.monotonic() > sweep.until:
            logger.warning("%s moved too much for one go; the rest follows", sweep.place)
            return False
    return True


def _write(sweep: Sweep, batch: list[Step], tags: list[Tag]) -> None:
    """Make the looks due, then write what changed and what people are told in one transaction.

    So nothing is lost between the two. The first list spreads its looks as a start does.
    """
    tools, place = sweep.tools, str(sweep.place)
    # Not announced as by a hook: what Quay lists is there, so a look that finds nothing is the end.
    tools.looks.schedule(_spread(tags, FIRST_LOOKS_SPREAD_MS if sweep.first else 1))
    writes: list[Write] = []
    for step in batch:
        if step.watched:
            writes += repository_writes(place, step.repository, step.current)
        else:
            writes += repository_forgotten_writes(place, step.repository)
    posting = post(_messages(sweep, batch), tools.routes)
    writes += posting.writes
    tools.chores.commit(sweep.claim, writes, posting.announce)
    logger.debug("%d repositories of %s changed", len(batch), place)


def _messages(sweep: Sweep, batch: list[Step]) -> Iterator[Message]:
    """Tell of the repositories that vanished or are back, of all at once."""
    for change in (Change.VANISHED, Change.BACK):
        concerned = [step.repository for step in batch if step.change is change and _told(step)]
        if concerned:
            logger.info("%s: %s", change, ", ".join(map(str, concerned)))
            yield repositories_message(change, str(sweep.place), concerned, sweep.now)


def _told(step: Step) -> bool:
    return step.watched is not None and step.watched.told


def _spread(tags: Iterable[Tag], span_ms: int) -> Iterator[tuple[str, int]]:
    # Spread, so that a thousand tags are not a thousand requests in one second; not a secret.
    return ((str(tag), random.randrange(span_ms)) for tag in tags)  # noqa: S311


def _not_listed(sweep: Sweep, why: str, retry_after: float | None = None) -> None:
    """Note that the list fails: the tags that relied on it have their own timers again, at once."""
    tools, place, before = sweep.tools, str(sweep.place), sweep.before
    level = logging.DEBUG if before.failing else logging.WARNING
    logger.log(level, "What moved in %s cannot be seen at one go: %s", place, why)
    failing = QuayList(before.read_at, plain(why), nobodys=before.nobodys)
    if before.owed or (before.read_at and not before.failing):
        owed = replace(failing, owed=True)
        tools.chores.commit(sweep.claim, list_writes(place, owed))
        known = (tag for tags in _known_tags(sweep).values() for tag in tags)
        watched = (tag for tag in known if tools.policy.rule_for(tag))
        tools.looks.schedule(_spread(watched, round(tools.look_every.total_seconds() * 1000)))
    wait_s = max(tools.look_every.total_seconds(), retry_after or 0)
    tools.chores.complete(
        sweep.claim, next_in_ms=round(wait_s * 1000), writes=list_writes(place, failing)
    )
