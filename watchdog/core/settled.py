"""What needs no judging: the trusted build itself, and what a person has decided."""

from watchdog.core.case import Case
from watchdog.core.message import plain
from watchdog.core.verdict import Code, Finding


def settled(case: Case) -> Finding | None:
    """Say what settles a case before any rule is asked, if anything does."""
    return unchanged(case) or approved(case) or restored(case)


def unchanged(case: Case) -> Finding | None:
    """The digest is the trusted one, and the policy is the one it was accepted under."""
    trusted = case.memory.trusted
    if not trusted or (trusted.digest, trusted.policy) != (case.digest, case.rule.fingerprint):
        return None
    return Finding(Code.UNCHANGED, f"still the build accepted as {trusted.code}")


def approved(case: Case) -> Finding | None:
    """A person or the pipeline approved this very digest."""
    if not case.approval:
        return None
    return Finding(Code.APPROVED, plain(f"approved by {case.approval.by}: {case.approval.reason}"))


def restored(case: Case) -> Finding | None:
    """A person restored, through the registry, a digest that was trusted before."""
    if not case.restored or case.digest not in case.memory.trusted_before:
        return None
    return Finding(
        Code.RESTORED,
        "somebody restored this build in the registry's tag history; it was trusted before, and "
        "is again until something newer is pushed",
    )
