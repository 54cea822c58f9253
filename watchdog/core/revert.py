"""Whether a rejected build may be put back: every reason against it, in words."""

from datetime import datetime, timedelta

from watchdog.core.memory import TagMemory
from watchdog.core.rule import Enforce, Rule
from watchdog.core.verdict import Verdict

REVERTS_MAX = 3
REVERTS_WINDOW = timedelta(days=1)


def may_be_reverted(rule: Rule, verdict: Verdict) -> bool:
    """Tell whether the verdict, by itself, calls for a revert: never while anything is unknown."""
    return _reason_against(rule, verdict) is None


def refusal(
    rule: Rule, memory: TagMemory, *, target_stands: bool, switch: bool, now: datetime
) -> str | None:
    """Say why the tag is not put back now; None if it may be.

    `target_stands` tells whether the trusted build would be accepted today. Asked when a revert is
    decided, and again when it is carried out.
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
        (
            rule.enforce is not Enforce.REVERT,
            f"the rule says `enforce: {rule.enforce}`; with `revert` it would be put back now",
        ),
    )
    return next((words for applies, words in reasons if applies), None)


def _reason_against(rule: Rule, verdict: Verdict) -> str | None:
    """Say why a verdict alone does not call for a revert."""
    if verdict.blind:
        return "not everything could be found out"
    revertible = [finding.code for finding in verdict.findings if finding.revertible]
    if not revertible:
        return "none of its findings is sure enough to put another build in its place"
    if not set(revertible) & set(rule.revert_on):
        return f"the rule's `revert_on` does not name {', '.join(revertible)}"
    return None
