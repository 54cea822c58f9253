"""`watchdog quay token`: whether our token does what the watchdog needs, repository by repository.

It asks as the service does, and writes nothing. What an answer means is `core.quay_access`'s.
"""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.markup import escape
from rich.progress import track
from rich.table import Table

from watchdog.core.message import plain
from watchdog.core.quay_access import (
    OF_A_REPOSITORY,
    Ability,
    Case,
    Feature,
    Statement,
    state_features,
    state_token,
)
from watchdog.core.quay_access_told import gaps_of
from watchdog.core.reference import Repository
from watchdog.policy_file import read_policy
from watchdog.quay_repositories import find_repositories
from watchdog.settings import Settings
from watchdog.wiring import quay_api, quay_expiries
from watchdog.work.quay_access import Answers, ask_host, by_host

ALL_MAX_S = 3600.0
REASON_MAX_CHARS = 500
_WORDS = {
    Ability.YES: "Quay knows it",
    Ability.AT_RISK: "it ends soon",
    Ability.NO: "it will not do",
}
_STYLES = {Ability.YES: "green", Ability.AT_RISK: "yellow", Ability.NO: "bold red"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of one subject: a repository, or a host and its token.

    `error` is why nothing is.
    """

    subject: str
    statements: tuple[Statement, ...] = ()
    error: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing is missing."""
        return not self.error and all(said.ability is Ability.YES for said in self.statements)


def check_token(settings: Settings, pattern: str | None) -> list[Stated]:
    """Ask about all that the policy watches on Quays, or what a pattern chooses among it.

    A host's token comes after its repositories. Raises ConfigurationError.
    """
    policy = read_policy(settings.policy)
    expiries, rows = quay_expiries(settings, policy), list[Stated]()
    with quay_api(settings, policy) as api:
        found = find_repositories(api, policy, pattern)
        rows += [Stated(one[0], error=one[1]) for one in found if isinstance(one, tuple)]
        for host, asked in by_host(one for one in found if isinstance(one, Repository)).items():
            answers = ask_host(api, host, _shown(asked), time.monotonic() + ALL_MAX_S)
            rows += _stated(answers, expiries.get(host), settings.look_every)
    return rows


def _shown(repositories: list[Repository]) -> Iterable[Repository]:
    """Go through them with a progress bar for whoever watches."""
    console = Console(stderr=True)
    return track(repositories, "Asking Quay", console=console, disable=not console.is_terminal)


def _stated(answers: Answers, expires: date | None, look_every: timedelta) -> Iterator[Stated]:
    now = datetime.now(UTC)
    for repository, why in answers.odd.items():
        yield Stated(str(repository), error=why)
    if answers.fault:
        yield Stated(answers.host, error=answers.fault)
    if not answers.infos and (answers.fault or answers.odd):
        return
    for repository, info in answers.infos.items():
        case = Case(info, answers.credit, look_every, now)
        yield Stated(str(repository), state_features(case))
    yield Stated(answers.host, (state_token(answers.credit, expires, now),))


def print_stated(rows: Sequence[Stated], console: Console) -> None:
    """Print a table for a person, and what to do about what is missing."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("repository", *OF_A_REPOSITORY):
        table.add_column(heading, overflow="fold")
    tokens = []
    for row in rows:
        abilities = {said.feature: said.ability for said in row.statements}
        if Feature.OAUTH in abilities:
            tokens.append((row.subject, abilities[Feature.OAUTH]))
        elif not row.error:
            cells = (abilities[feature] for feature in OF_A_REPOSITORY)
            table.add_row(escape(row.subject), *(f"[{_STYLES[c]}]{c}[/]" for c in cells))
    if table.row_count:
        console.print(table)
    for host, ability in tokens:
        console.print(f"token for {escape(host)}: [{_STYLES[ability]}]{_WORDS[ability]}[/]")
    for line in _to_do(rows):
        console.print(f"- {escape(plain(line, REASON_MAX_CHARS))}", soft_wrap=True)


def _to_do(rows: Sequence[Stated]) -> Iterator[str]:
    """Say what keeps us from asking, and each reason once with all that it keeps from working."""
    stated = {row.subject: row.statements for row in rows}
    yield from (f"{row.subject}: {row.error}" for row in rows if row.error)
    for gap in gaps_of(stated):
        yield f"{', '.join(gap.features)} ({gap.names}): {gap.reason}"


def stated_as_json(rows: Iterable[Stated]) -> str:
    """Write the same for a program."""
    return json.dumps([asdict(row) for row in rows], indent=2)
