"""`watchdog check --explain`: what one look read, and why each claim was believed or not.

The words are the work of `core.explain`; here is gathered what they are about, and printed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchdog.core.case import Case
from watchdog.core.explain import Reason, explain_images, explain_order, explain_signatures
from watchdog.core.inheritance import KnownImage, possible_bases
from watchdog.core.message import plain
from watchdog.core.observation import Observation
from watchdog.core.rule import Require
from watchdog.core.signing import Examined
from watchdog.core.step import Step
from watchdog.core.trust import trusted_digests
from watchdog.core.verdict import Code
from watchdog.errors import StoreError, WatchdogError
from watchdog.work.assess import REFS_MAX_AGE_S, Judged
from watchdog.work.gather import examined
from watchdog.work.tools import Tools

TEXT_MAX_CHARS = 600
WHAT_MAX_CHARS = 160


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a look read, in order, and its reasoning."""

    steps: tuple[Step, ...]
    reasons: tuple[Reason, ...]


_NO_OTHERS = Reason("store", "not reachable: no base or other image is known to compare with")


def explain(tools: Tools, judged: Judged, *, stored: bool) -> tuple[Reason, ...]:
    """Give the reasons of a verdict; without a store no other image is known."""
    case, observation = judged.case, judged.observation
    reasons: list[Reason] = []
    if observation:
        known = _relatives(tools, case, observation) if stored else ()
        if not stored:
            reasons.append(_NO_OTHERS)
        reasons += explain_images(observation, known, case.rule.sources)
        if case.reading:
            reasons += explain_signatures(case.rule, _signatures(tools, judged))
    reasons += explain_order(case)
    return (*reasons, *_freshness(judged))


def _relatives(tools: Tools, case: Case, observation: Observation) -> tuple[KnownImage, ...]:
    """Ask the store for the images that these may descend from; none where it has gone away."""
    try:
        known = tools.records.relatives(observation)
    except StoreError:
        return ()
    return possible_bases(known, observation.tag, trusted_digests(case.memory))


def _signatures(tools: Tools, judged: Judged) -> tuple[Examined, ...] | None:
    """Verify all signatures again; None where that is not possible any more."""
    case, observation = judged.case, judged.observation
    if case.rule.require is not Require.SIGNED or not observation:
        return ()
    try:
        return examined(tools, case.rule, observation.tag, case.digest)
    except WatchdogError:
        return None


def _freshness(judged: Judged) -> Iterator[Reason]:
    """Say how old the refs may have been that the verdict was taken on."""
    if not judged.case.place:
        return
    if judged.verdict.codes == (Code.NEWER,):
        text = f"at most {REFS_MAX_AGE_S:g} s old, which is enough for `newer`"
    else:
        text = "fetched after the image was read"
    yield Reason("refs", text)


def print_explanation(explanation: Explanation, console: Console) -> None:
    """Print what was read and why for a person."""
    read = Table(title="read, in order", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("ms", "bytes"):
        read.add_column(heading, justify="right")
    for heading in ("result", "what"):
        read.add_column(heading, overflow="fold")
    for step in explanation.steps:
        what = escape(plain(f"{step.by} {step.what}", WHAT_MAX_CHARS))
        read.add_row(f"{step.took_ms:.1f}", str(step.size_bytes), step.result, what)
    why = Table(title="why", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for heading in ("about", "reason"):
        why.add_column(heading, overflow="fold")
    for reason in explanation.reasons:
        why.add_row(escape(reason.about), escape(plain(reason.text, TEXT_MAX_CHARS)))
    console.print("", read, "", why, sep="\n")


def as_document(explanation: Explanation) -> dict[str, list[dict[str, str | int | float]]]:
    """Write the same for a program."""
    return {
        "read": [
            {
                "by": step.by,
                "what": plain(step.what, TEXT_MAX_CHARS),
                "result": step.result,
                "bytes": step.size_bytes,
                "ms": round(step.took_ms, 1),
            }
            for step in explanation.steps
        ],
        "why": [
            {"about": reason.about, "reason": plain(reason.text, TEXT_MAX_CHARS)}
            for reason in explanation.reasons
        ],
    }
