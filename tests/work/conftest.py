"""A watchdog in one process, over real HTTP, real git and a real store."""

import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.work.office import Office
from watchdog.core.answer import Answerer, AnswerKind, read_answer, read_hush
from watchdog.core.policy import parse_policy
from watchdog.demo.git import GitRepository, GitServer
from watchdog.demo.images import build_image
from watchdog.demo.receiver import Receiver
from watchdog.demo.registry import RegistrySimulator
from watchdog.registry.pause import FIRST_BUSY_S
from watchdog.settings import Settings
from watchdog.store.answering import Answering
from watchdog.wiring import tools_for
from watchdog.work.deliver import deliver
from watchdog.work.examine import Examiner
from watchdog.work.revert import carry_out
from watchdog.work.self_check import SELF_CHECK
from watchdog.work.sweep import do_chore, make_all_due

BUILT = datetime(2026, 5, 18, 4, 30, tzinfo=UTC)
APP = "crunchtools/acquacotta"


class House:
    """The parts of a worker, driven one look at a time, with time to move."""

    def __init__(self, stack, client, tmp_path, rule, kind="quay", **environ):
        self.client = client
        # The simulator minds no haste.
        hurried = {"requests_per_s": 1000} if kind == "quay" else {}
        self.entry = {"plain_http": True, "kind": kind, **hurried}
        self.registry = stack.enter_context(RegistrySimulator())
        self.receiver = stack.enter_context(Receiver())
        self.git = GitServer(tmp_path / "git").start()
        stack.callback(self.git.stop)
        self.repository = GitRepository(tmp_path / "git" / f"{APP}.git")
        self.sibling = GitRepository(tmp_path / "git" / f"{APP}-old.git", author="Old")
        self.tag = self.registry.tag(APP)
        self.ahead = timedelta(0)
        self.layers = 0
        environ = {
            "WATCHDOG_DATA": str(tmp_path / "data"),
            "WATCHDOG_ALERT_WEBHOOK_URL": self.receiver.webhook_url,
            **environ,
        }
        self.settings = Settings.from_environ(environ)
        self.stack = stack
        self.policy(rule)

    def policy(self, rule, *, watch=(), **top):
        """Put a policy in force, as after a reload."""
        entry = {"image": str(self.tag.repository), "source": self.source(), **rule}
        self.tools = self.stack.enter_context(
            tools_for(
                self.settings,
                parse_policy(
                    {
                        "registries": {self.registry.host: self.entry},
                        "watch": [entry, *watch],
                        **top,
                    }
                ),
                self.client,
            )
        )
        self.examiner = Examiner(self.tools)

    def source(self, name=APP):
        return self.git.url(f"{name}.git").removesuffix(".git")

    def build(self, revision, *, source=None, created=BUILT, labels=None, layers=None, **more):
        """Build an image as docker/metadata-action labels it; another one each time."""
        self.layers += 1
        named = {
            "org.opencontainers.image.source": source or self.source(),
            "org.opencontainers.image.revision": revision,
            "org.opencontainers.image.created": created.isoformat(),
        }
        return build_image(
            named if labels is None else labels,
            created=created,
            layers=layers or [f"layer {self.layers}".encode()],
            **more,
        )

    def push(self, revision, **how):
        """Build and push under the tag; returns the digest."""
        return self.registry.push(self.build(revision, **how), self.tag)

    def answer(self, kind, by="alice", *, person=True, **fields):
        """Answer as by the command line or the API; the tag is due then."""
        answering = Answering(self.client)
        said = {"tag": str(self.tag), "reason": "because"} | fields
        said = {name: None if text is None else str(text) for name, text in said.items()}
        answerer = Answerer(by, is_person=person)
        answer = read_answer(AnswerKind(kind), said, answerer, answering.now())
        return answering.take(answer, self.tools.policy.rule_for(answer.tag))

    def silence(self, pattern=None, lasts="1h", by="alice"):
        """Silence a pattern, or the tag; returns the silence."""
        fields = {"pattern": pattern or str(self.tag), "for": lasts, "reason": "it moves"}
        return Answering(self.client).silence(read_hush(fields, Answerer(by)))

    def approve(self, digest, reason, by="alice"):
        self.answer("approval", by, digest=digest, reason=reason)

    def hook(self, tag=None):
        self.tools.looks.announce(str(tag or self.tag))

    def claim(self, due=None):
        due = due or self.tools.looks
        claim = due.claim()
        return claim and replace(
            claim, now_ms=claim.now_ms + round(self.ahead.total_seconds() * 1000)
        )

    def look(self, tag=None):
        """Announce the tag and look at it once, with the revert that may follow."""
        self.hook(tag)
        claim = self.claim()
        memory = self.examiner.examine(claim)
        if memory:
            self.carry_out(claim, memory)
        return self.tools.records.memory(tag or self.tag)

    def carry_out(self, claim, memory):
        carry_out(self.tools, claim, memory)

    def pushed(self, revision, **how):
        """Push and look; returns the codes of the verdict that the history shows."""
        digest = self.push(revision, **how)
        self.look()
        moves = self.tools.records.history(self.tag)
        return next(
            (tuple(f.code for f in move.findings) for move in moves if move.digest == digest), None
        )

    def told(self):
        """Deliver all that is in the outbox; returns the kinds of all messages so far."""
        while claim := self.tools.lanes.claim():
            deliver(self.tools, claim)
        return [received.body["kind"] for received in self.receiver.received]

    def chore(self, name="outages"):
        """Do one chore, as at a start; the others are put off by a day."""
        make_all_due(self.tools)
        self._do_due(name)

    def check_self(self):
        """Let the watchdog look at itself now; returns the kinds of all messages so far."""
        self.tools.chores.announce(SELF_CHECK)
        self._do_due(SELF_CHECK)
        return self.told()

    def _do_due(self, name):
        while claim := self.claim(self.tools.chores):
            if claim.member == name:
                do_chore(self.tools, claim)
            else:
                self.tools.chores.complete(claim, next_in_ms=86_400_000)

    def rest(self):
        """Wait for the end of the pause that a 429 began."""
        time.sleep(FIRST_BUSY_S)

    @property
    def held(self):
        return self.registry.digest(self.tag)

    @property
    def memory(self):
        return self.tools.records.memory(self.tag)


@pytest.fixture
def stack():
    with ExitStack() as closing:
        yield closing


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag whose rule reverts."""
    return House(stack, redis_client, tmp_path, {"enforce": "revert"})


@pytest.fixture
def first(house):
    """The first commit, built and accepted."""
    revision = house.repository.commit("first")
    assert house.pushed(revision) == ("first-seen",)
    return revision


@pytest.fixture
def wrong(house, first):
    """A bad build under the tag; returns the trusted digest and the bad one."""
    good = house.held
    bad = house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    return good, bad


@pytest.fixture
def office(stack, redis_client, tmp_path, monkeypatch):
    office = Office(stack, redis_client, tmp_path, monkeypatch)
    office.chore()
    return office
