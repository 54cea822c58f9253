"""The words of each message: one sentence of what happened, the facts, what to do next."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdog.core.duration import format_duration
from watchdog.core.memory import Move, TagMemory
from watchdog.core.message import Message, Severity, plain
from watchdog.core.pusher import PusherKind
from watchdog.core.reference import Digest, Tag
from watchdog.core.telling import Telling
from watchdog.core.verdict import ConditionCode, Finding, Outcome

_SEVERITIES = {
    Telling.WRONG: Severity.CRITICAL,
    Telling.WRONG_AGAIN: Severity.CRITICAL,
    Telling.REVERT_FAILED: Severity.CRITICAL,
    Telling.WAS_WRONG: Severity.WARNING,
    Telling.OVERTAKEN: Severity.WARNING,
    Telling.LAGGING: Severity.WARNING,
    Telling.DELETED: Severity.WARNING,
    Telling.UNREACHABLE: Severity.WARNING,
    Telling.INFORMATION: Severity.INFO,
    Telling.RIGHT: Severity.RIGHT,
    Telling.REVERTED: Severity.RIGHT,
    Telling.CAUGHT_UP: Severity.RIGHT,
    Telling.RETURNED: Severity.RIGHT,
    Telling.REACHABLE: Severity.RIGHT,
}

PASSED_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a message about a tag is made from.

    `before` is the memory before the look; `action` what the watchdog does or why it does nothing;
    `passed` the bad builds that the tag held since and holds no more, oldest first; `command` does
    by hand what could not be done.
    """

    tag: Tag
    before: TagMemory
    after: TagMemory
    now: datetime
    action: str = ""
    link: str | None = None
    passed: tuple[Move, ...] = ()
    command: str = ""
    actor: str = ""
    """Who moved the tag, as a hook says."""


def tag_message(telling: Telling, occasion: Occasion) -> Message:
    """Write the message about a tag; its id is the same however often it is written."""
    return Message(
        id=message_id(str(occasion.tag), str(occasion.after.number), telling),
        subject=str(occasion.tag),
        kind=telling.value,
        severity=_SEVERITIES[telling],
        title=plain(_title(telling, occasion)),
        facts=tuple((name, plain(text)) for name, text in _facts(telling, occasion) if text),
        advice=_advice(telling, occasion),
        at=occasion.now,
        link=occasion.link,
    )


@dataclass(frozen=True, slots=True)
class Outage:
    """A server, or a reason, that keeps tags from being looked at."""

    subject: str
    since: datetime
    tags: int
    detail: str


def outage_message(telling: Telling, outage: Outage, now: datetime) -> Message:
    """Write the one message about all tags that an outage concerns."""
    over = telling is Telling.REACHABLE
    state = "can be looked at again" if over else "cannot be looked at"
    lasted = format_duration(now - outage.since)
    return Message(
        id=message_id(outage.subject, f"{outage.since.timestamp():.0f}", telling),
        subject=outage.subject,
        kind=telling.value,
        severity=_SEVERITIES[telling],
        title=plain(f"{outage.subject}: {outage.tags} tag{_s(outage.tags)} {state}"),
        facts=(
            ("Since", f"{outage.since:%Y-%m-%d %H:%M} UTC ({lasted})"),
            *(() if over else (("Reason", plain(outage.detail)),)),
        ),
        advice=() if over else ("Nothing is put back while the watchdog cannot see.",),
        at=now,
    )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def message_id(subject: str, occasion: str, telling: Telling) -> str:
    """Make an id that is stable over retries and restarts, and safe in a URL."""
    return f"{hashlib.sha256(subject.encode()).hexdigest()[:12]}-{occasion}-{telling}"


def _title(telling: Telling, occasion: Occasion) -> str:
    tag, after = occasion.tag, occasion.after
    said = _reason(after)
    reason = said.detail if said else ""
    titles = {
        Telling.WRONG: f"{tag} is wrong: {reason}",
        Telling.WRONG_AGAIN: f"{tag} is wrong again, another bad build: {reason}",
        Telling.WAS_WRONG: _was_wrong(occasion),
        Telling.RIGHT: f"{tag} is right again",
        Telling.INFORMATION: f"{tag}: {reason}",
        Telling.REVERTED: f"{tag} was put back to the trusted build",
        Telling.REVERT_FAILED: f"{tag} is still wrong: it could not be put back",
        Telling.OVERTAKEN: f"{tag} was pushed while it was being put back",
        Telling.LAGGING: f"{tag} lags: {_condition(after, ConditionCode.LAGGING)}",
        Telling.DELETED: f"{tag} is gone: {_condition(after, ConditionCode.DELETED)}",
        Telling.RETURNED: f"{tag} is back",
        Telling.CAUGHT_UP: f"{tag} has caught up",
    }
    return titles[telling]


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


def _facts(telling: Telling, occasion: Occasion) -> tuple[tuple[str, str], ...]:
    before, after = occasion.before, occasion.after
    codes = ", ".join(after.verdict.codes)
    details = "; ".join(f.detail for f in after.findings)
    trusted = after.trusted
    held = _build(trusted.source, trusted.revision, trusted.digest) if trusted else "none yet"
    now_held = _build(after.source, after.revision, after.digest)
    started = before.incident.opened_at if before.incident else None
    wrong_for = format_duration(occasion.now - started) if started else ""
    lag = next((c for c in after.conditions if c.code is ConditionCode.LAGGING), None)
    table = {
        Telling.RIGHT: (("Now", now_held), ("Verdict", codes), ("Wrong for", wrong_for)),
        Telling.REVERTED: (
            ("Now", held),
            ("What happened", occasion.action),
            ("Wrong for", wrong_for),
        ),
        Telling.CAUGHT_UP: (("Now", now_held),),
        Telling.DELETED: (("It held", now_held), ("Trusted", held)),
        Telling.RETURNED: (("Now", now_held), ("Verdict", codes)),
        Telling.WAS_WRONG: (
            *(("Held", _span(row)) for row in occasion.passed[:PASSED_SHOWN]),
            ("Before", after.offender),
            ("Now", f"{now_held}: {codes}"),
        ),
        Telling.LAGGING: (
            ("Now", now_held),
            ("Since", f"{lag.since:%Y-%m-%d %H:%M} UTC" if lag else ""),
        ),
    }
    wrong = (
        ("Verdict", codes),
        ("Why", details),
        ("Pushed", now_held),
        ("Pushed by", _pushed_by(occasion)),
        ("Before", after.offender),
        ("Trusted", held),
        ("Watchdog", occasion.action),
    )
    return table.get(telling, wrong)


def _pushed_by(occasion: Occasion) -> str:
    """Name who moved the tag; that it takes a right to know is said once for each tag."""
    pusher, before = occasion.after.pusher, occasion.before
    if not pusher:
        return occasion.actor
    denied = pusher.note if pusher.kind is PusherKind.UNKNOWN else ""
    known = before.pusher.note if before.pusher else ""
    return "" if denied and denied == known else pusher.sentence()


def _span(row: Move) -> str:
    """Name a build that the tag held, from when to when, and what is wrong with it."""
    times = (f"{at:%Y-%m-%d %H:%M:%S} UTC" for at in (row.since, row.until) if at)
    codes = ", ".join(f.code for f in row.findings)
    by = f", by {row.pusher.sentence()}" if row.pusher else ""
    return f"{_build(row.source, row.revision, row.digest)}, {' to '.join(times)}{by}: {codes}"


def _build(source: object, revision: str | None, digest: Digest | None) -> str:
    """Name a build: source, commit, image."""
    commit = f"{source}@{revision[:12]}" if source and revision else "no usable source and commit"
    return f"{commit} ({digest.algorithm}:{digest.short})" if digest else commit


def _advice(telling: Telling, occasion: Occasion) -> tuple[str, ...]:
    """Say what a person can do next, with the exact command."""
    if telling is Telling.WAS_WRONG:
        return ("Find what pushed it and stop that, or it will be back.",)
    if telling in {Telling.WRONG, Telling.WRONG_AGAIN, Telling.REVERT_FAILED, Telling.OVERTAKEN}:
        approve = f'watchdog approve {occasion.tag}@{occasion.after.digest} --reason "…"'
        failed = telling is Telling.REVERT_FAILED and occasion.command
        return (
            "Find what pushed it and stop that, or it will be back.",
            *((f"To put the trusted build back by hand: {occasion.command}",) if failed else ()),
            f"If this build is right: `{approve}`",
        )
    if telling is Telling.DELETED:
        return (
            "Hosts that pull it fail, or keep what they have; the watchdog puts nothing back.",
            "Push it again, or restore it in the registry's tag history.",
            "If it is gone on purpose, take it out of the policy.",
        )
    if telling is Telling.LAGGING:
        return ("Look at the last build of that branch: it failed, or nothing started it.",)
    return ()
