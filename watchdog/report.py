"""How one look is told: to a person, to a program, to Nagios."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchdog.core.memory import Condition
from watchdog.core.message import plain
from watchdog.core.reference import Tag
from watchdog.core.verdict import Finding, Outcome
from watchdog.explain import Explanation, as_document, print_explanation
from watchdog.nagios import nagios_line

EXIT_STATUS = {
    Outcome.ACCEPTED: 0,
    Outcome.WARNING: 1,
    Outcome.REJECTED: 2,
    Outcome.INCONCLUSIVE: 3,
}
_STYLES = {
    Outcome.ACCEPTED: "green",
    Outcome.WARNING: "yellow",
    Outcome.REJECTED: "bold red",
    Outcome.INCONCLUSIVE: "magenta",
}
_FACTS = ("digest", "source", "revision", "basis", "trusted", "note")


@dataclass(frozen=True, slots=True)
class Report:
    """What one look found; `note` says what it was judged without.

    `conditions` are those that the service found and that are in force.
    """

    tag: Tag
    outcome: Outcome
    findings: tuple[Finding, ...]
    conditions: tuple[Condition, ...] = ()
    digest: str | None = None
    source: str | None = None
    revision: str | None = None
    basis: str | None = None
    trusted: str | None = None
    note: str | None = None
    explanation: Explanation | None = None

    @property
    def status(self) -> int:
        """The exit status: 0 accepted, 1 warning, 2 rejected, 3 inconclusive."""
        return EXIT_STATUS[self.outcome]


def as_table(report: Report, console: Console) -> None:
    """Print a report for a person."""
    style = _STYLES[report.outcome]
    console.print(f"[{style}]{report.outcome}[/] {escape(str(report.tag))}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("finding", "outcome", "reason"):
        table.add_column(heading, overflow="fold")
    for finding in report.findings:
        table.add_row(finding.code, finding.outcome, escape(plain(finding.detail)))
    for condition in report.conditions:
        table.add_row(condition.code, Outcome.WARNING, escape(_reason(condition)))
    console.print(table)
    for name in _FACTS:
        if value := getattr(report, name):
            console.print(f"{name}: {escape(value)}", soft_wrap=True)
    if report.explanation:
        print_explanation(report.explanation, console)


def as_json(report: Report) -> str:
    """Write a report for a program."""
    findings = [{"code": f.code, "outcome": f.outcome, "detail": f.detail} for f in report.findings]
    conditions = [
        {"code": c.code, "since": _rfc_3339(c.since), "detail": c.detail} for c in report.conditions
    ]
    document = {
        "tag": str(report.tag),
        "outcome": report.outcome,
        "findings": findings,
        "conditions": conditions,
        **{name: getattr(report, name) for name in _FACTS},
        **(as_document(report.explanation) if report.explanation else {}),
    }
    return json.dumps(document, indent=2)


def as_nagios(report: Report) -> str:
    """Write one line for Nagios; the reason is the first that is as bad as the report."""
    codes = [finding.code.value for finding in report.findings]
    codes += [condition.code.value for condition in report.conditions]
    reasons = [f.detail for f in report.findings if f.outcome is report.outcome]
    if report.outcome is Outcome.WARNING:
        reasons += map(_reason, report.conditions)
    worst = reasons[0] if reasons else ""
    note = f" ({report.note})" if report.note else ""
    text = f"{report.tag} {report.outcome}: {', '.join(codes)}: {worst}{note}"
    counts = Counter(finding.outcome for finding in report.findings)
    return nagios_line(
        report.status,
        text,
        rejected=counts[Outcome.REJECTED],
        inconclusive=counts[Outcome.INCONCLUSIVE],
    )


def _reason(condition: Condition) -> str:
    since = f"{condition.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{plain(condition.detail)}, since {since}"


def _rfc_3339(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
