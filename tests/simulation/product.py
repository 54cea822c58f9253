"""The product as a worker runs it, less store, registry and messages: one look at a time.

The verdict is `judge_tag`'s, the path that worker and `check` take as well; what follows from it is
decided by the same functions of `core` that `work.examine` calls, in its order.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from watchdog.core.case import NO_DECISIONS
from watchdog.core.decisions import Decisions
from watchdog.core.doubt import CONFIRM_AFTER, unconfirmed
from watchdog.core.inheritance import known_images
from watchdog.core.memory import Approval, TagMemory
from watchdog.core.policy import parse_policy
from watchdog.core.reference import Tag
from watchdog.core.revert import refusal
from watchdog.core.rule import SIGNED_WITHIN, Require
from watchdog.core.verdict import Code, Outcome
from watchdog.errors import RemoteError
from watchdog.work.assess import Asked, judge_tag, take_in, target_stands

TAG = Tag.parse("quay.io/crunchtools/acquacotta:latest")
BASE = Tag.parse("quay.io/crunchtools/acquacotta-base:latest")
URL = "https://github.com/crunchtools/acquacotta"
ALIAS = "https://github.com/fatherlinux/Acquacotta"
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
KNOWN_MAX = 40


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look led to; `put_back` is the digest that a revert wrote."""

    codes: tuple[str, ...]
    outcome: Outcome
    tellings: tuple[str, ...]
    put_back: object = None
    told_before: bool = False


class Registry:
    """What the tag holds, and what is signed about it."""

    def __init__(self, signed):
        self.builds, self.held = {}, None
        self.signatures = signed.beside

    def push(self, observation):
        self.builds[observation.digest] = observation
        self.held = observation.digest

    def digest(self, _tag):
        return self.held

    def tags(self, _repository):
        return ()

    def observe(self, _tag, digest=None):
        return self.builds[digest or self.held]

    def with_attached(self, observation, _images):
        return observation


class Records:
    """What the store knows: approvals, and the images that others may inherit from."""

    def __init__(self):
        self.approvals, self.known, self.read = {}, {}, {BASE}

    def relatives(self, _images):
        return tuple(self.known.values())

    def bases(self):
        return frozenset(self.read)

    def keep(self, observation):
        for image in known_images(observation):
            self.known[image.repository, image.digest] = image
        while len(self.known) > KNOWN_MAX:
            self.known.pop(next(iter(self.known)))


class Source:
    """The mirror, or a git host that does not answer."""

    def __init__(self, mirror):
        self._mirror, self.away = mirror, False

    def mirror(self, _url):
        return self

    def refresh(self, *, after):
        if self.away:
            raise RemoteError("github.com does not answer", retryable=True)
        self._mirror.refresh(after=after)

    def __getattr__(self, question):
        return getattr(self._mirror, question)


class Product:
    """A watched tag whose rule reverts; `now` is moved by whoever simulates."""

    def __init__(self, mirror, refs, signed, *, url=URL, pins=False, require=Require.LABELS):
        self.registry, self.records, self.source = Registry(signed), Records(), Source(mirror)
        self.memory, self.now = TagMemory(), START
        self._refs, self._url, self._pins = refs, url, pins
        self._signed, self._require = signed, require
        self.follow_policy(aliases=())

    def follow_policy(self, *, aliases):
        """Put a policy in force, as after a reload."""
        entry = {"image": str(TAG.repository), "source": self._url, "aliases": list(aliases)}
        entry |= {"refs": list(self._refs), "enforce": "revert", "require": self._require.value}
        # Its registry has no API of its own: what is simulated is judged, not how it is read.
        registries = {TAG.repository.registry: {"kind": "oci"}}
        document = {"bases": [str(BASE)], "registries": registries, "watch": [entry]}
        policy = parse_policy(document)
        self.rule = policy.rule_for(TAG)
        self._tools = SimpleNamespace(
            policy=policy,
            registry=self.registry,
            records=self.records,
            mirrors=self.source,
            verifier=self._signed,
            attestations=self._signed.kept,
        )

    def approve(self, digest):
        """Approve a digest, as a person does."""
        self.records.approvals[digest] = Approval(digest, "alice", "on purpose", self.now)

    def look(self):
        """Look once: judge, remember, tell, and put back what has to be."""
        before = self.memory
        decisions = Decisions(tuple(self.records.approvals.values()))
        asked = Asked(TAG, self.rule, before, self.now, decisions=decisions)
        judged = judge_tag(self._tools, asked, whole=True)
        followed = take_in(self.rule, before, judged, self.now)
        self.memory = after = followed.memory
        if after.trusted != before.trusted and after.trusted.digest == after.digest:
            self.records.keep(judged.observation)
            if self._pins and after.trusted.revision == next(iter(after.accepted), None):
                self.source.pin(after.trusted.revision)
        told_before = bool(before.incident and after.digest in before.incident.digests)
        looked = Looked(
            after.verdict.codes, after.verdict.outcome, followed.tellings, None, told_before
        )
        return (
            replace(looked, put_back=self._revert())
            if looked.outcome is Outcome.REJECTED
            else looked
        )

    def waits(self):
        """Wait for what the verdict waits for, if it does: to be confirmed, or to be signed."""
        if unconfirmed(self.memory, self.now):
            self.now += CONFIRM_AFTER + timedelta(seconds=1)
        elif Code.UNVERIFIABLE in self.memory.verdict.codes:
            self.now = max(self.now, self.memory.since + SIGNED_WITHIN) + timedelta(seconds=1)
        else:
            return False
        return True

    def _revert(self):
        """Put the trusted build back, if nothing speaks against it, and look at what came of it."""
        memory, rule = self.memory, self.rule
        stands = target_stands(self._tools, rule, memory, NO_DECISIONS)
        if refusal(rule, memory, target_stands=stands, switch=True, now=self.now):
            return None
        self.registry.held = memory.trusted.digest
        self.memory = replace(memory, reverts=(*memory.reverts[-9:], self.now))
        self.look()
        return memory.trusted.digest
