"""The chore that checks what our token may do on each Quay: at every start, and hourly for each.

What is not possible is logged at the start, people are told once of what stops working, and the
page shows what stands in the store. A Quay that does not answer changes nothing of that.
"""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watchdog.core.quay_access import (
    Ability,
    Case,
    Credit,
    Feature,
    Statement,
    displaced_at,
    state_features,
    state_token,
)
from watchdog.core.quay_access_told import Standing, follow_access
from watchdog.core.reference import Repository, Tag
from watchdog.store import keys
from watchdog.store.due import Claim, Write
from watchdog.store.quay_access import anew_writes, forgotten_writes, standing_writes
from watchdog.store.records import moment
from watchdog.work.quay_access import Answers, ask_host, by_host
from watchdog.work.self_check import SELF_CHECK
from watchdog.work.tools import Tools

CHECK_ACCESS = "quay-token"
DUE_AFTER = timedelta(hours=1)
EVERY_MS = 300_000
"""How soon something is noticed that is watched from now on, as a glob's repositories are."""
AGAIN_MS = 60_000
"""When what had no answer, or no time, is asked again."""
RUN_MAX_S = 60.0
"""Other chores wait meanwhile."""

logger = logging.getLogger(__name__)


def check_access(tools: Tools, claim: Claim) -> None:
    """Check what is due to be checked; raises StaleLeaseError and StoreError."""
    run = _Run(tools, moment(claim.now_ms), anew=claim.announced)
    complete = run.check(time.monotonic() + RUN_MAX_S)
    tools.chores.complete(
        claim,
        next_in_ms=EVERY_MS if complete else AGAIN_MS,
        writes=run.writes,
        announce=[(keys.CHORES, SELF_CHECK)] if run.writes else (),
    )


@dataclass(slots=True)
class _Run:
    """One round of questions, and what came of it."""

    tools: Tools
    now: datetime
    anew: bool
    writes: list[Write] = field(default_factory=list)

    def check(self, until: float) -> bool:
        """Ask for what is due; False if not all of it was answered in time."""
        tags = watched_tags(self.tools)
        stood = self.tools.quay_access.standings()
        since = self.now if self.anew else self.tools.quay_access.anew_since()
        if self.anew:
            self.writes += anew_writes(since)
        self.writes += forgotten_writes(stood.keys() - {*map(str, tags), *by_host(tags)})
        due = [one for one in tags if _is_due(stood.get(str(one)), since, self.now)]
        answered = True
        for host, repositories in by_host(due).items():
            answers = ask_host(self.tools.quay.after_others(), host, repositories, until)
            answered &= len(answers.infos) + len(answers.odd) == len(repositories)
            if answers.fault:
                logger.warning("Not all that may be done on %s is known: %s", host, answers.fault)
            for repository, why in answers.odd.items():
                self._put_off(repository, why, stood.get(str(repository)))
            if answers.infos:
                self._follow(answers, tags, stood, since)
        return answered

    def _put_off(self, repository: Repository, why: str, before: Standing | None) -> None:
        """Ask again when it is due again: what stood of it stands."""
        logger.warning("What may be done with %s is not known: %s", repository, why)
        standing = replace(before, at=self.now) if before else Standing(self.now, ())
        self.writes += standing_writes(str(repository), standing)

    def _follow(
        self,
        answers: Answers,
        tags: Mapping[Repository, tuple[Tag, ...]],
        stood: Mapping[str, Standing],
        since: datetime,
    ) -> None:
        host, credit = answers.host, answers.credit
        token = state_token(credit, self.tools.quay_expiries.get(host), self.now)
        stated: dict[str, tuple[Statement, ...]] = {host: (token,)}
        for repository, info in answers.infos.items():
            displaced = self._displaced_at(tags[repository])
            case = Case(info, credit, self.tools.look_every, self.now, displaced)
            stated[str(repository)] = state_features(case)
        for subject, statements in stated.items():
            before = stood.get(subject)
            standing = follow_access(before, statements, self.now)
            self.writes += standing_writes(subject, standing)
            if before is None or before.at < since or before.statements != statements:
                _log(subject, statements, credit)

    def _displaced_at(self, tags: Iterable[Tag]) -> datetime | None:
        memories = filter(None, map(self.tools.records.memory, tags))
        return min(filter(None, map(displaced_at, memories)), default=None)


def watched_tags(tools: Tools) -> dict[Repository, tuple[Tag, ...]]:
    """Name the tags of each Quay that are watched: those named, and those known and matched."""
    policy = tools.policy
    known = (tag for tag in tools.records.tags() if policy.rule_for(tag))
    tags: dict[Repository, tuple[Tag, ...]] = {}
    for tag in dict.fromkeys((*policy.literal_tags, *known)):
        if policy.is_quay(tag.repository):
            tags[tag.repository] = (*tags.get(tag.repository, ()), tag)
    return tags


def _is_due(standing: Standing | None, since: datetime, now: datetime) -> bool:
    return standing is None or standing.at < since or now - standing.at >= DUE_AFTER


def _log(subject: str, statements: tuple[Statement, ...], credit: Credit) -> None:
    """Log what is not possible; that no token is set is said once a host, not of everything."""
    for said in statements:
        if said.ability is Ability.YES or (credit is Credit.ABSENT and said.scope):
            continue
        if said.feature is Feature.OAUTH:
            level = logging.INFO if credit is Credit.ABSENT else logging.WARNING
            logger.log(level, "%s: the token for its API: %s", subject, said.reason)
        else:
            how = "at risk" if said.ability is Ability.AT_RISK else "not possible"
            logger.warning("%s: %s is %s: %s", subject, said.feature, how, said.reason)
