"""What is told of what a Quay lets us do: once when it is lost, once when it is back."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW
from watchdog.core.message import Severity
from watchdog.core.quay_access import Ability, Feature, Statement
from watchdog.core.quay_access_told import (
    AccessTelling,
    Change,
    Gap,
    Standing,
    access_message,
    follow_access,
    gaps_of,
)

HOST, APP = "quay.io", "quay.io/acme/app"
REASON = "the token is not valid or has expired, or its owner may not write"
LOST, BACK = AccessTelling.LOST, AccessTelling.BACK


def said(ability, feature=Feature.RESTORE, reason=REASON):
    return Statement(feature, ability, "" if ability is Ability.YES else reason)


def follow(*abilities, feature=Feature.RESTORE):
    """Follow what is stated at one look after another; returns what each of them told."""
    standing, told = None, []
    for number, ability in enumerate(abilities):
        now = NOW + timedelta(hours=number)
        standing, changes = follow_access(APP, standing, (said(ability, feature),), now)
        assert (standing.at, standing.statements) == (now, (said(ability, feature),))
        told += [[change.telling for change in changes]]
    return told


YES, RISK, NO = Ability.YES, Ability.AT_RISK, Ability.NO


def test_what_worked_and_stops_is_told_once_and_once_that_it_works_again():
    assert follow(YES, NO, NO, YES, YES) == [[], [LOST], [], [BACK], []]


def test_what_never_worked_is_not_told():
    assert follow(NO, NO, YES, NO) == [[], [], [], [LOST]]
    assert follow(RISK, YES) == [[], []]


def test_what_gets_worse_is_told_again_and_what_gets_better_only_when_it_is_well():
    assert follow(YES, RISK, NO, RISK, YES) == [[], [LOST], [LOST], [], [BACK]]


def test_the_end_of_a_token_is_told_from_the_first_look_on():
    assert follow(RISK, RISK, YES, feature=Feature.OAUTH) == [[LOST], [], [BACK]]
    assert follow(NO, NO, feature=Feature.OAUTH) == [[], []]


@given(st.lists(st.sampled_from(Ability), max_size=12))
def test_nothing_is_back_that_was_not_lost(abilities):
    depth = 0
    for step in follow(*abilities):
        for telling in step:
            depth = depth + 1 if telling is LOST else 0
            assert telling is LOST or depth == 0
    tellings = [telling for step in follow(*abilities) for telling in step]
    assert tellings[:1] != [BACK]


def test_each_feature_is_followed_by_itself():
    first = (said(YES), said(YES, Feature.HOOKS))
    before, _ = follow_access(APP, None, first, NOW)
    after, changes = follow_access(APP, before, (said(YES), said(NO, Feature.HOOKS)), NOW)
    assert changes == (Change(LOST, APP, said(NO, Feature.HOOKS)),)
    assert after == Standing(NOW, (said(YES), said(NO, Feature.HOOKS)), (Feature.HOOKS,))


def test_what_is_lost_on_one_quay_is_one_message():
    names = [f"quay.io/acme/app{n}" for n in range(7)]
    changes = [
        Change(LOST, name, said(NO, feature))
        for name in names
        for feature in (Feature.HOOKS, Feature.RESTORE)
    ]
    token = Change(LOST, HOST, said(NO, Feature.OAUTH, "it is not valid\nor\u202e has expired"))
    message = access_message(LOST, HOST, [*changes, token], NOW)
    assert message.title == "quay.io: restore, hooks no longer possible for 7 repositories"
    assert message.facts == (
        ("Repositories", f"{', '.join(names[:5])} and 2 more"),
        ("Hooks", REASON),
        ("Restore", REASON),
        ("Token", "it is not valid or  has expired"),
    )
    assert (message.kind, message.severity) == ("quay-access-lost", Severity.WARNING)
    assert "`watchdog quay token`" in message.advice[0]
    assert (message.subject, message.at) == ("Quay quay.io", NOW)


def test_what_is_at_risk_is_not_called_lost():
    message = access_message(LOST, HOST, [Change(LOST, APP, said(RISK))], NOW)
    assert message.title == "quay.io: restore at risk for 1 repository"


def test_a_token_alone_is_told_by_its_reason():
    change = Change(LOST, HOST, said(RISK, Feature.OAUTH, "it expires on 2026-12-07"))
    message = access_message(LOST, HOST, [change], NOW)
    assert message.title == "quay.io: the token: it expires on 2026-12-07"
    assert message.facts == (("Token", "it expires on 2026-12-07"),)


def test_that_all_is_well_again_needs_no_advice():
    change = Change(BACK, APP, said(YES))
    message = access_message(BACK, HOST, [change], NOW)
    assert message.title == "quay.io: restore possible again for 1 repository"
    assert message.facts == (("Repositories", APP),)
    assert (message.advice, message.severity) == ((), Severity.RIGHT)
    token = replace(change, subject=HOST, statement=said(YES, Feature.OAUTH))
    assert access_message(BACK, HOST, [token], NOW).title == "quay.io: the token is right again"


def test_each_message_has_an_id_of_its_own():
    changes = [Change(LOST, APP, said(NO))]
    first = access_message(LOST, HOST, changes, NOW)
    assert first.id == access_message(LOST, HOST, changes, NOW).id
    others = {
        access_message(BACK, HOST, changes, NOW).id,
        access_message(LOST, "q.corp", changes, NOW).id,
        access_message(LOST, HOST, changes, NOW + timedelta(seconds=1)).id,
    }
    assert len(others | {first.id}) == 4


def test_each_reason_is_said_once_with_all_that_it_is_about():
    admin = "the token lacks the scope repo:admin"
    stated = {
        f"quay.io/acme/app{n}": (
            said(YES, Feature.HISTORY),
            said(NO),
            said(NO, Feature.HOOKS, admin),
            said(NO, Feature.PUSHERS, admin),
        )
        for n in range(7)
    }
    first, second = gaps_of(stated)
    assert first == Gap(REASON, (Feature.RESTORE,), tuple(stated))
    assert (second.reason, second.features) == (admin, (Feature.HOOKS, Feature.PUSHERS))
    assert second.names == f"{', '.join([*stated][:5])} and 2 more"
    assert Gap("", (), ("a", "b")).names == "a, b"
    assert gaps_of({APP: (said(YES),)}) == ()
