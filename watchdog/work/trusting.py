"""Making a build the trusted one on a person's word: read by its digest, whatever the tag holds."""

from dataclasses import dataclass

from watchdog.core.case import Case
from watchdog.core.inheritance import known_images
from watchdog.core.memory import Move, TagMemory, TrustedBuild
from watchdog.core.observation import Observation
from watchdog.core.order import rejected_words
from watchdog.core.reference import Digest
from watchdog.core.trust import trust, trust_unread
from watchdog.core.verdict import Code
from watchdog.errors import RefusedError, RemoteError, StoreError, WatchdogError
from watchdog.store.due import Write
from watchdog.store.records import known_image_writes, manifest_writes
from watchdog.work.assess import judge_observation
from watchdog.work.conclude import pin
from watchdog.work.look import Look
from watchdog.work.tools import Tools
from watchdog.work.write_tag import restorable


@dataclass(frozen=True, slots=True)
class Trusting:
    """The memory with another trusted build, and what is kept of that."""

    memory: TagMemory
    writes: list[Write]


def trusted_by_word(tools: Tools, look: Look, digest: Digest) -> Trusting:
    """Trust a build of the tag's repository.

    Raises a retryable RemoteError while the registry is away, RefusedError where the build cannot
    be read or somebody rejected its commit, and StoreError. A git host that is away only keeps the
    build from being a baseline.
    """
    tag = look.tag
    try:
        observation = tools.registry.observe(tag, digest, kept=True)
        case = Case(look.rule, look.before, digest, look.now, decisions=look.answered.decisions)
        judged = judge_observation(tools, case, observation)
    except StoreError:
        raise
    except WatchdogError as error:
        if isinstance(error, RemoteError) and error.retryable:
            raise
        if restorable(tools, tag) and digest in look.before.trusted_before:
            return _unread(tools, look, digest)
        raise RefusedError(f"{digest} cannot be read any more ({error}): push it again") from error
    if rejected := judged.case.rejection:
        raise RefusedError(rejected_words(rejected, digest))
    memory = trust(judged.case, look.now)
    pin(tools, look, memory)
    return Trusting(memory, _kept(look, observation))


def _kept(look: Look, observation: Observation) -> list[Write]:
    """Keep the bytes that a revert puts back, and what others inherit."""
    return [
        *manifest_writes(look.tag, observation.manifests),
        *known_image_writes(known_images(observation)),
    ]


def _unread(tools: Tools, look: Look, digest: Digest) -> Trusting:
    """Trust a build as the history knows it: Quay restores it by its digest alone."""
    rows = (row for row in tools.records.history(look.tag) if row.digest == digest and row.source)
    known = next(rows, None) or Move(0, look.now, "", digest, (), None, None, None)
    build = TrustedBuild(
        digest,
        known.source,
        known.revision,
        known.basis,
        look.now,
        Code.APPROVED,
        look.rule.fingerprint,
    )
    return Trusting(trust_unread(look.before, build), manifest_writes(look.tag, ()))
