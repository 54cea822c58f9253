"""An office with two channels, for the tests of deliveries."""

from dataclasses import replace
from datetime import timedelta

from watchdog.core.message import Message, Severity, Stage
from watchdog.core.policy import parse_policy
from watchdog.demo.receiver import Receiver
from watchdog.settings import Settings
from watchdog.store import keys
from watchdog.store.outbox import post
from watchdog.wiring import tools_for
from watchdog.work.deliver import deliver
from watchdog.work.sweep import do_chore, make_all_due

TAG = "quay.io/crunchtools/acquacotta:latest"
WATCH = [{"image": "quay.io/crunchtools/acquacotta", "source": "https://github.com/a/b"}]


class Office:
    """Two channels, each with its own receiver, and the worker's part that delivers."""

    def __init__(self, stack, client, folder, monkeypatch):
        self.stack, self.client, self.folder = stack, client, folder
        self.ops, self.team = (stack.enter_context(Receiver()) for _ in range(2))
        monkeypatch.setenv("OPS_URL", self.ops.webhook_url)
        monkeypatch.setenv("TEAM_URL", self.team.webhook_url)
        self.setenv = monkeypatch.setenv
        self.ahead = timedelta()
        self.policy("ops", "team")

    def policy(self, *names, **sections):
        """Put a policy with these channels in force, as after a start or a reload."""
        channels = {
            name: {"kind": "webhook", "url": {"env": f"{name.upper()}_URL"}} for name in names
        }
        settings = Settings.from_environ({"WATCHDOG_DATA": str(self.folder)})
        policy = parse_policy({"watch": WATCH, "channels": channels, **sections})
        self.tools = self.stack.enter_context(tools_for(settings, policy, self.client))

    def say(self, kind, *, stage=Stage.OPEN, thread="t1", subject=TAG, **more):
        """Post a message, now."""
        severity = Severity.RIGHT if stage is Stage.RESOLVED else Severity.CRITICAL
        now = self.now()
        message = Message(
            f"{kind}-{thread}-{now.timestamp()}",
            subject,
            kind,
            severity,
            kind,
            (),
            (),
            now,
            thread=thread,
            since=now,
            stage=stage,
        )
        posting = post([replace(message, **more)], self.tools.routes)
        for write in posting.writes:
            self.client.execute_command(*write)
        for _, member in posting.announce:
            self.tools.lanes.announce(member)

    def now(self):
        return self.tools.records.now() + self.ahead

    def deliver(self, *, waiting=False):
        """Deliver what is due; `waiting`: what waits for its time, too, once."""
        lanes = self.client.zrange(keys.due_keys(keys.LANES)[0], 0, -1)
        if waiting and lanes:
            self.client.zadd(keys.due_keys(keys.LANES)[0], dict.fromkeys(lanes, 0))
        while claim := self.claim(self.tools.lanes):
            deliver(self.tools, claim)

    def claim(self, due):
        claim = due.claim()
        ahead_ms = round(self.ahead.total_seconds() * 1000)
        return claim and replace(claim, now_ms=claim.now_ms + ahead_ms)

    def chore(self):
        """Follow the channels, and deliver what that comes to."""
        self.tools.chores.announce("channels")
        do_chore(self.tools, self.claim(self.tools.chores))
        self.deliver()

    def start(self):
        """What a worker does at its start."""
        make_all_due(self.tools)

    @property
    def states(self):
        return {state.name: state for state in self.tools.fared.states()}


def kinds(receiver):
    return [taken.body["kind"] for taken in receiver.received]
