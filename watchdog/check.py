"""`watchdog check`: one look now, as the service would take it. Writes nothing.

How it is told is the work of `report`.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from watchdog.core.case import Case
from watchdog.core.memory import TagMemory
from watchdog.core.message import plain
from watchdog.core.reference import Tag
from watchdog.core.rule import Rule
from watchdog.core.step import Step
from watchdog.core.verdict import Code, Finding, Outcome, Verdict
from watchdog.errors import RemoteError, StoreError, WatchdogError
from watchdog.explain import Explanation, explain
from watchdog.report import Report
from watchdog.work.assess import Asked, Judged, Known, judge_observation, judge_tag
from watchdog.work.tools import Tools

_NOTHING_TRUSTED = "the store has no trusted build of this tag: judged as if first seen"
_NO_STORE = "no store is reachable: judged without the trusted build, as if first seen"


def look_once(tools: Tools, tag: Tag, rule: Rule, steps: Sequence[Step] | None = None) -> Report:
    """Look at a tag once, against the store's trusted build where the store can be reached.

    With `steps`, to which the tools' observer adds what is read, the report explains itself.
    """
    known, note = _remembered(tools, tag)
    judged = None
    try:
        judged = _judge(tools, tag, rule, known)
    except WatchdogError as error:
        verdict = Verdict((_not_found_out(error),))
    else:
        verdict = judged.verdict
    report = _report(tag, known or TagMemory(), verdict, judged.case if judged else None, note)
    if steps is None:
        return report
    # Explaining reads some things again: only what the look itself read is told.
    read = tuple(steps)
    reasons = explain(tools, judged, stored=known is not None) if judged else ()
    return replace(report, explanation=Explanation(read, reasons))


def _remembered(tools: Tools, tag: Tag) -> tuple[TagMemory | None, str | None]:
    """Read what the store knows of a tag, None without a store, and say what is missing."""
    try:
        known = tools.records.memory(tag) or TagMemory()
    except StoreError:
        return None, _NO_STORE
    return known, None if known.trusted else _NOTHING_TRUSTED


def _judge(tools: Tools, tag: Tag, rule: Rule, memory: TagMemory | None) -> Judged:
    """Judge what the tag holds, without asking the store again where it has no memory to give."""
    if memory is not None:
        return judge_tag(tools, Asked(tag, rule, memory), whole=True)
    observation = tools.registry.observe(tag)
    # There is no store to ask for its time.
    case = Case(rule, TagMemory(), observation.digest, datetime.now(UTC))
    return judge_observation(tools, case, observation, Known())


def _not_found_out(error: WatchdogError) -> Finding:
    away = isinstance(error, RemoteError) and error.retryable
    return Finding(Code.REGISTRY_UNREACHABLE if away else Code.UNREADABLE, plain(str(error)))


def _report(
    tag: Tag, memory: TagMemory, verdict: Verdict, case: Case | None, note: str | None
) -> Report:
    """Report a verdict; conditions that the service found colour an accepted one."""
    conditions = tuple(condition for condition in memory.conditions if condition.in_force)
    warned = conditions and verdict.outcome is Outcome.ACCEPTED
    trusted = memory.trusted
    claim = trusted if Code.UNCHANGED in verdict.codes else case.evidence if case else None
    source = claim.source if claim else None
    basis = claim.basis if claim else None
    return Report(
        tag,
        Outcome.WARNING if warned else verdict.outcome,
        verdict.findings,
        conditions,
        digest=str(case.digest) if case else None,
        source=case.rule.address_of(source) if case and source else None,
        revision=claim.revision if claim else None,
        basis=basis.value if basis else None,
        trusted=str(trusted.digest) if trusted else None,
        note=note,
    )
