from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from hypothesis.stateful import rule as step

from tests.core.examples import BLIND, NOW, digest, incident, memory, rule
from watchdog.core.doubt import CONFIRM_AFTER, unconfirmed, with_doubt
from watchdog.core.incident import follow, tell_unreverted
from watchdog.core.incident_record import Happening
from watchdog.core.memory import TagMemory
from watchdog.core.message import Stage
from watchdog.core.rule import Enforce
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, Finding, Outcome

ALERT = rule(enforce=Enforce.ALERT)
OBSERVE = rule(enforce=Enforce.OBSERVE)
OPEN = incident()
WRONG, AGAIN, RIGHT, NEWS = (
    Telling.WRONG,
    Telling.WRONG_AGAIN,
    Telling.RIGHT,
    Telling.INFORMATION,
)
LONG_AGO, JUST_NOW = NOW - CONFIRM_AFTER, NOW - CONFIRM_AFTER + timedelta(seconds=1)


def findings(*codes):
    return tuple(Finding(Code(code), "because") for code in codes)


def found(*codes, held="bad", since=LONG_AGO, incident=None):
    return memory(
        findings=findings(*codes),
        digest=digest(held),
        since=since,
        doubted_since=since,
        incident=incident,
    )


# What the look left behind; what is told; the digests of the incident then (None: no incident).
LOOKS = {
    "good": (found("newer"), (), None),
    "bad": (found("older-commit"), (WRONG,), ("bad",)),
    "bad-at-once": (found("older-commit", since=NOW), (WRONG,), ("bad",)),
    "the-same-bad": (found("older-commit", incident=OPEN), (), ("bad",)),
    "another-bad": (found("diverged", held="worse", incident=OPEN), (AGAIN,), ("bad", "worse")),
    "right-again": (found("unchanged", incident=OPEN), (RIGHT,), None),
    "approved": (found("approved", incident=OPEN), (RIGHT,), None),
    "blind": (found("source-unreachable"), (), None),
    "blind-while-wrong": (found("unreadable", incident=OPEN), (), ("bad",)),
    "off-branch-not-confirmed": (found("off-branch", since=JUST_NOW), (), None),
    "off-branch-confirmed": (found("off-branch"), (WRONG,), ("bad",)),
    "unknown-commit-not-confirmed": (found("unknown-commit", since=JUST_NOW), (), None),
    "unknown-commit-confirmed": (found("unknown-commit"), (WRONG,), ("bad",)),
    "not-confirmed-while-wrong": (
        found("off-branch", held="worse", since=JUST_NOW, incident=OPEN),
        (),
        ("bad",),
    ),
    "one-finding-that-needs-no-second-look": (
        found("off-branch", "rolled-back", since=JUST_NOW),
        (WRONG,),
        ("bad",),
    ),
    "rewritten": (found("rewritten-history"), (NEWS,), None),
    "rewritten-and-right-again": (found("rewritten-history", incident=OPEN), (RIGHT, NEWS), None),
    "rewritten-but-blind": (found("rewritten-history", "source-unreachable"), (), None),
    "rewritten-but-rolled-back": (found("rewritten-history", "rolled-back"), (WRONG,), ("bad",)),
}


@pytest.mark.parametrize(("after", "told", "digests"), LOOKS.values(), ids=LOOKS)
def test_a_look_is_told_by_the_table(after, told, digests):
    followed = follow(memory(), after, ALERT, NOW)

    assert followed.tellings == told
    held = followed.memory.incident
    assert (held and held.digests) == (digests and tuple(map(digest, digests)))
    assert bool(followed.closed) == bool(after.incident and not held)


@pytest.mark.parametrize("after", [after for after, _, _ in LOOKS.values()], ids=LOOKS)
def test_a_rule_that_only_observes_tells_nothing(after):
    followed = follow(memory(), after, OBSERVE, NOW)

    assert followed.tellings == ((Telling.CLOSED,) if after.incident else ())
    assert followed.memory == replace(after, incident=None)


def test_an_incident_is_named_by_the_observation_that_opened_it():
    after = found("older-commit")

    opened = follow(memory(), after, ALERT, NOW).memory.incident
    assert (opened.number, opened.opened_at, opened.wrong_since) == ("7", NOW, after.since)
    assert (opened.told_at, opened.stage) == (NOW, Stage.OPEN)
    assert [entry.what for entry in opened.story] == [Happening.OPENED]


def test_a_rewritten_history_is_told_once():
    after = found("rewritten-history")

    assert follow(after, after, ALERT, NOW).tellings == ()
    assert follow(found("off-branch"), after, ALERT, NOW).tellings == (NEWS,)
    again = found("rewritten-history", held="another")
    assert follow(after, again, ALERT, NOW).tellings == (NEWS,)


def test_a_rejection_without_a_digest_opens_nothing():
    after = replace(found("older-commit"), digest=None)

    assert follow(memory(), after, ALERT, NOW).memory == after


def test_what_was_never_dated_needs_no_second_look():
    assert not unconfirmed(replace(found("off-branch"), doubted_since=None), NOW)


class Tellings(RuleBasedStateMachine):
    """Any sequence of looks: what is told of it makes sense to the person who reads it."""

    def __init__(self):
        super().__init__()
        self.now = NOW
        self.memory = TagMemory()
        self.told = []
        self.wrong = False
        self.digests = set()

    @step(
        held=st.sampled_from(["a", "b", "c"]),
        codes=st.sampled_from(
            [
                ("unchanged",),
                ("newer",),
                ("rewritten-history",),
                ("older-commit",),
                ("off-branch",),
                ("unknown-commit", "rolled-back"),
                (BLIND.code,),
                ("unexpected-source", BLIND.code),
            ]
        ),
        seconds=st.sampled_from([1, 60, 120, 3600]),
        enforce=st.sampled_from([Enforce.ALERT, Enforce.ALERT, Enforce.REVERT, Enforce.OBSERVE]),
    )
    def look(self, held, codes, seconds, enforce):
        self.now += timedelta(seconds=seconds)
        moved = self.memory.digest != digest(held)
        after = replace(
            self.memory,
            number=self.memory.number + 1,
            digest=digest(held),
            since=self.now if moved else self.memory.since,
            findings=findings(*codes),
        )
        after = with_doubt(self.memory, after, self.now)
        followed = follow(self.memory, after, rule(enforce=enforce), self.now)
        self.hear(followed, after, silent=enforce is Enforce.OBSERVE)
        if enforce is Enforce.OBSERVE:
            self.wrong = False
        self.memory = followed.memory

    def hear(self, followed, after, *, silent):
        if silent:
            assert set(followed.tellings) <= {Telling.CLOSED}
        for telling in followed.tellings:
            if telling is WRONG:
                assert not self.wrong
                self.wrong, self.digests = True, {after.digest}
            elif telling is AGAIN:
                assert self.wrong
                assert after.digest not in self.digests
                self.digests.add(after.digest)
            elif telling is RIGHT:
                assert self.wrong
                assert after.verdict.outcome is Outcome.ACCEPTED
                self.wrong = False
        rejected = after.verdict.outcome is Outcome.REJECTED and not unconfirmed(after, self.now)
        if rejected and not silent:
            assert self.wrong
            assert after.digest in self.digests

    @invariant()
    def what_people_know_is_what_is_remembered(self):
        held = self.memory.incident
        assert self.wrong == bool(held)
        assert not held or set(held.digests) == self.digests


TestTellings = Tellings.TestCase


def test_a_build_that_cannot_be_put_back_is_told_once():
    wrong = found("older-commit", incident=OPEN)
    told = tell_unreverted(wrong, NOW)
    assert told.tellings == (Telling.REVERT_FAILED,)
    assert tell_unreverted(told.memory, NOW).tellings == ()
    assert tell_unreverted(replace(wrong, incident=None), NOW).tellings == ()
    assert tell_unreverted(replace(wrong, digest=None), NOW).tellings == ()
