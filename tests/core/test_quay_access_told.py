"""What is told of what a Quay lets us do: what worked, until it does again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW
from watchdog.core.quay_access import Ability, Feature, Statement
from watchdog.core.quay_access_told import Gap, Standing, access_lost, follow_access, gaps_of
from watchdog.core.self_condition import SelfCode

HOST, APP = "quay.io", "quay.io/acme/app"
REASON = "the token is not valid or has expired, or its owner may not write"


def said(ability, feature=Feature.RESTORE, reason=REASON):
    return Statement(feature, ability, "" if ability is Ability.YES else reason)


def follow(*abilities, feature=Feature.RESTORE):
    """Follow what is stated at one look after another; says after which of them it was lost."""
    standing, lost = None, []
    for number, ability in enumerate(abilities):
        now = NOW + timedelta(hours=number)
        standing = follow_access(standing, (said(ability, feature),), now)
        assert (standing.at, standing.statements) == (now, (said(ability, feature),))
        lost.append(bool(standing.lost))
    return lost


YES, RISK, NO = Ability.YES, Ability.AT_RISK, Ability.NO


def test_what_worked_and_stops_is_lost_until_it_works_again():
    assert follow(YES, NO, NO, YES, YES) == [False, True, True, False, False]


def test_what_never_worked_was_never_lost():
    assert follow(NO, NO, YES, NO) == [False, False, False, True]
    assert follow(RISK, YES) == [False, False]


def test_what_gets_worse_is_lost_and_what_gets_better_only_when_it_is_well():
    assert follow(YES, RISK, NO, RISK, YES) == [False, True, True, True, False]
    assert follow(RISK, NO) == [False, True]


def test_the_end_of_a_token_is_told_from_the_first_look_on():
    assert follow(RISK, RISK, YES, feature=Feature.OAUTH) == [True, True, False]
    assert follow(NO, NO, feature=Feature.OAUTH) == [False, False]


@given(st.lists(st.sampled_from(Ability), min_size=1, max_size=12))
def test_nothing_is_lost_that_works_and_nothing_that_always_was_as_now(abilities):
    lost = follow(*abilities)
    assert not any(was for ability, was in zip(abilities, lost, strict=True) if ability is YES)
    assert lost[-1] is False or len(set(abilities)) > 1


def test_each_feature_is_followed_by_itself():
    first = (said(YES), said(YES, Feature.HOOKS))
    before = follow_access(None, first, NOW)
    after = follow_access(before, (said(YES), said(NO, Feature.HOOKS)), NOW)
    assert after == Standing(NOW, (said(YES), said(NO, Feature.HOOKS)), (Feature.HOOKS,))


def lost(subjects):
    """What is told where all that is stated of these subjects was lost."""
    return list(
        access_lost(
            {
                subject: Standing(NOW, statements, tuple(one.feature for one in statements))
                for subject, statements in subjects.items()
            }
        )
    )


def test_what_is_lost_on_one_quay_is_one_trouble():
    names = [f"quay.io/acme/app{n}" for n in range(7)]
    each = (said(NO, Feature.HOOKS), said(NO, Feature.RESTORE))
    token = (said(NO, Feature.OAUTH, "it is not valid or has expired"),)
    (trouble,) = lost(dict.fromkeys(names, each) | {HOST: token})
    assert trouble.title == "quay.io: restore, hooks no longer possible for 7 repositories"
    assert trouble.over == "quay.io: restore, hooks possible again for 7 repositories"
    assert trouble.facts == (
        ("Repositories", f"{', '.join(names[:5])} and 2 more"),
        ("Hooks", REASON),
        ("Restore", REASON),
        ("Token", "it is not valid or has expired"),
    )
    assert (trouble.code, trouble.about) == (SelfCode.QUAY_ACCESS_LOST, HOST)
    assert "`watchdog quay token`" in trouble.advice[0]


def test_what_was_not_lost_is_not_among_it():
    standing = Standing(NOW, (said(NO), said(NO, Feature.HOOKS)), (Feature.HOOKS,))
    (trouble,) = access_lost({APP: standing, HOST: Standing(NOW, (said(YES, Feature.OAUTH),))})
    assert trouble.title == "quay.io: hooks no longer possible for 1 repository"


def test_what_is_at_risk_is_not_called_lost():
    (trouble,) = lost({APP: (said(RISK),)})
    assert trouble.title == "quay.io: restore at risk for 1 repository"


def test_a_token_alone_is_told_by_its_reason():
    (trouble,) = lost({HOST: (said(RISK, Feature.OAUTH, "it expires on 2026-12-07"),)})
    assert trouble.title == "quay.io: the token: it expires on 2026-12-07"
    assert trouble.over == "quay.io: the token is right again"
    assert trouble.facts == (("Token", "it expires on 2026-12-07"),)


def test_each_quay_is_told_by_itself():
    troubles = lost({APP: (said(NO),), "q.corp/acme/app": (said(NO),)})
    assert [trouble.about for trouble in troubles] == ["q.corp", "quay.io"]


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
