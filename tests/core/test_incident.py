from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition
from hypothesis.stateful import rule as step

from tests.core.examples import BLIND, NOW, digest, memory, revision, rule
from watchdog.core.commits import Lead
from watchdog.core.conditions import watch_lag
from watchdog.core.doubt import CONFIRM_AFTER, unconfirmed, with_doubt
from watchdog.core.incident import follow, tell_unreverted
from watchdog.core.memory import Condition, Incident, TagMemory
from watchdog.core.rule import Enforce
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, ConditionCode, Finding, Outcome

ALERT = rule(enforce=Enforce.ALERT)
OBSERVE = rule(enforce=Enforce.OBSERVE)
LEAD = Lead("refs/heads/main", 2, revision("first"))
OTHER = Lead("refs/heads/main", 1, revision("second"))
OPEN = Incident("6", NOW - timedelta(hours=1), (digest("bad"),))
WRONG, AGAIN, RIGHT, NEWS = (
    Telling.WRONG,
    Telling.WRONG_AGAIN,
    Telling.RIGHT,
    Telling.INFORMATION,
)
LAGGING, CAUGHT_UP = Telling.LAGGING, Telling.CAUGHT_UP
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
    incident = followed.memory.incident
    assert (incident and incident.digests) == (digests and tuple(map(digest, digests)))


@pytest.mark.parametrize("after", [after for after, _, _ in LOOKS.values()], ids=LOOKS)
def test_a_rule_that_only_observes_tells_nothing(after):
    followed = follow(memory(), after, OBSERVE, NOW)

    assert followed.tellings == ()
    assert followed.memory == replace(after, incident=None)


def test_an_incident_is_named_by_the_observation_that_opened_it():
    after = found("older-commit")

    assert follow(memory(), after, ALERT, NOW).memory.incident == Incident(
        "7", NOW, (digest("bad"),)
    )


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


def lag(*, key=f"{LEAD.ref} {LEAD.oldest}", age=timedelta(), in_force=False):
    return Condition(ConditionCode.LAGGING, key, NOW - age, "behind", in_force)


HOURS = timedelta(hours=1)
ELSE = lag(key="refs/heads/main of yesterday", age=9 * HOURS, in_force=True)
# The condition before; the lead now; what is told; whether it is in force and since how long.
LAGS = {
    "none": (None, None, (), None),
    "begins": (None, LEAD, (), (False, timedelta())),
    "goes-on": (lag(age=HOURS), LEAD, (), (False, HOURS)),
    "lasts-too-long": (lag(age=2 * HOURS), LEAD, (LAGGING,), (True, 2 * HOURS)),
    "was-told": (lag(age=3 * HOURS, in_force=True), LEAD, (), (True, 3 * HOURS)),
    "ends-in-time": (lag(age=HOURS), None, (), None),
    "ends": (lag(age=3 * HOURS, in_force=True), None, (CAUGHT_UP,), None),
    "another-begins-after-one-in-force": (ELSE, LEAD, (CAUGHT_UP,), (False, timedelta())),
    "another-begins": (lag(key="x", age=HOURS), LEAD, (), (False, timedelta())),
}


@pytest.mark.parametrize(("before", "lead", "told", "expected"), LAGS.values(), ids=LAGS)
def test_a_lag_is_followed_by_the_table(before, lead, told, expected):
    held = memory(conditions=(before,) if before else ())

    followed = watch_lag(held, lead, ALERT, NOW)

    assert followed.tellings == told
    seen = [(c.in_force, NOW - c.since) for c in followed.memory.conditions]
    assert seen == ([expected] if expected else [])
    observed = watch_lag(held, lead, OBSERVE, NOW)
    assert (observed.memory, observed.tellings) == (followed.memory, ())


@pytest.mark.parametrize(("lead", "words"), [(LEAD, "2 commits ahead"), (OTHER, "1 commit ahead")])
def test_a_lag_says_how_many_commits_are_missing(lead, words):
    (condition,) = watch_lag(memory(), lead, ALERT, NOW).memory.conditions

    assert condition.detail == f"refs/heads/main is {words}"


def test_a_lag_that_the_rule_does_not_mind_any_more_is_forgotten_silently():
    held = memory(conditions=(lag(in_force=True),))

    followed = watch_lag(held, LEAD, rule(max_lag=None), NOW)

    assert (followed.memory.conditions, followed.tellings) == ((), ())


def test_a_tag_that_lags_is_accepted_with_a_warning_and_a_rejected_one_stays_rejected():
    late = memory(conditions=(lag(in_force=True),))

    assert late.outcome is Outcome.WARNING
    assert replace(late, findings=findings("diverged")).outcome is Outcome.REJECTED
    assert memory(conditions=(lag(),)).outcome is Outcome.ACCEPTED


class Tellings(RuleBasedStateMachine):
    """Any sequence of looks: what is told of it makes sense to the person who reads it."""

    def __init__(self):
        super().__init__()
        self.now = NOW
        self.memory = TagMemory()
        self.told = []
        self.wrong = False
        self.digests = set()
        self.lagging = False

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
            assert not followed.tellings
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

    @precondition(lambda self: self.memory.number)
    @step(
        lead=st.sampled_from([None, LEAD, LEAD, OTHER]),
        seconds=st.sampled_from([60, 3600, 7200]),
    )
    def lag(self, lead, seconds):
        self.now += timedelta(seconds=seconds)
        followed = watch_lag(self.memory, lead, ALERT, self.now)
        for telling in followed.tellings:
            assert telling is (CAUGHT_UP if self.lagging else LAGGING)
            self.lagging = not self.lagging
        self.memory = followed.memory

    @invariant()
    def what_people_know_is_what_is_remembered(self):
        incident = self.memory.incident
        assert self.wrong == bool(incident)
        assert not incident or set(incident.digests) == self.digests
        assert self.lagging == any(c.in_force for c in self.memory.conditions)


TestTellings = Tellings.TestCase


def test_a_build_that_cannot_be_put_back_is_told_once():
    wrong = found("older-commit", incident=OPEN)
    told = tell_unreverted(wrong)
    assert told.tellings == (Telling.REVERT_FAILED,)
    assert tell_unreverted(told.memory).tellings == ()
    assert tell_unreverted(replace(wrong, incident=None)).tellings == ()
    assert tell_unreverted(replace(wrong, digest=None)).tellings == ()
