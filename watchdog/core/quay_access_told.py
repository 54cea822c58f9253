"""What people are told when something that a Quay let us do stops working."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.message import first_of
from watchdog.core.quay_access import Ability, Feature, Statement
from watchdog.core.self_condition import SelfCode, Trouble

REASONS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """What was stated of one subject (a repository, or a host's token), and what it has lost."""

    at: datetime
    statements: tuple[Statement, ...]
    lost: tuple[Feature, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why something is not possible, with all that it keeps from working."""

    reason: str
    features: tuple[Feature, ...]
    subjects: tuple[str, ...]

    @property
    def names(self) -> str:
        """The first of the subjects, and how many more there are."""
        return first_of(self.subjects)


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
    before: Standing | None, statements: Sequence[Statement], now: datetime
) -> Standing:
    """Follow what is stated now: what got worse is lost, until it is well again.

    What never worked was never lost, but for a token's end, which comes by itself.
    """
    were = {said.feature: said.ability for said in before.statements} if before else {}
    lost = set(before.lost) if before else set[Feature]()
    for said in statements:
        if _is_worse(said, were.get(said.feature)):
            lost.add(said.feature)
        elif said.ability is Ability.YES:
            lost.discard(said.feature)
    return Standing(now, tuple(statements), tuple(f for f in Feature if f in lost))


def access_lost(standings: Mapping[str, Standing]) -> Iterator[Trouble]:
    """Say of each Quay what was lost there: of repositories, or of the token itself."""
    hosts: dict[str, dict[str, tuple[Statement, ...]]] = {}
    for subject, standing in standings.items():
        if lost := tuple(said for said in standing.statements if said.feature in standing.lost):
            hosts.setdefault(subject.partition("/")[0], {})[subject] = lost
    for host, losses in sorted(hosts.items()):
        yield _lost(host, losses)


def _lost(host: str, losses: Mapping[str, tuple[Statement, ...]]) -> Trouble:
    """Write of all that was lost on one Quay at once."""
    names = tuple(subject for subject in losses if subject != host)
    stated = [said for statements in losses.values() for said in statements]
    reasons = dict.fromkeys((str(said.feature).capitalize(), said.reason) for said in stated)
    title, over = _titles(stated, len(names))
    return Trouble(
        SelfCode.QUAY_ACCESS_LOST,
        host,
        f"{host}: {title}",
        f"{host}: {over}",
        (
            *((("Repositories", first_of(names)),) if names else ()),
            *tuple(reasons)[:REASONS_SHOWN],
        ),
        ("`watchdog quay token` shows what is missing where.",),
    )


def _is_worse(said: Statement, was: Ability | None) -> bool:
    if was is None:
        return said.feature is Feature.OAUTH and said.ability is Ability.AT_RISK
    order = list(Ability)
    return order.index(said.ability) > order.index(was)


def _titles(stated: Sequence[Statement], repositories: int) -> tuple[str, str]:
    """Say in one sentence what is lost, and that it is back: of repositories, else of the token."""
    features = [f for f in Feature if f is not Feature.OAUTH and f in {s.feature for s in stated}]
    if not features:
        return f"the token: {stated[0].reason}", "the token is right again"
    risk = all(said.ability is Ability.AT_RISK for said in stated)
    names = ", ".join(features)
    count = f"for {repositories} repositor{'y' if repositories == 1 else 'ies'}"
    lost = "at risk" if risk else "no longer possible"
    return f"{names} {lost} {count}", f"{names} possible again {count}"
