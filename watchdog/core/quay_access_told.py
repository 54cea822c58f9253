"""Who is told when something that a Quay let us do stops working, and when it works again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchdog.core.message import Message, Severity, plain
from watchdog.core.quay_access import Ability, Feature, Statement

NAMES_SHOWN = 5


class AccessTelling(StrEnum):
    """What is told; the `kind` of a message, a stable word for programs."""

    LOST = "quay-access-lost"
    BACK = "quay-access-back"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was stated of one subject (a repository, or a host's token) and told of it."""

    at: datetime
    statements: tuple[Statement, ...]
    told: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One feature of one subject that stopped working, or works again."""

    telling: AccessTelling
    subject: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why something is not possible, with all that it keeps from working."""

    reason: str
    features: tuple[Feature, ...]
    subjects: tuple[str, ...]

    @property
    def names(self) -> str:
        """The first of the subjects, and how many more there are."""
        more = len(self.subjects) - NAMES_SHOWN
        shown = ", ".join(self.subjects[:NAMES_SHOWN])
        return f"{shown} and {more} more" if more > 0 else shown


def gaps_of(stated: Mapping[str, Sequence[Statement]]) -> tuple[Gap, ...]:
    """Say each reason once, in the order in which they come up; of what works there is none."""
    found: dict[str, tuple[dict[Feature, None], dict[str, None]]] = {}
    for subject, statements in stated.items():
        for said in statements:
            if said.reason:
                features, subjects = found.setdefault(said.reason, ({}, {}))
                features[said.feature] = None
                subjects[subject] = None
    return tuple(
        Gap(reason, tuple(features), tuple(subjects))
        for reason, (features, subjects) in found.items()
    )


def follow_access(
    subject: str, before: Standing | None, statements: Sequence[Statement], now: datetime
) -> tuple[Standing, tuple[Change, ...]]:
    """Follow what is stated now: what got worse is told once, and once that it is well again.

    What never worked was never lost, but for a token's end, which comes by itself.
    """
    were = {said.feature: said.ability for said in before.statements} if before else {}
    told = set(before.told) if before else set[Feature]()
    changes: list[Change] = []
    for said in statements:
        if _is_worse(said, were.get(said.feature)):
            told.add(said.feature)
            changes.append(Change(AccessTelling.LOST, subject, said))
        elif said.ability is Ability.YES and said.feature in told:
            told.discard(said.feature)
            changes.append(Change(AccessTelling.BACK, subject, said))
    standing = Standing(now, tuple(statements), tuple(f for f in Feature if f in told))
    return standing, tuple(changes)


def access_message(
    telling: AccessTelling, host: str, changes: Sequence[Change], now: datetime
) -> Message:
    """Write the one message about all that was lost, or is back, on one Quay; never of nothing."""
    lost = telling is AccessTelling.LOST
    names = tuple(dict.fromkeys(change.subject for change in changes if change.subject != host))
    reasons = dict.fromkeys(
        (str(change.statement.feature).capitalize(), plain(change.statement.reason))
        for change in changes
    )
    return Message(
        # Carried out in one transaction with the standings, so it is made but once.
        id=f"{hashlib.sha256(host.encode()).hexdigest()[:12]}-{now.timestamp():.0f}-{telling}",
        subject=f"Quay {host}",
        kind=telling.value,
        severity=Severity.WARNING if lost else Severity.RIGHT,
        title=plain(f"{host}: {_title(telling, changes, len(names))}"),
        facts=(
            *((("Repositories", plain(Gap("", (), names).names)),) if names else ()),
            *(tuple(reasons)[:NAMES_SHOWN] if lost else ()),
        ),
        advice=("`watchdog quay token` shows what is missing where.",) if lost else (),
        at=now,
    )


def _is_worse(said: Statement, was: Ability | None) -> bool:
    if was is None:
        return said.feature is Feature.OAUTH and said.ability is Ability.AT_RISK
    order = list(Ability)
    return order.index(said.ability) > order.index(was)


def _title(telling: AccessTelling, changes: Sequence[Change], repositories: int) -> str:
    """Say in one sentence what is lost or back: of repositories, else of the token."""
    stated = [change.statement for change in changes]
    features = [f for f in Feature if f is not Feature.OAUTH and f in {s.feature for s in stated}]
    if not features:
        back = "the token is right again"
        return f"the token: {stated[0].reason}" if telling is AccessTelling.LOST else back
    risk = all(said.ability is Ability.AT_RISK for said in stated)
    lost = "at risk" if risk else "no longer possible"
    how = lost if telling is AccessTelling.LOST else "possible again"
    count = f"{repositories} repositor{'y' if repositories == 1 else 'ies'}"
    return f"{', '.join(features)} {how} for {count}"
