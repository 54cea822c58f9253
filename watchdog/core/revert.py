"""Whether a rejected build may be put back: every reason against it, in words."""

from datetime import datetime, timedelta

from watchdog.core.memory import TagMemory
from watchdog.core.policy import Enforce, Rule
from watchdog.core.verdict import Outcome, Verdict

REVERTS_MAX = 3
REVERTS_WINDOW = timedelta(days=1)


def may_be_reverted(rule: Rule, verdict: Verdict) -> bool:
    """Tell whether the verdict, by itself, calls for a revert: never while anything is unknown."""
    if any(finding.outcome is Outcome.INCONCLUSIVE for finding in verdict.findings):
        return False
    return any(f.revertible and f.code in rule.revert_on for f in verdict.findings)


def refusal(
    rule: Rule, memory: TagMemory, *, target_stands: bool, switch: bool, now: datetime
) -> str | None:
    """Say why the tag is not put back now; None if it may be.

    `target_stands` tells whether the trusted build would be accepted today. Asked when a revert is
    decided, and again when it is carried out.
    """
    recent = sum(now - at < REVERTS_WINDOW for at in memory.reverts)
    nothing_to_put_back = not memory.trusted or memory.trusted.digest == memory.digest
    reasons = (
        (
            not may_be_reverted(rule, memory.verdict),
            "none of its findings is sure enough to put another build in its place",
        ),
        (nothing_to_put_back, "there is no trusted build to put back"),
        (not target_stands, "the trusted build would not be accepted today"),
        (
            rule.enforce is not Enforce.REVERT,
            f"the rule says `enforce: {rule.enforce}`; with `revert` it would be put back now",
        ),
        (not switch, "reverts are switched off (WATCHDOG_REVERTS)"),
        (
            recent >= REVERTS_MAX,
            f"it was put back {recent} times within a day already; something keeps pushing it",
        ),
    )
    return next((words for applies, words in reasons if applies), None)
