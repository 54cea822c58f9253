"""The facts of a message about a tag, what to do next with exact commands, and where to look."""

from datetime import datetime

from watchdog.core.duration import format_duration
from watchdog.core.forge import commit_address, compare_address
from watchdog.core.memory import Move
from watchdog.core.occasion import Occasion
from watchdog.core.pusher import PusherKind
from watchdog.core.reference import Digest
from watchdog.core.telling import Telling
from watchdog.core.verdict import ConditionCode, Outcome

PASSED_SHOWN = 5
_STOP_IT = "Find what pushed it and stop that, or it will be back."
_WRONG_NOW = frozenset(
    {
        Telling.WRONG,
        Telling.WRONG_AGAIN,
        Telling.REVERT_FAILED,
        Telling.OVERTAKEN,
        Telling.REMINDER,
        Telling.LAST_REMINDER,
    }
)
SUMMARIES = frozenset({Telling.FLAPPING, Telling.SETTLED})
"""What sums a flapping tag up: wrong or right, as it happens to be."""

Facts = tuple[tuple[str, str], ...]
"""Pairs of a name and a text; one without a text is not shown."""


def facts(telling: Telling, occasion: Occasion) -> Facts:
    """Say what is known, in the order in which people ask."""
    if telling in SUMMARIES:
        return _summed_up(occasion)
    after = occasion.after
    codes = ", ".join(after.verdict.codes)
    now_held = _build(after.source, after.revision, after.digest)
    table: dict[Telling, Facts] = {
        Telling.RIGHT: (
            ("Now", now_held),
            ("Verdict", codes),
            ("Wrong for", _wrong_for(occasion)),
        ),
        Telling.REVERTED: (
            ("Now", _trusted(occasion)),
            ("What happened", occasion.action),
            ("Wrong for", _wrong_for(occasion)),
        ),
        Telling.ACKNOWLEDGED: (("Now", f"{now_held}: {codes}"),),
        Telling.CAUGHT_UP: (("Now", now_held),),
        Telling.CLOSED: (("Now", f"{now_held}: {codes}"),),
        Telling.DELETED: (("It held", now_held), ("Trusted", _trusted(occasion))),
        Telling.RETURNED: (("Now", now_held), ("Verdict", codes)),
        Telling.WAS_WRONG: (
            *(("Held", _span(row)) for row in occasion.passed[:PASSED_SHOWN]),
            ("Before", after.offender),
            ("Now", f"{now_held}: {codes}"),
        ),
        Telling.LAGGING: (("Now", now_held), ("Since", _lags_since(occasion))),
    }
    return table.get(telling) or _of_a_wrong_tag(occasion)


def _summed_up(occasion: Occasion) -> Facts:
    """Say how often the tag changed, and all of a wrong one that it holds now."""
    after, changes = occasion.after, ("Changes", _flapped(occasion))
    if after.verdict.outcome is Outcome.REJECTED:
        return (changes, *_of_a_wrong_tag(occasion))
    codes = ", ".join(after.verdict.codes)
    return (changes, ("Now", f"{_build(after.source, after.revision, after.digest)}: {codes}"))


def _of_a_wrong_tag(occasion: Occasion) -> Facts:
    after = occasion.after
    return (
        ("Verdict", ", ".join(after.verdict.codes)),
        ("Why", "; ".join(f.detail for f in after.findings)),
        ("Pushed", _pushed(occasion)),
        ("Pushed by", _pushed_by(occasion)),
        ("Before", after.offender),
        ("Trusted", _trusted(occasion)),
        ("Watchdog", occasion.action),
        ("Hosts pull", _pulled(occasion)),
    )


def advice(telling: Telling, occasion: Occasion) -> tuple[str, ...]:
    """Say what a person can do next, with the exact command."""
    if telling is Telling.WAS_WRONG:
        return (_STOP_IT,)
    if telling is Telling.DELETED:
        return (
            "Hosts that pull it fail, or keep what they have; the watchdog puts nothing back.",
            "Push it again, or restore it in the registry's tag history.",
            "If it is gone on purpose, take it out of the policy.",
        )
    if telling is Telling.LAGGING:
        return ("Look at the last build of that branch: it failed, or nothing started it.",)
    if telling is Telling.ORDER_FAILED and occasion.command:
        return (f"To do it by hand: {occasion.command}",)
    wrong = telling in SUMMARIES and occasion.after.verdict.outcome is Outcome.REJECTED
    return tuple(_of_wrong(telling, occasion)) if telling in _WRONG_NOW or wrong else ()


def _of_wrong(telling: Telling, occasion: Occasion) -> list[str]:
    tag, build = occasion.tag, f"{occasion.tag}@{occasion.after.digest}"
    lines = [_STOP_IT]
    if telling is Telling.REVERT_FAILED and occasion.command:
        lines.append(f"To put the trusted build back by hand: {occasion.command}")
    elif not occasion.after.revert and _other_trusted(occasion):
        lines.append(f'To put the trusted build back: `watchdog revert {tag} --reason "…"`')
    lines.append(f'If this build is right: `watchdog approve {build} --reason "…"`')
    if telling is not Telling.LAST_REMINDER:
        lines.append(f'To hear no more of this build: `watchdog ack {build} --reason "…"`')
    return lines


def _other_trusted(occasion: Occasion) -> bool:
    """Whether there is a trusted build that the tag does not hold."""
    trusted = occasion.after.trusted
    return trusted is not None and trusted.digest != occasion.after.digest


def links(telling: Telling, occasion: Occasion) -> tuple[tuple[str, str], ...]:
    """Name places to look at: only of the policy's sources, whatever the image claims."""
    after, rule = occasion.after, occasion.rule
    if not rule or not after.source or not after.revision or after.source not in rule.sources:
        return ()
    trusted = after.trusted
    found = [("Commit", commit_address(after.source, after.revision))]
    if telling in _WRONG_NOW and trusted and trusted.revision not in {None, after.revision}:
        compared = compare_address(rule.sources[0], str(trusted.revision), after.revision)
        found.append(("Compare with the trusted build", compared))
    return tuple((name, address) for name, address in found if address)


def _wrong_for(occasion: Occasion) -> str:
    incident = occasion.incident
    if not incident:
        return ""
    return format_duration((incident.right_since or occasion.now) - incident.wrong_since)


def _trusted(occasion: Occasion) -> str:
    trusted = occasion.after.trusted
    return _build(trusted.source, trusted.revision, trusted.digest) if trusted else "none yet"


def _pushed(occasion: Occasion) -> str:
    after = occasion.after
    times = (("built", after.built), ("pushed", after.since))
    said = [f"{word} {_minute(at)}" for word, at in times if at]
    return ", ".join([_build(after.source, after.revision, after.digest), *said])


def _pushed_by(occasion: Occasion) -> str:
    """Name who moved the tag; that it takes a right to know is said once for each tag."""
    pusher, before = occasion.after.pusher, occasion.before
    if not pusher:
        return occasion.actor
    denied = pusher.note if pusher.kind is PusherKind.UNKNOWN else ""
    known = before.pusher.note if before.pusher else ""
    return "" if denied and denied == known else pusher.sentence()


def _pulled(occasion: Occasion) -> str:
    pulls = occasion.rule.pulls if occasion.rule else None
    if not pulls:
        return ""
    at = pulls.next_after(occasion.now)
    return f"in {format_duration(at - occasion.now)} ({pulls.at:%H:%M} {pulls.timezone})"


def _lags_since(occasion: Occasion) -> str:
    conditions = occasion.after.conditions
    lag = next((c for c in conditions if c.code is ConditionCode.LAGGING), None)
    return _minute(lag.since) if lag else ""


def _flapped(occasion: Occasion) -> str:
    flapping = occasion.after.flapping or occasion.before.flapping
    if not flapping:
        return ""
    return f"{flapping.changes} from {_minute(flapping.since)} to {_minute(flapping.last)}"


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


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
