from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import BLIND, NOW, digest, memory, rule, trusted
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.core.revert import REVERTS_MAX, may_be_reverted, refusal
from watchdog.core.rule import Enforce
from watchdog.core.verdict import Code, Finding, Outcome, Verdict

OLDER = Finding(Code.OLDER_COMMIT, "older", revertible=True)
FOREIGN = Finding(Code.UNEXPECTED_SOURCE, "foreign", revertible=True)
BAD = memory(digest=digest("bad"), findings=(OLDER,))
HOUR = timedelta(hours=1)

VERDICTS = {
    "older": ((OLDER,), True),
    "foreign": ((FOREIGN,), True),
    "older-beside-something-that-is-not-revertible": (
        (OLDER, Finding(Code.ROLLED_BACK, "back")),
        True,
    ),
    "older-but-put-back": (
        (replace(OLDER, revertible=False), Finding(Code.PUT_BACK, "put back")),
        False,
    ),
    "foreign-but-perhaps-inherited": ((replace(FOREIGN, revertible=False),), False),
    "older-but-something-is-not-known": ((OLDER, BLIND), False),
    "only-unknown": ((BLIND,), False),
    "accepted": ((Finding(Code.NEWER, "newer"),), False),
    "nothing": ((), False),
}


@pytest.mark.parametrize(("findings", "expected"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_calls_for_a_revert_by_the_table(findings, expected):
    assert may_be_reverted(rule(), Verdict(findings)) is expected


def test_only_what_the_rule_lists_is_reverted():
    only_foreign = rule(revert_on=(Code.UNEXPECTED_SOURCE,))

    assert not may_be_reverted(only_foreign, Verdict((OLDER,)))
    assert may_be_reverted(only_foreign, Verdict((OLDER, FOREIGN)))
    assert not may_be_reverted(rule(revert_on=()), Verdict((OLDER, FOREIGN)))


any_finding = st.builds(Finding, st.sampled_from(Code), st.just("because"), st.booleans())


@given(st.lists(any_finding))
def test_nothing_is_reverted_while_anything_is_not_known(findings):
    unknown = any(finding.outcome is Outcome.INCONCLUSIVE for finding in findings)

    if may_be_reverted(rule(revert_on=tuple(Code)), Verdict(tuple(findings))):
        assert not unknown


def test_a_sure_rejection_is_put_back():
    assert refusal(rule(), BAD, target_stands=True, switch=True, now=NOW) is None


RECENT = tuple(NOW - HOUR for _ in range(REVERTS_MAX))
REFUSALS = {
    "blind": ({"memory": replace(BAD, findings=(OLDER, BLIND))}, "not everything could be found"),
    "not-revertible": (
        {"memory": replace(BAD, findings=(replace(OLDER, revertible=False),))},
        "none of its findings",
    ),
    "not-named": (
        {"rule": rule(revert_on=(Code.UNEXPECTED_SOURCE,))},
        "does not name older-commit",
    ),
    "nothing-trusted": ({"memory": replace(BAD, trusted=None)}, "no trusted build"),
    "holds-the-trusted-build": (
        {"memory": replace(BAD, trusted=trusted("bad"))},
        "no trusted build",
    ),
    "target-does-not-stand": ({"target_stands": False}, "would not be accepted today"),
    "rule-alerts": ({"rule": rule(enforce=Enforce.ALERT)}, "`enforce: alert`"),
    "rule-observes": ({"rule": rule(enforce=Enforce.OBSERVE)}, "`enforce: observe`"),
    "switched-off": ({"switch": False}, "WATCHDOG_REVERTS"),
    "too-often": ({"memory": replace(BAD, reverts=RECENT)}, "put back 3 times within a day"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSALS.values(), ids=REFUSALS)
def test_each_reason_against_a_revert_is_said(changes, words):
    values = {"rule": rule(), "memory": BAD, "target_stands": True, "switch": True} | changes

    said = refusal(
        values["rule"],
        values["memory"],
        target_stands=values["target_stands"],
        switch=values["switch"],
        now=NOW,
    )

    assert words in said


ALICE = Pusher(PusherKind.PERSON, "alice")
HANDS = {
    "a-person": (ALICE, "a person moved it (alice); with `revert_people: true`"),
    "an-application-of-a-person": (
        Pusher(PusherKind.APPLICATION, "admin", application="0TYV", title="jenkins"),
        "a person moved it (admin); ",
    ),
    "somebody-by-restore": (
        Pusher(PusherKind.PERSON, note="by the registry's own restore"),
        "a person moved it (by the registry's own restore); ",
    ),
    "somebody": (Pusher(PusherKind.PERSON), "a person moved it; "),
}


def refused(pusher, **changes):
    return refusal(rule(**changes), BAD, target_stands=True, switch=True, now=NOW, pusher=pusher)


@pytest.mark.parametrize(("pusher", "words"), HANDS.values(), ids=HANDS)
def test_what_a_person_moved_is_told_and_put_back_only_where_the_rule_says_so(pusher, words):
    assert refused(pusher).startswith(words)
    assert refused(pusher, revert_people=True) is None


@pytest.mark.parametrize("kind", [PusherKind.ROBOT, PusherKind.UNKNOWN])
def test_what_no_person_is_known_to_have_moved_is_put_back(kind):
    assert refused(Pusher(kind, "acme+ci")) is None


def test_a_rule_that_only_alerts_says_all_it_would_take():
    said = "the rule says `enforce: alert`; with `revert`"
    alert = {"enforce": Enforce.ALERT}

    both = f"{said} and `revert_people: true`, for a person moved it, it would be put back now"
    assert refused(ALICE, **alert) == both
    assert refused(ALICE, revert_people=True, **alert) == f"{said} it would be put back now"


def test_while_who_moved_it_is_not_known_yet_nothing_is_put_back():
    asked = Pusher(PusherKind.UNKNOWN, note="no entry", pending=True)
    waits = {
        0: (asked, {}, True),
        81: (asked, {}, True),
        82: (asked, {}, False),
        1: (asked, {"revert_people": True}, False),
        2: (replace(asked, pending=False), {}, False),
    }
    for seconds, (pusher, changes, held) in waits.items():
        memory = replace(BAD, sought_since=NOW - timedelta(seconds=seconds))
        said = refusal(
            rule(**changes), memory, target_stands=True, switch=True, now=NOW, pusher=pusher
        )
        assert (said or "").startswith("it waits up to 82 s to know who moved it") is held
    assert refused(asked) is None


def test_a_person_s_hand_is_no_reason_where_there_is_a_stronger_one():
    held = replace(BAD, trusted=None)

    said = refusal(rule(), held, target_stands=True, switch=True, now=NOW, pusher=ALICE)

    assert "no trusted build" in said


@pytest.mark.parametrize(
    "reverts", [RECENT[1:], (NOW - 24 * HOUR, *RECENT[1:]), (NOW - 48 * HOUR,) * 9]
)
def test_reverts_of_the_day_before_are_not_counted(reverts):
    held = replace(BAD, reverts=reverts)

    assert refusal(rule(), held, target_stands=True, switch=True, now=NOW) is None
