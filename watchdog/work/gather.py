"""Evidence that has to be fetched, or completed: referrers, signatures, tags that name a commit.

Each is asked for only where it can change the verdict: a build whose own labels suffice costs no
request beyond the look itself.
"""

import logging
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from watchdog.core.case import Case
from watchdog.core.commits import Revision
from watchdog.core.evidence import Basis, Evidence, Reading, named_by_tag, worth_asking
from watchdog.core.message import plain
from watchdog.core.observation import Observation, Signatures
from watchdog.core.reference import Digest, Tag
from watchdog.core.rule import Require, Rule
from watchdog.core.signing import Examined, Kind, SignedClaim, Standing, Weighed, weigh
from watchdog.core.verdict import Code, Finding
from watchdog.errors import RemoteError, WatchdogError
from watchdog.history.mirror import Mirror
from watchdog.registry.quay.written_tags import living_tags
from watchdog.work.tools import Tools

logger = logging.getLogger(__name__)

# Of a repository's tags that look like commits, so many are held against git.
COMMIT_TAGS_MAX = 100
LEGACY = (
    "it has a signature in cosign's former layout (`.sig`, `.att`), which is not read: sign with "
    "cosign 3, or with actions/attest-build-provenance and `push-to-registry: true`"
)


def with_provenance(tools: Tools, case: Case, observation: Observation) -> Observation:
    """Add BuildKit's provenance that only refers to the build, where it can change the verdict.

    It is asked for where the policy requires it and the index has none; and, where labels suffice,
    if they make no usable claim, none that is shown to be the image's own, or accuse it (see
    `core.evidence.worth_asking`). So the builds that most people push, with labels of their own or
    with provenance in the index, cost no request more. An approved build needs no claim.

    Raises as the registry does where it may answer another time, and without its answer the build
    would be rejected for want of a claim, or for another's. If it refuses for good, or the labels
    name the policy's source anyway, they are judged as they are.
    """
    if case.approval or not case.reading or observation.referrers_read:
        return observation
    images = worth_asking(observation, case.reading, case.rule)
    if not images:
        return observation
    try:
        return tools.registry.with_attached(observation, images)
    except WatchdogError as error:
        if error.retryable and not _names_the_source(case):
            raise
        logger.warning("Could not ask what refers to the image of %s: %s", observation.tag, error)
        remark = plain(f"what refers to it could not be asked for: {error}")
        return replace(observation, remarks=(*observation.remarks, remark))


def _names_the_source(case: Case) -> bool:
    """Tell whether labels, where they suffice, name a source that the policy allows."""
    labels_suffice = case.rule.require is Require.LABELS
    return labels_suffice and bool(case.evidence and case.evidence.source in case.rule.sources)


def with_signatures(tools: Tools, case: Case, tag: Tag) -> Case:
    """Add what is signed about a build, where the policy asks for it; raises as the registry does.

    Signing comes after the push: for as long as the rule grants, what is found wrong, or not at
    all, is only not known yet.
    """
    if case.rule.require is not Require.SIGNED:
        return case
    weighed = weigh(
        case.rule.signing, case.rule.sources, examined(tools, case.rule, tag, case.digest)
    )
    if weighed.standing is Standing.MATCHED:
        return replace(case, reading=_signed(weighed))
    now = case.now or tools.records.now()
    since = case.memory.since if case.memory.digest == case.digest and case.memory.since else now
    until = since + case.rule.signed_within
    if now < until:
        words = "no attestation of this build satisfies the policy yet; it is looked for until "
        finding = Finding(Code.UNVERIFIABLE, f"{words}{until:%H:%M:%S} UTC{_why(weighed)}")
        return replace(case, reading=_accusing(case.reading), signatures=(finding,))
    if weighed.standing is Standing.FOREIGN:
        reading = Reading(_evidence(weighed.claims[0]))
        return replace(case, reading=reading, signatures=weighed.findings)
    return replace(case, signatures=weighed.findings)


def _accusing(reading: Reading | None) -> Reading | None:
    """Keep what labels accuse a build of; that they say nothing is no fault where they need not."""
    if not reading or reading.evidence:
        return reading
    accused = any(finding.code is not Code.UNIDENTIFIED for finding in reading.findings)
    return reading if accused else None


def examined(tools: Tools, rule: Rule, tag: Tag, digest: Digest) -> tuple[Examined, ...]:
    """Find and verify all that is signed about a digest; raises as the registry does.

    The forge is asked only where the registry's own attestations do not satisfy the policy: it
    answers strangers but a few times an hour.
    """
    signatures = tools.registry.signatures(tag, digest)
    results = tuple(tools.verifier.examine(bundle, digest) for bundle in signatures.bundles)
    if weigh(rule.signing, rule.sources, results).standing is not Standing.MATCHED:
        results += _of_the_forge(tools, rule, digest)
    legacy = (Examined(Kind.UNVERIFIABLE, LEGACY),) if signatures.legacy else ()
    return results + _left_out(signatures) + legacy


def _of_the_forge(tools: Tools, rule: Rule, digest: Digest) -> tuple[Examined, ...]:
    """Verify what the source's forge keeps; one that does not answer leaves a question open."""
    try:
        found = tools.attestations(rule.sources[0], digest)
    except WatchdogError as error:
        reason = f"the forge's own attestations could not be asked for: {error}"
        return (Examined(Kind.UNVERIFIABLE, reason),)
    results = tuple(tools.verifier.examine(bundle, digest) for bundle in found.bundles)
    return results + _left_out(found)


def _left_out(signatures: Signatures) -> tuple[Examined, ...]:
    return tuple(Examined(Kind.UNVERIFIABLE, remark) for remark in signatures.remarks)


def completed(case: Case, mirror: Mirror) -> Case:
    """Let git complete a short commit id; one that names no single allowed commit is no claim."""
    evidence = case.evidence
    if not evidence or evidence.is_full or evidence.source not in case.rule.sources:
        return case
    revision = mirror.complete(evidence.revision, case.rule.refs)
    if revision:
        written = evidence.written or evidence.revision
        return replace(case, reading=Reading(replace(evidence, revision=revision, written=written)))
    detail = (
        f"the commit id {evidence.revision} is short and names no single commit of "
        f"{case.rule.sources[0]} on {', '.join(map(str, case.rule.refs))}: label with the whole id"
    )
    return replace(case, reading=Reading(None, (Finding(Code.UNIDENTIFIED, detail),)))


def with_tag_name(tools: Tools, case: Case, tag: Tag, mirror: Mirror) -> Case:
    """Know an unlabelled build by a tag that holds the very same digest and names a commit.

    Only commits on an allowed ref are believed, the newest first. A registry that does not answer
    leaves the build what it is: unlabelled.
    """
    if not case.reading or not case.reading.unlabelled or case.rule.require is not Require.LABELS:
        return case
    try:
        holding = _listed_as_holding(tools, tag, case.digest)
        names = tools.registry.tags(tag.repository) if holding is None else holding
        newest = _newest_first((name for name in names if name != tag.name), case, mirror)
        written = [claim.written for claim in newest]
        if written and holding is None:
            holding = tools.registry.tags_holding(tag, case.digest, written)
    except RemoteError as error:
        logger.warning("Could not ask which tags hold the image of %s: %s", tag, error)
        return case
    known = next((claim for claim in newest if claim.written in (holding or ())), None)
    return replace(case, reading=Reading(known)) if known else case


def _listed_as_holding(tools: Tools, tag: Tag, digest: Digest) -> tuple[str, ...] | None:
    """Name the tags that a Quay lists with this digest; None where each must be asked for it.

    A HEAD of each would be a pull in the usage log. Raises a retryable RemoteError.
    """
    if not tools.policy.is_quay(tag.repository):
        return None
    try:
        living = living_tags(tools.quay, tag.repository)
    except WatchdogError as error:
        if error.retryable:
            raise
        return None
    return tuple(one.tag.name for one in living if one.digest == digest)


def _newest_first(names: Iterable[str], case: Case, mirror: Mirror) -> list[Evidence]:
    """List the commits that tags are named for and that stand on an allowed ref."""
    claims = filter(None, (named_by_tag(name, case.rule.sources[0]) for name in names))
    found = [
        pair for claim in islice(claims, COMMIT_TAGS_MAX) for pair in _placed(claim, case, mirror)
    ]
    return [claim for _, claim in sorted(found, key=lambda pair: pair[0])]


def _placed(evidence: Evidence, case: Case, mirror: Mirror) -> list[tuple[int, Evidence]]:
    revision = mirror.complete(evidence.revision, case.rule.refs)
    place = mirror.place(revision, case.rule.refs) if revision else None
    return [(place.behind, replace(evidence, revision=place.revision))] if place else []


def _signed(weighed: Weighed) -> Reading:
    """Take the one claim that satisfies the policy; several commits of one digest conflict."""
    if len(weighed.claims) == 1:
        return Reading(_evidence(weighed.claims[0]))
    said = ", ".join(claim.revision[:12] for claim in weighed.claims)
    detail = f"it is signed for several commits, all of which the policy allows: {said}"
    return Reading(None, (Finding(Code.CONFLICTING_CLAIMS, detail),))


def _evidence(claim: SignedClaim) -> Evidence:
    return Evidence(Basis.SIGNED, claim.source, Revision(claim.revision), own=True)


def _why(weighed: Weighed) -> str:
    """Say what is wrong so far, if anything but that nothing is there."""
    if weighed.standing is Standing.ABSENT or not weighed.findings:
        return ""
    return f"; so far: {weighed.findings[0].detail}"
