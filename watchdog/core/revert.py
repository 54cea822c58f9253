"""Whether a rejected build may be put back: every reason against it, in words."""

from datetime import datetime, timedelta

from watchdog.core.duration import format_duration
from watchdog.core.memory import TagMemory
from watchdog.core.pusher import Pusher
from watchdog.core.rhythm import LOG_GRACE
from watchdog.core.rule import Enforce, Rule
from watchdog.core.verdict import Code, Verdict

REVERTS_MAX = 3
REVERTS_WINDOW = timedelta(days=1)


def may_be_reverted(rule: Rule, verdict: Verdict) -> bool:
    """Tell whether the verdict, by itself, calls for a revert: never while anything is unknown."""
    return _reason_against(rule, verdict) is None


def refusal(  # noqa: PLR0913 - all that a revert hangs on, each by its name
    rule: Rule,
    memory: TagMemory,
    *,
    target_stands: bool,
    switch: bool,
    now: datetime,
    pusher: Pusher | None = None,
) -> str | None:
    """Say why the tag is not put back now; None if it may be.

    `target_stands` tells whether the trusted build would be accepted today; `pusher` is who moved
    the tag, where that is known. Asked when a revert is decided, and again when it is carried out.
    """
    if reason := _reason_against(rule, memory.verdict):
        return reason
    recent = sum(now - at < REVERTS_WINDOW for at in memory.reverts)
    nothing_to_put_back = not memory.trusted or memory.trusted.digest == memory.digest
    reasons = (
        (nothing_to_put_back, "there is no trusted build to put back"),
        (not target_stands, "the trusted build would not be accepted today"),
        (not switch, "reverts are switched off (WATCHDOG_REVERTS)"),
        (
            recent >= REVERTS_MAX,
            f"it was put back {recent} times within a day already; something keeps pushing it",
        ),
    )
    said = next((words for applies, words in reasons if applies), None)
    return said or _reason_of_the_rule(rule, pusher) or _wait_for_the_log(rule, memory, pusher, now)


def _wait_for_the_log(
    rule: Rule, memory: TagMemory, pusher: Pusher | None, now: datetime
) -> str | None:
    """Say that it may have been a person, while the log may still tell, for LOG_GRACE at most."""
    since = memory.sought_since
    if not pusher or not pusher.pending or rule.revert_people or not since:
        return None
    if now >= since + LOG_GRACE:
        return None
    return (
        f"it waits up to {format_duration(LOG_GRACE)} to know who moved it ({pusher.note}), "
        "for what a person moved is not put back"
    )


def _reason_of_the_rule(rule: Rule, pusher: Pusher | None) -> str | None:
    """Say what the rule would have to say for the tag to be put back now."""
    hand = pusher if pusher and pusher.by_hand and not rule.revert_people else None
    if rule.enforce is not Enforce.REVERT:
        also = " and `revert_people: true`, for a person moved it," if hand else ""
        said = f"the rule says `enforce: {rule.enforce}`"
        return f"{said}; with `revert`{also} it would be put back now"
    if not hand:
        return None
    who = hand.name or hand.note
    said = f"a person moved it ({who})" if who else "a person moved it"
    return f"{said}; with `revert_people: true` it would be put back"


def _reason_against(rule: Rule, verdict: Verdict) -> str | None:
    """Say why a verdict alone does not call for a revert."""
    if verdict.blind:
        return "not everything could be found out"
    revertible = [finding.code for finding in verdict.findings if finding.revertible]
    if not revertible:
        return "none of its findings is sure enough to put another build in its place"
    # What a person rejected needs no leave of the rule's.
    if not set(revertible) & {*rule.revert_on, Code.DISAPPROVED}:
        return f"the rule's `revert_on` does not name {', '.join(revertible)}"
    return None
