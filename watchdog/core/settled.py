"""What needs no judging: the trusted build itself, and what a person has decided."""

from watchdog.core.case import Case
from watchdog.core.message import plain
from watchdog.core.verdict import Code, Finding


def settled(case: Case) -> Finding | None:
    """Say what settles a case before any rule is asked, if anything does."""
    return disapproved(case) or unchanged(case) or approved(case) or restored(case)


def disapproved(case: Case) -> Finding | None:
    """A person said that this build is never right."""
    found = case.rejection
    if not found:
        return None
    what = "this image" if found.digest else "every build of this commit"
    said = plain(f"{found.by} rejected {what}: {found.reason}")
    # A commit that is only a guess, or an inherited claim, rejects; it is no reason to write.
    sure = found.digest is not None or not (
        case.is_guess or (case.evidence and case.evidence.stale)
    )
    return Finding(Code.DISAPPROVED, said, revertible=sure)


def unchanged(case: Case) -> Finding | None:
    """The digest is the trusted one, and the policy is the one it was accepted under."""
    trusted = case.memory.trusted
    if case.rejection:
        return None
    if not trusted or (trusted.digest, trusted.policy) != (case.digest, case.rule.fingerprint):
        return None
    return Finding(Code.UNCHANGED, f"still the build accepted as {trusted.code}")


def approved(case: Case) -> Finding | None:
    """A person or the pipeline approved this digest, or a build of this commit."""
    found = case.approval
    if not found:
        return None
    beforehand = " beforehand, for once," if found.once else ""
    return Finding(Code.APPROVED, plain(f"approved{beforehand} by {found.by}: {found.reason}"))


def restored(case: Case) -> Finding | None:
    """A person restored, through the registry, a digest that was trusted before."""
    if not case.restored or case.digest not in case.memory.trusted_before:
        return None
    return Finding(
        Code.RESTORED,
        "somebody restored this build in the registry's tag history; it was trusted before, and "
        "is again until something newer is pushed",
    )
