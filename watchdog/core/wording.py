"""The message about a tag: one sentence of what happened; the facts are those of `facts`."""

from dataclasses import replace
from datetime import timedelta

from watchdog.core.duration import format_duration
from watchdog.core.facts import SUMMARIES, advice, facts, links
from watchdog.core.incident_record import Incident, incident_id
from watchdog.core.memory import TagMemory
from watchdog.core.message import Message, Severity, Stage, plain
from watchdog.core.occasion import Occasion
from watchdog.core.telling import Telling, message_id
from watchdog.core.verdict import ConditionCode, Finding, Outcome

SEVERITIES = {
    Telling.WRONG: Severity.CRITICAL,
    Telling.WRONG_AGAIN: Severity.CRITICAL,
    Telling.REVERT_FAILED: Severity.CRITICAL,
    Telling.REMINDER: Severity.CRITICAL,
    Telling.LAST_REMINDER: Severity.CRITICAL,
    Telling.FLAPPING: Severity.WARNING,
    Telling.SETTLED: Severity.RIGHT,
    Telling.WAS_WRONG: Severity.WARNING,
    Telling.OVERTAKEN: Severity.WARNING,
    Telling.ORDER_FAILED: Severity.WARNING,
    Telling.LAGGING: Severity.WARNING,
    Telling.DELETED: Severity.WARNING,
    Telling.INFORMATION: Severity.INFO,
    Telling.ACKNOWLEDGED: Severity.INFO,
    Telling.CLOSED: Severity.INFO,
    Telling.RIGHT: Severity.RIGHT,
    Telling.REVERTED: Severity.RIGHT,
    Telling.CAUGHT_UP: Severity.RIGHT,
    Telling.RETURNED: Severity.RIGHT,
}
_CONDITIONS = {
    Telling.LAGGING: ConditionCode.LAGGING,
    Telling.CAUGHT_UP: ConditionCode.LAGGING,
    Telling.DELETED: ConditionCode.DELETED,
    Telling.RETURNED: ConditionCode.DELETED,
}
FACT_MAX_CHARS = 1000
_OVER = {Telling.CAUGHT_UP, Telling.RETURNED}


def tag_message(telling: Telling, occasion: Occasion) -> Message:
    """Write the message about a tag; its id is the same however often it is written."""
    message = Message(
        id=message_id(str(occasion.tag), str(occasion.after.number), telling),
        subject=str(occasion.tag),
        kind=telling.value,
        severity=_severity(telling, occasion),
        title=plain(_title(telling, occasion)),
        facts=tuple(
            (name, plain(text, FACT_MAX_CHARS)) for name, text in facts(telling, occasion) if text
        ),
        advice=advice(telling, occasion),
        at=occasion.now,
        link=occasion.link,
        links=links(telling, occasion),
    )
    if telling in SUMMARIES:
        return _of_flapping(message, telling, occasion)
    if code := _CONDITIONS.get(telling):
        return _of_condition(message, telling, code, occasion)
    return _of_incident(message, telling, occasion)


def _severity(telling: Telling, occasion: Occasion) -> Severity:
    """A summary matters as much as what it says of the tag now."""
    rejected = occasion.after.verdict.outcome is Outcome.REJECTED
    if telling in SUMMARIES and rejected:
        return Severity.CRITICAL
    return SEVERITIES[telling]


def _of_flapping(message: Message, telling: Telling, occasion: Occasion) -> Message:
    """Let it belong to the time of flapping, which ends when the tag is calm."""
    flapping = occasion.after.flapping or occasion.before.flapping
    if not flapping:
        return message
    return replace(
        message,
        thread=message_id(str(occasion.tag), f"{flapping.since.timestamp():.0f}", "flapping"),
        since=flapping.since,
        stage=Stage.RESOLVED if telling is Telling.SETTLED else Stage.OPEN,
    )


def _of_incident(message: Message, telling: Telling, occasion: Occasion) -> Message:
    """Let it belong to the incident; what is only information belongs to none."""
    incident = occasion.incident
    if telling is Telling.INFORMATION or not incident:
        return message
    return replace(
        message,
        thread=incident_id(occasion.tag, incident.number),
        since=incident.wrong_since,
        stage=incident.stage,
    )


def _of_condition(
    message: Message, telling: Telling, code: ConditionCode, occasion: Occasion
) -> Message:
    """Let it belong to the condition that began or ended."""
    known = (*occasion.after.conditions, *occasion.before.conditions)
    found = next((condition for condition in known if condition.code is code), None)
    if telling in _OVER:
        found = next((one for one in occasion.before.conditions if one.code is code), found)
    if not found:
        return message
    return replace(
        message,
        thread=message_id(str(occasion.tag), f"{found.since.timestamp():.0f}", code),
        since=found.since,
        stage=Stage.RESOLVED if telling in _OVER else Stage.OPEN,
    )


def _title(telling: Telling, occasion: Occasion) -> str:
    tag, after, incident = occasion.tag, occasion.after, occasion.incident
    said = _reason(after)
    reason = said.detail if said else ""
    titles = {
        Telling.WRONG: f"{tag} is wrong: {reason}",
        Telling.WRONG_AGAIN: f"{tag} is wrong again, another bad build: {reason}",
        Telling.WAS_WRONG: _was_wrong(occasion),
        Telling.REMINDER: f"{tag} is still wrong{_wrong_for(occasion)}: {reason}",
        Telling.LAST_REMINDER: f"{tag} is still wrong{_wrong_for(occasion)}; this is the last "
        f"reminder: {reason}",
        Telling.ACKNOWLEDGED: f"{tag} is known to be wrong: {_acknowledged(incident)}",
        Telling.CLOSED: f"{tag}: its incident is closed: {incident.closing if incident else ''}",
        Telling.FLAPPING: f"{tag} changes all the time, and is {_stands(after)} now; it is summed "
        "up when it is calm again",
        Telling.SETTLED: f"{tag} is calm again, and is {_stands(after)}",
        Telling.RIGHT: f"{tag} is right again: {incident.closing if incident else ''}",
        Telling.INFORMATION: f"{tag}: {reason}",
        Telling.REVERTED: f"{tag} was put back to the trusted build",
        Telling.REVERT_FAILED: f"{tag} is still wrong: it could not be put back",
        Telling.OVERTAKEN: f"{tag} was pushed while it was being put back",
        Telling.ORDER_FAILED: f"{tag}: {occasion.action}",
        Telling.LAGGING: f"{tag} lags: {_condition(after, ConditionCode.LAGGING)}",
        Telling.DELETED: f"{tag} is gone: {_condition(after, ConditionCode.DELETED)}",
        Telling.RETURNED: f"{tag} is back",
        Telling.CAUGHT_UP: f"{tag} has caught up",
    }
    return titles[telling].removesuffix(": ")


def _stands(memory: TagMemory) -> str:
    words = {Outcome.REJECTED: "wrong", Outcome.INCONCLUSIVE: "not to be judged"}
    return words.get(memory.verdict.outcome, "right")


def _acknowledged(incident: Incident | None) -> str:
    known = incident.acknowledged if incident else None
    return f"{known.by}: {known.reason}" if known else ""


def _wrong_for(occasion: Occasion) -> str:
    incident = occasion.incident
    return f" after {format_duration(occasion.now - incident.wrong_since)}" if incident else ""


def _was_wrong(occasion: Occasion) -> str:
    """Say for how long the tag held a bad build that it holds no more, and why that was bad."""
    rows = occasion.passed
    lasted = [row.until - row.since for row in rows if row.since and row.until]
    known = bool(lasted) and len(lasted) == len(rows)
    span = f" for {format_duration(sum(lasted, timedelta()))}" if known else " for a while"
    times = f", with {len(rows)} bad builds" if len(rows) > 1 else ""
    findings = (finding for row in rows for finding in row.findings)
    reason = next((f.detail for f in findings if f.outcome is Outcome.REJECTED), "")
    return f"{occasion.tag} was wrong{span}{times}: {reason}"


def _reason(memory: TagMemory) -> Finding | None:
    """Pick the finding that a title names: the first that is as bad as the verdict."""
    outcome = memory.verdict.outcome
    return next((f for f in memory.findings if f.outcome is outcome), None)


def _condition(memory: TagMemory, code: ConditionCode) -> str:
    return next((c.detail for c in memory.conditions if c.code is code), "")
