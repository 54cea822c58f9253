"""The due set against a model of it: any order of transitions, by Hypothesis."""

import time
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from watchdog.errors import StaleLeaseError
from watchdog.store.due import Claim, DueSet
from watchdog.store.keys import due_keys

LATER_MS = 3_600_000
MEMBERS = st.sampled_from(["a", "b", "c"])
DELAYS = st.sampled_from([0, LATER_MS])


@dataclass
class Member:
    due: int | None = None  # the delay it was last given: now or later
    claim: Claim | None = None
    dead: bool = False  # its lease ran out and nobody noticed yet
    generation: int = 0
    hints: list[tuple[int, str]] = field(default_factory=list)
    expired: int = 0

    def due_by(self, delay):
        self.due = delay if self.due is None else min(self.due, delay)

    def expire(self):
        self.claim, self.dead, self.due = None, False, 0
        self.expired += 1


class DueSetMachine(RuleBasedStateMachine):
    def __init__(self, client):
        super().__init__()
        client.flushall()
        self.client = client
        self.looks = DueSet(client, "looks")
        self.dying = DueSet(client, "looks", lease_s=0.001)
        self.members = {name: Member() for name in "abc"}
        self.stale = []
        self.written = 0

    @rule(name=MEMBERS, hint=st.sampled_from([None, "x", "y", "z"]))
    def announce(self, name, hint):
        self.looks.announce(name, hint=hint)
        self._announced(self.members[name])
        if hint is not None:
            member = self.members[name]
            kept = [known for known in member.hints if known[1] != hint]
            member.hints = [*kept, (member.generation, hint)]

    @rule(name=MEMBERS, delay=DELAYS)
    def schedule(self, name, delay):
        self.looks.schedule([(name, delay)])
        member = self.members[name]
        if member.claim:
            member.generation += 1
        else:
            member.due_by(delay)

    @rule()
    def claim(self):
        self._claim(self.looks, dead=False)

    @rule()
    def claim_and_die(self):
        self._claim(self.dying, dead=True)
        time.sleep(0.003)

    @precondition(lambda self: self._leased())
    @rule(
        pick=st.randoms(use_true_random=False),
        delay=st.sampled_from([None, 0, LATER_MS]),
        keep=st.booleans(),
    )
    def complete(self, pick, delay, keep):
        name = pick.choice(self._leased())
        member, other = self.members[name], self.members["a"]
        self.looks.complete(
            member.claim,
            next_in_ms=delay,
            writes=[("INCR", "written")],
            announce=[("looks", "a")],
            keep_hints=keep,
        )
        self.written += 1
        self._announced(other)
        self._release(member)
        claimed = self.stale[-1].generation
        member.expired = 0
        if keep:
            member.hints = [(0, text) for _, text in member.hints]
        else:
            member.hints = [known for known in member.hints if known[0] > claimed]
        if member.generation != claimed:
            member.due = 0
        else:
            member.due, member.generation = delay, 0

    @precondition(lambda self: self._leased())
    @rule(pick=st.randoms(use_true_random=False))
    def commit(self, pick):
        member = self.members[pick.choice(self._leased())]
        self.looks.commit(member.claim, [("INCR", "written")])
        self.written += 1
        member.dead = False

    @precondition(lambda self: self._leased())
    @rule(pick=st.randoms(use_true_random=False), delay=DELAYS)
    def give_back(self, pick, delay):
        member = self.members[pick.choice(self._leased())]
        self.looks.give_back(member.claim, in_ms=delay)
        moved = member.generation != member.claim.generation
        self._release(member)
        member.due = 0 if moved else delay

    @precondition(lambda self: self.stale)
    @rule(pick=st.randoms(use_true_random=False))
    def a_stale_token_writes_nothing(self, pick):
        claim = pick.choice(self.stale)
        with pytest.raises(StaleLeaseError):
            self.looks.complete(claim, next_in_ms=0, writes=[("INCR", "written")])
        with pytest.raises(StaleLeaseError):
            self.looks.commit(claim, [("INCR", "written")])
        self.looks.give_back(claim)

    @rule()
    def renew(self):
        held = [self.members[name] for name in self._leased()]
        claims = [member.claim for member in held]
        assert self.looks.renew([*claims, *self.stale]) == tuple(claims)
        for member in held:
            member.dead = False

    @rule()
    def void_leases(self):
        assert self.looks.void_leases() == len(self._leased())
        for name in self._leased():
            self.stale.append(self.members[name].claim)
            self.members[name].expire()

    @invariant()
    def sizes_agree(self):
        due = [member for member in self.members.values() if member.due is not None]
        assert self.looks.size() == (len(due), len(self._leased()))

    @invariant()
    def the_next_due_time_agrees(self):
        waiting = [member.due for member in self.members.values() if member.due is not None]
        waiting += [0 if self.members[n].dead else LATER_MS for n in self._leased()]
        expected = min(waiting, default=None)
        assert self.looks.next_due_ms() == expected or (expected and self.looks.next_due_ms() > 0)

    @invariant()
    def nothing_is_kept_about_members_at_rest(self):
        _, _, tokens, generations, hints, expired = due_keys("looks")
        names = {
            tokens: {name for name, member in self.members.items() if member.claim},
            generations: {name for name, member in self.members.items() if member.generation},
            hints: {name for name, member in self.members.items() if member.hints},
            expired: {name for name, member in self.members.items() if member.expired},
        }
        for key, expected in names.items():
            assert {name.decode() for name in self.client.hkeys(key)} == expected

    @invariant()
    def only_fenced_writes_arrived(self):
        assert int(self.client.get("written") or 0) == self.written

    def _claim(self, looks, *, dead):
        claim = looks.claim()
        for member in self.members.values():
            if member.dead:
                self.stale.append(member.claim)
                member.expire()
        due = {name: member for name, member in self.members.items() if member.due == 0}
        if claim is None:
            assert not due
            return
        member = due[claim.member]
        assert claim.generation == member.generation
        assert claim.announced == (member.generation > 0)
        assert claim.hints == tuple(text for _, text in member.hints)
        assert claim.expired_leases == member.expired
        member.claim, member.dead, member.due = claim, dead, None

    def _announced(self, member):
        member.generation += 1
        if not member.claim:
            member.due_by(0)

    def _release(self, member):
        self.stale.append(member.claim)
        member.claim, member.dead = None, False

    def _leased(self):
        return [name for name, member in self.members.items() if member.claim]


def test_any_order_of_transitions_agrees_with_the_model(redis_client):
    run_state_machine_as_test(
        lambda: DueSetMachine(redis_client),
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
