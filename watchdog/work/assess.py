"""One build judged: what the tag holds, what git says of it, what follows from both.

Writes nothing: `examine` records the verdict, `watchdog check` prints it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from watchdog.core.case import NO_DECISIONS, Baseline, Case, choose_baseline
from watchdog.core.commits import TAGS_LINE, Ancestry, Place
from watchdog.core.decisions import Decisions, rejection_of_trusted
from watchdog.core.doubt import with_doubt
from watchdog.core.evidence import Reading, read_evidence
from watchdog.core.incident import follow
from watchdog.core.inheritance import KnownImage, possible_bases
from watchdog.core.judge import judge
from watchdog.core.memory import TagMemory
from watchdog.core.observation import Observation
from watchdog.core.reference import Digest, Tag
from watchdog.core.rule import Rule
from watchdog.core.settled import unchanged
from watchdog.core.tag_history import Held
from watchdog.core.telling import Followed
from watchdog.core.trust import remember, trusted_digests
from watchdog.core.verdict import Code, Finding, Verdict
from watchdog.core.version import higher
from watchdog.errors import RemoteError
from watchdog.history.mirror import Mirror
from watchdog.work.gather import completed, with_provenance, with_signatures, with_tag_name
from watchdog.work.tools import Tools

# `newer` may be said on refs of this age, in seconds: a force-push since then is not yet seen.
REFS_MAX_AGE_S = 60.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with the case it was reached on; `observation` is None where none was needed."""

    case: Case
    verdict: Verdict
    observation: Observation | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows besides the tag: the other images."""

    images: tuple[KnownImage, ...] = ()
    bases: frozenset[Tag] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """The tag that is asked about, under its rule, with what is known of it; `now` the store's.

    `decisions` are what people decided about its builds. `held` is what the registry's own
    history says that it holds.
    """

    tag: Tag
    rule: Rule
    memory: TagMemory
    now: datetime | None = None
    held: Held | None = None
    decisions: Decisions = NO_DECISIONS


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tag holds now; the trusted build, which is known, is not read again."""

    digest: Digest
    observation: Observation | None = None


def judge_tag(tools: Tools, asked: Asked, *, whole: bool) -> Judged:
    """See what a tag holds now, as `see` does, and judge it.

    Raises what the registry client raises, and StoreError.
    """
    return judge_seen(tools, asked, see(tools, asked, whole=whole))


def see(tools: Tools, asked: Asked, *, whole: bool) -> Seen:
    """Find out what the tag holds, and read it unless it is the trusted digest.

    With `whole` the manifest is read at once; otherwise only if the tag does not hold the trusted
    digest any more, which costs one small request, or none where `held` says so already.
    """
    tag, trusted, held = asked.tag, asked.memory.trusted, asked.held
    if held and trusted and trusted.digest == held.digest and not whole:
        return Seen(held.digest)
    if held:
        observation = _observe(tools, tag, held)
    elif whole or not trusted:
        observation = tools.registry.observe(tag)
    else:
        found = tools.registry.observe_unless(tag, trusted.digest)
        return Seen(found.digest, found) if found else Seen(trusted.digest)
    return Seen(observation.digest, observation)


def judge_seen(tools: Tools, asked: Asked, seen: Seen) -> Judged:
    """Judge what a tag was seen to hold; raises what the registry client raises, and StoreError."""
    held = asked.held
    restored = held is not None and held.restored and held.digest == seen.digest
    case = Case(
        asked.rule,
        asked.memory,
        seen.digest,
        asked.now,
        decisions=asked.decisions,
        restored=restored,
    )
    if settled := unchanged(case):
        return Judged(case, Verdict((settled,)), seen.observation)
    return judge_observation(tools, case, seen.observation or _observe(tools, asked.tag, held))


def judge_observation(
    tools: Tools, case: Case, observation: Observation, known: Known | None = None
) -> Judged:
    """Judge what was observed, on refs fetched since then wherever the verdict is not `newer`.

    The store is asked what it knows of the build unless that is given.
    """
    observed_at = time.monotonic()
    known = known or _ask_store(tools, observation, case.memory)
    case = replace(
        case,
        digest=observation.digest,
        reading=_read(tools, observation, case.rule, known),
    )
    attached = with_provenance(tools, case, observation)
    if attached.attestations != observation.attestations:
        case = replace(case, reading=_read(tools, attached, case.rule, known))
    case = with_signatures(tools, case, observation.tag)
    by_name = case.reading is not None and case.reading.unlabelled
    located = case
    for refs_after in (
        (observed_at - REFS_MAX_AGE_S, observed_at) if case.evidence or by_name else ()
    ):
        located = _locate(tools, case, observation.tag, refs_after)
        if judge(located).codes == (Code.NEWER,):
            break
    return Judged(located, judge(located), attached)


def _ask_store(tools: Tools, observation: Observation, memory: TagMemory) -> Known:
    records, tag = tools.records, observation.tag
    return Known(
        possible_bases(records.relatives(observation), tag, trusted_digests(memory)),
        records.bases(),
    )


def _read(tools: Tools, observation: Observation, rule: Rule, known: Known) -> Reading:
    """Read the evidence; a foreign claim is not the image's own while a base was never read."""
    reading = read_evidence(observation, known.images, rule.sources)
    evidence = reading.evidence
    if not evidence or not evidence.own or evidence.source in rule.sources:
        return reading
    unread = tuple(str(base) for base in tools.policy.bases if base not in known.bases)
    return Reading(replace(evidence, own=False, unread_bases=unread)) if unread else reading


def target_stands(tools: Tools, rule: Rule, memory: TagMemory, decisions: Decisions) -> bool:
    """Tell whether the trusted build would be accepted today, by the refs as last fetched.

    A source that cannot be asked does not vouch for it, and neither does what a person rejected.
    """
    trusted = memory.trusted
    if not trusted or rejection_of_trusted(decisions, rule, memory):
        return False
    if trusted.code is Code.APPROVED:
        return True
    if trusted.policy != rule.fingerprint or not trusted.revision:
        return False
    try:
        place = tools.mirrors.mirror(rule.url).place(trusted.revision, rule.refs)
    except RemoteError:
        return False
    return place is not None and bool(place.lines)


def take_in(
    rule: Rule, before: TagMemory, judged: Judged, now: datetime, *, silenced: bool = False
) -> Followed:
    """Take a verdict into the memory of its tag, with the incident and what is to be told."""
    after = remember(judged.case, judged.verdict, now)
    return follow(before, with_doubt(before, after, now), rule, now, silenced=silenced)


def _observe(tools: Tools, tag: Tag, held: Held | None) -> Observation:
    """Read what a tag holds: by the digest of its history where it has one, which is no pull."""
    observation = readable_digest(tools, tag, held.digest) if held else None
    return observation or tools.registry.observe(tag)


def readable_digest(tools: Tools, tag: Tag, digest: Digest) -> Observation | None:
    """Observe a digest that the registry says the tag held; None where it cannot be read."""
    try:
        return tools.registry.observe(tag, digest, kept=True)
    except RemoteError as error:
        if error.retryable:
            raise
        return None


def _locate(tools: Tools, case: Case, tag: Tag, refs_after: float) -> Case:
    """Add where the revision stands; a source that cannot be asked becomes a finding."""
    mirror = tools.mirrors.mirror(case.rule.url)
    try:
        mirror.refresh(after=refs_after)
        return _placed(with_tag_name(tools, completed(case, mirror), tag, mirror), mirror)
    except RemoteError as error:
        finding = Finding(Code.SOURCE_UNREACHABLE, str(error))
        return replace(case, failures=(*case.failures, finding))


def _placed(case: Case, mirror: Mirror) -> Case:
    evidence, rule = case.evidence, case.rule
    if not evidence or not evidence.is_full:
        return case
    case = replace(case, place=mirror.place(evidence.revision, rule.refs))
    place = case.located
    if not place:
        return case
    forsaken = _forsaken(place, case, mirror)
    baseline = choose_baseline(place, _candidates(place, case, mirror))
    if not baseline and not forsaken:
        baseline = _fallback(place, case, mirror)
        if baseline and baseline.left_behind:
            return replace(case, forsaken=baseline.ancestry)
    return replace(case, baseline=baseline, forsaken=forsaken)


def _forsaken(place: Place, case: Case, mirror: Mirror) -> Ancestry | None:
    """Compare with the newest accepted revision, if that has left every allowed ref."""
    if not case.memory.accepted:
        return None
    newest = case.memory.accepted[0].revision
    stands = mirror.place(newest, case.rule.refs)
    return None if stands and stands.lines else mirror.ancestry(place.revision, newest)


def _candidates(place: Place, case: Case, mirror: Mirror) -> Iterator[Baseline]:
    """Yield the accepted revisions that share a line with this one, newest first."""
    for accepted in case.memory.accepted:
        stands = mirror.place(accepted.revision, case.rule.refs)
        if stands and accepted is case.memory.accepted[0]:
            stands = _as_release(place, stands, case.rule, mirror)
        if stands and set(stands.lines) & set(place.lines):
            ancestry = mirror.ancestry(place.revision, accepted.revision)
            yield Baseline(accepted.revision, ancestry, stands, accepted)


def _as_release(place: Place, newest: Place, rule: Rule, mirror: Mirror) -> Place:
    """Take what the tag has by now, a build of a branch, as the highest release that it contains.

    Only against a lower release that stands beside it: a back-port must not take the tag from it.
    """
    if newest.versions or not place.versions:
        return newest
    if mirror.ancestry(place.revision, newest.revision) is not Ancestry.DIVERGED:
        return newest
    within = mirror.releases(newest.revision, rule.refs)
    if not higher(within, place.versions):
        return newest
    lines = tuple(dict.fromkeys((*newest.lines, TAGS_LINE)))
    return replace(newest, lines=lines, versions=within)


def _fallback(place: Place, case: Case, mirror: Mirror) -> Baseline | None:
    """Take the trusted build's revision, or the newest accepted one, if it is on an allowed ref."""
    trusted, accepted = case.memory.trusted, case.memory.accepted
    revisions = (trusted.revision if trusted else None, accepted[0].revision if accepted else None)
    for revision in filter(None, revisions):
        stands = mirror.place(revision, case.rule.refs)
        if stands and stands.lines:
            then = next((entry for entry in accepted if entry.revision == revision), None)
            return Baseline(revision, mirror.ancestry(place.revision, revision), stands, then)
    return None
