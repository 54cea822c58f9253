"""`watchdog check`: one look now, printed for a person, a program or Nagios. Writes nothing."""

import json
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchdog.core.judge import Case
from watchdog.core.memory import TagMemory
from watchdog.core.message import plain
from watchdog.core.policy import Rule
from watchdog.core.reference import Tag
from watchdog.core.verdict import Code, Finding, Outcome, Verdict
from watchdog.errors import RemoteError, StoreError, WatchdogError
from watchdog.work.assess import Judged, Known, judge_observation, judge_tag
from watchdog.work.tools import Tools

EXIT_STATUS = {
    Outcome.ACCEPTED: 0,
    Outcome.WARNING: 1,
    Outcome.REJECTED: 2,
    Outcome.INCONCLUSIVE: 3,
}
_NAGIOS_WORDS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_STYLES = {
    Outcome.ACCEPTED: "green",
    Outcome.WARNING: "yellow",
    Outcome.REJECTED: "bold red",
    Outcome.INCONCLUSIVE: "magenta",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What one look found; `note` says what it was judged without."""

    tag: Tag
    outcome: Outcome
    findings: tuple[Finding, ...]
    digest: str | None = None
    source: str | None = None
    revision: str | None = None
    basis: str | None = None
    trusted: str | None = None
    note: str | None = None

    @property
    def status(self) -> int:
        """The exit status: 0 accepted, 1 warning, 2 rejected, 3 inconclusive."""
        return EXIT_STATUS[self.outcome]


def look_once(tools: Tools, tag: Tag, rule: Rule) -> Report:
    """Look at a tag once, against the store's trusted build where the store can be reached."""
    known: TagMemory | None = None
    note = None
    try:
        known = tools.records.memory(tag) or TagMemory()
        if not known.trusted:
            note = "the store has no trusted build of this tag: judged as if first seen"
    except StoreError:
        note = "no store is reachable: judged without the trusted build, as if first seen"
    memory = known or TagMemory()
    try:
        judged = _judge(tools, tag, rule, known)
    except WatchdogError as error:
        away = isinstance(error, RemoteError) and error.retryable
        code = Code.REGISTRY_UNREACHABLE if away else Code.UNREADABLE
        return _report(tag, Verdict((Finding(code, plain(str(error))),)), memory, note)
    evidence = judged.case.evidence
    report = _report(tag, judged.verdict, memory, note)
    settled = memory.trusted if Code.UNCHANGED in judged.verdict.codes else None
    source = evidence.source if evidence else settled.source if settled else None
    revision = evidence.revision if evidence else settled.revision if settled else None
    basis = evidence.basis if evidence else settled.basis if settled else None
    return Report(
        tag,
        report.outcome,
        report.findings,
        digest=str(judged.case.digest),
        source=f"https://{source}" if source else None,
        revision=revision,
        basis=basis.value if basis else None,
        trusted=report.trusted,
        note=note,
    )


def _judge(tools: Tools, tag: Tag, rule: Rule, memory: TagMemory | None) -> Judged:
    """Judge what the tag holds, without asking the store again where it has no memory to give."""
    if memory is not None:
        return judge_tag(tools, tag, rule, memory, whole=True)
    observation = tools.registry.observe(tag)
    case = Case(rule, TagMemory(), observation.digest)
    return judge_observation(tools, case, observation, Known())


def _report(tag: Tag, verdict: Verdict, memory: TagMemory, note: str | None) -> Report:
    """Report a verdict; conditions that the service found colour an accepted one."""
    warned = any(condition.in_force for condition in memory.conditions)
    accepted = verdict.outcome is Outcome.ACCEPTED
    outcome = Outcome.WARNING if accepted and warned else verdict.outcome
    trusted = str(memory.trusted.digest) if memory.trusted else None
    return Report(tag, outcome, verdict.findings, trusted=trusted, note=note)


def as_table(report: Report, console: Console) -> None:
    """Print a report for a person."""
    style = _STYLES[report.outcome]
    console.print(f"[{style}]{report.outcome}[/] {escape(str(report.tag))}")
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("finding", "outcome", "reason"):
        table.add_column(heading, overflow="fold")
    for finding in report.findings:
        table.add_row(finding.code, finding.outcome, escape(plain(finding.detail)))
    console.print(table)
    for name in ("digest", "source", "revision", "basis", "trusted", "note"):
        if value := getattr(report, name):
            console.print(f"{name}: {escape(value)}", soft_wrap=True)


def as_json(report: Report) -> str:
    """Write a report for a program."""
    fields = ("digest", "source", "revision", "basis", "trusted", "note")
    findings = [{"code": f.code, "outcome": f.outcome, "detail": f.detail} for f in report.findings]
    document = {
        "tag": str(report.tag),
        "outcome": report.outcome,
        "findings": findings,
        **{name: getattr(report, name) for name in fields},
    }
    return json.dumps(document, indent=2)


def as_nagios(report: Report) -> str:
    """Write one line for Nagios: status, text without `|`, performance data."""
    codes = ", ".join(finding.code for finding in report.findings)
    worst = next((f.detail for f in report.findings if f.outcome is report.outcome), "")
    note = f" ({report.note})" if report.note else ""
    text = plain(f"{report.tag} {report.outcome}: {codes}: {worst}{note}").replace("|", "/")
    counts = {
        outcome: sum(f.outcome is outcome for f in report.findings)
        for outcome in (Outcome.REJECTED, Outcome.INCONCLUSIVE)
    }
    performance = " ".join(f"{outcome}={count};;1;0" for outcome, count in counts.items())
    return f"WATCHDOG {_NAGIOS_WORDS[report.status]} - {text} | {performance}"
