"""The product's rules: is this build the one that the tag should hold?

`judge` takes everything as arguments and does no I/O. `RULES` is the table; each row looks at one
case and returns its finding, or None. What an image fails to say of itself (`unidentified`,
`mixed-build`, `conflicting-claims`) is found by `evidence`, what is wrong with signatures by
`signing`, what needs no judging by `settled`, and what could not be found out by whoever asked.
"""

from collections.abc import Callable
from dataclasses import replace

from watchdog.core.case import STRANGERS, Case, version_order
from watchdog.core.commits import Ancestry
from watchdog.core.evidence import Basis
from watchdog.core.message import plain
from watchdog.core.rule import Require
from watchdog.core.settled import settled
from watchdog.core.verdict import ACCEPTED_BY_RULE, Code, Finding, Outcome, Verdict


def judge(case: Case) -> Verdict:
    """Judge one build. Nothing that is asked of a person or already settled is judged again."""
    if found := settled(case):
        return Verdict((found,))
    note = _note(case)
    findings = tuple(
        replace(finding, detail=finding.detail + note) for rule in RULES if (finding := rule(case))
    )
    reading = case.reading.findings if case.reading else ()
    return Verdict(reading + findings + case.signatures + case.failures)


def unexpected_source(case: Case) -> Finding | None:
    """Evidence names a repository that the policy does not."""
    evidence = case.evidence
    if not evidence or evidence.source in case.rule.sources:
        return None
    if evidence.inherited_by:
        return Finding(
            Code.UNIDENTIFIED,
            f"its labels claim {evidence.source}@{evidence.revision[:12]}, as those of "
            f"{evidence.inherited_by} do: inherited, or that image under this name; pass "
            "`labels:` with source and revision to the build step",
        )
    said = f"built from {evidence.source}, which the policy does not allow"
    if case.place and case.place.lines:
        return Finding(
            Code.UNEXPECTED_SOURCE,
            f"{said}; its commit {evidence.revision[:12]} is on {case.place.lines[0]} of "
            f"{case.rule.sources[0]}: if the repository was renamed, add "
            f"`aliases: [https://{evidence.source}]` to the rule",
        )
    reason = "" if evidence.own else "; the claim may be inherited: it is not shown to be its own"
    if evidence.unread_bases:
        reason += f", and {', '.join(evidence.unread_bases)} could not be read yet"
    return Finding(Code.UNEXPECTED_SOURCE, said + reason, revertible=evidence.own)


def unknown_commit(case: Case) -> Finding | None:
    """The source does not have this commit."""
    evidence = case.evidence
    if not evidence or evidence.source not in case.rule.sources or case.place or _blind(case):
        return None
    return Finding(
        Code.UNKNOWN_COMMIT,
        f"{case.rule.sources[0]} has no commit {evidence.revision[:12]} on any branch or tag",
    )


def off_branch(case: Case) -> Finding | None:
    """The commit exists in the source, on no allowed ref."""
    evidence, place = case.evidence, case.place
    if not evidence or evidence.source not in case.rule.sources or not place or place.lines:
        return None
    elsewhere = plain(", ".join(place.elsewhere))
    where = f"it is on {elsewhere}" if elsewhere else "it is on no ref"
    allowed = ", ".join(map(str, case.rule.refs))
    return Finding(Code.OFF_BRANCH, f"commit {place.revision[:12]} is not on {allowed}; {where}")


def first_seen(case: Case) -> Finding | None:
    """No baseline yet; source and ref pass."""
    if not case.located or case.baseline or case.forsaken or not case.acquits:
        return None
    behind = case.located.behind
    lag = f"; {behind} commits behind {case.located.lines[0]}" if behind else ""
    return Finding(Code.FIRST_SEEN, f"the first build looked at{lag}")


def rewritten_history(case: Case) -> Finding | None:
    """The newest accepted revision has left every allowed ref; this one is on one."""
    if not case.located or not case.forsaken or not case.acquits or not _follows(case):
        return None
    return Finding(
        Code.REWRITTEN_HISTORY,
        f"the history of {case.rule.sources[0]} was rewritten: the last accepted commit is on no "
        "allowed ref any more, this one is",
    )


def rebuild(case: Case) -> Finding | None:
    """Another digest of the baseline's revision."""
    if not _stands(case, Ancestry.IDENTICAL) or case.forsaken:
        return None
    if _rolled_back(case) or put_back(case) or not case.acquits:
        return None
    return Finding(Code.REBUILD, "the same commit, built again")


def newer(case: Case) -> Finding | None:
    """The baseline is an ancestor, or a diverged release of a lower version."""
    if not case.acquits or not case.located or not case.baseline or case.forsaken:
        return None
    if case.baseline.ancestry is Ancestry.AHEAD:
        return Finding(Code.NEWER, f"ahead of {case.baseline.revision[:12]}")
    if case.baseline.ancestry is Ancestry.DIVERGED and version_order(case.located, case.baseline):
        return Finding(Code.NEWER, f"a higher version than {case.baseline.revision[:12]}")
    return None


def older_commit(case: Case) -> Finding | None:
    """A strict ancestor of the baseline."""
    if not case.located or not case.baseline or case.baseline.ancestry is not Ancestry.BEHIND:
        return None
    trusted = case.memory.trusted
    same_code = trusted is not None and trusted.revision == case.located.revision
    taken_back = case.baseline.taken_back
    why = ", whose release was withdrawn or whose branch was reset since" if taken_back else ""
    return Finding(
        Code.OLDER_COMMIT,
        f"commit {case.located.revision[:12]} is older than {case.baseline.revision[:12]}{why}",
        revertible=not same_code
        and not taken_back
        and case.digest not in case.memory.trusted_before
        and not case.is_guess
        and not _trusted_is_older_still(case)
        and not (case.evidence and case.evidence.stale),
    )


def put_back(case: Case) -> Finding | None:
    """Not newer, but this very digest was trusted before: a person's hand, perhaps.

    On another line than what was accepted last it may be the newest there, and yet be put back.
    """
    newest = [entry.revision for entry in case.memory.accepted[:1]]
    beside = _stands(case, Ancestry.IDENTICAL) and not case.forsaken
    returned = beside and case.located and newest and newest != [case.located.revision]
    if case.digest not in case.memory.trusted_before or not (returned or older_commit(case)):
        return None
    return Finding(Code.PUT_BACK, "this very image was trusted before; somebody put it back")


def rolled_back(case: Case) -> Finding | None:
    """The revision that a person rolled back from has returned."""
    if not _rolled_back(case):
        return None
    return Finding(Code.ROLLED_BACK, "a person rolled back from this commit, and it has returned")


def older_release(case: Case) -> Finding | None:
    """Both exactly at version tags, diverged in git, and this version is the lower one."""
    if not _stands(case, Ancestry.DIVERGED) or _order(case) is not False:
        return None
    return Finding(
        Code.OLDER_RELEASE,
        "a lower version than the release that the tag had; a back-port took the tag",
    )


def diverged(case: Case) -> Finding | None:
    """On an allowed ref, neither older nor newer, not decided by version."""
    if not _stands(case, Ancestry.DIVERGED) or not case.baseline:
        return None
    if case.forsaken or _order(case) is not None:
        return None
    return Finding(Code.DIVERGED, f"neither older nor newer than {case.baseline.revision[:12]}")


def unrelated_history(case: Case) -> Finding | None:
    """There is no merge base with the baseline, or with what was accepted before a force-push."""
    against = (case.baseline.ancestry, case.forsaken) if case.baseline else (case.forsaken,)
    if not case.located:
        return None
    if Ancestry.UNRELATED in against:
        why = "shares no history with the last accepted one: was the repository replaced?"
    elif against[0] is Ancestry.UNKNOWN:
        why = "cannot be ordered: the last accepted one is not in the source any more"
    else:
        return None
    return Finding(Code.UNRELATED_HISTORY, f"commit {case.located.revision[:12]} {why}")


def too_weak(case: Case) -> Finding | None:
    """The policy asks for stronger evidence; what is weaker may accuse, but never acquit.

    Where it asks for signatures, those that were found, or not, speak for themselves.
    """
    if not case.located or case.acquits or case.rule.require is not Require.BUILDKIT:
        return None
    basis = case.evidence.basis if case.evidence else ""
    return Finding(
        Code.UNIDENTIFIED,
        f"the policy requires BuildKit's provenance, and this build is known by its {basis} only: "
        "build with `provenance: true`, or lower `require`",
    )


RULES: tuple[Callable[[Case], Finding | None], ...] = (
    unexpected_source,
    unknown_commit,
    off_branch,
    first_seen,
    rewritten_history,
    rebuild,
    newer,
    older_commit,
    put_back,
    rolled_back,
    older_release,
    diverged,
    unrelated_history,
    too_weak,
)


def _blind(case: Case) -> bool:
    """Whether something could not be found out."""
    return any(finding.outcome is Outcome.INCONCLUSIVE for finding in case.failures)


def _trusted_is_older_still(case: Case) -> bool:
    """Whether a newer build than the trusted one came and went: to put that back is a step back."""
    trusted, newest = case.memory.trusted, case.memory.accepted[:1]
    if not trusted or trusted.code not in ACCEPTED_BY_RULE:
        return False
    return any(one.revision != trusted.revision and one.at > trusted.accepted_at for one in newest)


def _note(case: Case) -> str:
    """Say how the commit is known, where that is not plain."""
    evidence = case.evidence
    if not evidence or not case.is_guess:
        return ""
    if evidence.basis is Basis.TAG:
        return f" (known by the tag {evidence.written} that holds the same image)"
    return f" (completed from the short id {evidence.written})"


def _follows(case: Case) -> bool:
    """Whether, after a force-push, the build is not older than what remains of the accepted.

    A commit that has vanished for good orders nothing; what remains of the accepted does.
    """
    if case.forsaken is Ancestry.UNRELATED:
        return False
    if not case.baseline:
        return case.forsaken is not Ancestry.UNKNOWN
    if case.baseline.ancestry in STRANGERS | {Ancestry.BEHIND}:
        return False
    return not (case.baseline.ancestry is Ancestry.DIVERGED and _order(case) is False)


def _stands(case: Case, ancestry: Ancestry) -> bool:
    """Whether the build is located, and against the baseline it is `ancestry`."""
    return bool(case.located and case.baseline and case.baseline.ancestry is ancestry)


def _rolled_back(case: Case) -> bool:
    return bool(case.located and case.located.revision in case.memory.rolled_back)


def _order(case: Case) -> bool | None:
    """By version: this one is higher, lower, or that is not decided."""
    return version_order(case.located, case.baseline) if case.located and case.baseline else None
