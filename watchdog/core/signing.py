"""What signed attestations of an image prove, held against what the policy asks of them.

Whether a signature is genuine is the work of `provenance`; where attestations are found, that of
`registry`. All that a claim says stands in the signer's certificate: a certificate authority wrote
it there from the CI's own token. It says which workflow, at which commit, signed this digest.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from watchdog.core.commits import Revision
from watchdog.core.message import plain
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.core.verdict import Code, Finding

GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
# Not `pull_request_target` and `workflow_run`: they run with the base branch's commit in the
# certificate, while what they build may be a stranger's.
SAFE_TRIGGERS = ("push", "schedule", "workflow_dispatch", "repository_dispatch", "release")
REASONS_MAX = 3
VALUE_MAX_CHARS = 160
_WORKFLOW_URI = re.compile(r"https://(?P<path>.+?)(?:@(?:refs/.+|[0-9a-f]{40}|[0-9a-f]{64}))?")
_GLOB = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


@dataclass(frozen=True, slots=True)
class SigningRule:
    """What the policy asks of the signer, beside the source.

    `refs` are globs over full refs (`*` and `?` do not cross `/`, `**` does); empty: git's answer
    decides alone. `workflows` are paths in the repository; empty: any workflow of the source.
    """

    issuer: str = GITHUB_ISSUER
    repository_id: str | None = None
    refs: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    triggers: tuple[str, ...] = SAFE_TRIGGERS


@dataclass(frozen=True, slots=True)
class SignedClaim:
    """What a verified certificate says; text is "" where it says nothing.

    `workflow` is the URI of the top-level workflow with its ref, `run` that of the very run.
    `built` is the source that the signed payload says was built, where it names another one.
    """

    issuer: str
    source: Source
    revision: Revision
    ref: str
    workflow: str
    trigger: str
    repository_id: str
    run: str
    subject: Digest
    built: Source | None = None


class Kind(StrEnum):
    """What became of one attestation."""

    VERIFIED = "verified"
    BAD = "bad"
    UNVERIFIABLE = "unverifiable"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Examined:
    """One attestation's result: the claim if it is `verified`, and in any case the reason.

    `bad`: altered, forged, or about something else than it lies beside. `unverifiable`: cannot be
    checked, with what to change. `other`: no statement of a build, an SBOM for example.
    """

    kind: Kind
    reason: str
    claim: SignedClaim | None = None


class Standing(StrEnum):
    """How an image's attestations together stand to the policy.

    Signing comes after the push: all but `matched` may be mended by an attestation that is still to
    come, and only `matched` stays as it is whatever else is found.
    """

    MATCHED = "matched"
    MISMATCHED = "mismatched"
    FOREIGN = "foreign"
    BAD = "bad"
    UNVERIFIABLE = "unverifiable"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Weighed:
    """What all attestations of one image come to.

    `claims` differ in source or revision: those that match the policy, or else those of its own
    sources (`mismatched`), or those that accuse another one (`foreign`; what that means is
    `judge`'s to say, as of any evidence). `findings` say what is wrong with the signatures.
    """

    standing: Standing
    claims: tuple[SignedClaim, ...]
    findings: tuple[Finding, ...]


def mismatch(rule: SigningRule, claim: SignedClaim, sources: tuple[Source, ...]) -> str | None:
    """Say why a verified claim does not satisfy the policy; None if it does."""
    if claim.issuer != rule.issuer:
        return (
            f"it is signed through {_said(claim.issuer)}, and the policy trusts {rule.issuer} "
            "alone: if that issuer is yours, name it as `issuer:`"
        )
    reasons = [reason for check in _CHECKS if (reason := check(rule, claim, sources))]
    return "; ".join(reasons) or None


def weigh(
    rule: SigningRule, sources: tuple[Source, ...], examined: tuple[Examined, ...]
) -> Weighed:
    """Weigh all attestations of an image: one that matches the policy suffices."""
    held = [(one.claim, mismatch(rule, one.claim, sources)) for one in examined if one.claim]
    if matching := _distinct([claim for claim, reason in held if not reason]):
        return Weighed(Standing.MATCHED, matching, ())
    foreign = [claim for claim, _ in held if _accuses(rule, claim, sources)]
    unfit = [(claim, reason) for claim, reason in held if reason and claim not in foreign]
    bad = [one.reason for one in examined if one.kind is Kind.BAD]
    open_questions = [one.reason for one in examined if one.kind is Kind.UNVERIFIABLE]
    findings = (
        *_finding(Code.BAD_SIGNATURE, "signed, but not as the policy asks", [r for _, r in unfit]),
        *_finding(Code.BAD_SIGNATURE, "an attestation is not good", bad),
        *_finding(Code.UNVERIFIABLE, "an attestation cannot be verified", open_questions),
    )
    if unfit:
        own = [claim for claim, _ in unfit if claim.issuer == rule.issuer]
        return Weighed(Standing.MISMATCHED, _distinct(own), findings)
    if foreign:
        return Weighed(Standing.FOREIGN, _distinct(foreign), findings)
    if bad:
        return Weighed(Standing.BAD, (), findings)
    if open_questions:
        return Weighed(Standing.UNVERIFIABLE, (), findings)
    return Weighed(Standing.ABSENT, (), (_unsigned(examined),))


def _accuses(rule: SigningRule, claim: SignedClaim, sources: tuple[Source, ...]) -> bool:
    """Tell whether the trusted issuer says that another repository signed this image.

    What an issuer says that the policy does not trust accuses nobody. A repository with the pinned
    id is the same one under another name.
    """
    renamed = claim.repository_id == rule.repository_id
    return claim.issuer == rule.issuer and claim.source not in sources and not renamed


# Put back only where the rule's `revert_on` names them, which by default it does not.
def _unsigned(examined: tuple[Examined, ...]) -> Finding:
    """Say that nothing was found, and what was passed over."""
    passed = "".join(
        f"; passed over: {reason}"
        for reason in dict.fromkeys(one.reason for one in examined[:REASONS_MAX])
    )
    detail = (
        "no signed provenance of this image was found: let the build end with "
        f"actions/attest-build-provenance and `push-to-registry: true`{passed}"
    )
    return Finding(Code.UNSIGNED, detail, revertible=True)


def _finding(code: Code, what: str, reasons: list[str]) -> tuple[Finding, ...]:
    """Make one finding of all reasons, if there are any; the first few are told."""
    told = tuple(dict.fromkeys(reasons))
    if not told:
        return ()
    more = f"; and {len(told) - REASONS_MAX} more" if len(told) > REASONS_MAX else ""
    detail = f"{what}: {'; '.join(told[:REASONS_MAX])}{more}"
    return (Finding(code, detail, revertible=code is Code.BAD_SIGNATURE),)


def _distinct(claims: list[SignedClaim]) -> tuple[SignedClaim, ...]:
    """Keep the first claim of each source and revision."""
    found: dict[tuple[Source, Revision], SignedClaim] = {}
    for claim in claims:
        found.setdefault((claim.source, claim.revision), claim)
    return tuple(found.values())


def _said(text: str) -> str:
    return plain(text, VALUE_MAX_CHARS) or "nothing"


def _source(rule: SigningRule, claim: SignedClaim, sources: tuple[Source, ...]) -> str | None:
    if claim.source in sources:
        return None
    if claim.repository_id == rule.repository_id:
        return (
            f"the repository with the id {rule.repository_id} is called {claim.source} now: add "
            f"`aliases: [https://{claim.source}]` to the rule"
        )
    return f"it is signed by {claim.source}, which the policy does not allow"


def _repository_id(rule: SigningRule, claim: SignedClaim, _: tuple[Source, ...]) -> str | None:
    if rule.repository_id in (None, claim.repository_id):
        return None
    return (
        f"the repository has the id {_said(claim.repository_id)}, and the policy wants "
        f"{rule.repository_id}: it was recreated under its old name, or `repository_id:` is wrong"
    )


def _ref(rule: SigningRule, claim: SignedClaim, _: tuple[Source, ...]) -> str | None:
    if not rule.refs or any(_ref_matches(glob, claim.ref) for glob in rule.refs):
        return None
    allowed = ", ".join(rule.refs)
    return f"the build ran on {_said(claim.ref)}, and the policy allows {allowed}"


def _workflow(rule: SigningRule, claim: SignedClaim, _: tuple[Source, ...]) -> str | None:
    """Compare the top-level workflow: of the signing repository itself, and named if any is.

    An organisation can require workflows of another repository: those carry this one's commit, too.
    """
    uri = _WORKFLOW_URI.fullmatch(claim.workflow)
    address, prefix = (uri["path"] if uri else ""), f"{claim.source}/"
    if not address.lower().startswith(prefix):
        return f"the workflow is {_said(claim.workflow)}, which is not of {claim.source}"
    path = address[len(prefix) :].lstrip("/")
    if rule.workflows and path not in rule.workflows:
        allowed = ", ".join(rule.workflows)
        return f"the workflow is {_said(path)}, and the policy allows {allowed} (`workflows:`)"
    return None


def _trigger(rule: SigningRule, claim: SignedClaim, _: tuple[Source, ...]) -> str | None:
    if claim.trigger in rule.triggers:
        return None
    allowed = ", ".join(rule.triggers)
    said = _said(claim.trigger)
    return f"the build was started by {said}, and the policy allows {allowed} (`triggers:`)"


def _built(_: SigningRule, claim: SignedClaim, sources: tuple[Source, ...]) -> str | None:
    if claim.built is None or claim.built in sources:
        return None
    return f"its provenance says that {claim.built} was built, which the policy does not allow"


_CHECKS: tuple[Callable[[SigningRule, SignedClaim, tuple[Source, ...]], str | None], ...] = (
    _source,
    _repository_id,
    _ref,
    _workflow,
    _trigger,
    _built,
)


def _ref_matches(glob: str, ref: str) -> bool:
    parts = re.split(r"(\*\*|\*|\?)", glob)
    return bool(re.fullmatch("".join(_GLOB.get(part) or re.escape(part) for part in parts), ref))
