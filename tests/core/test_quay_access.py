"""What a Quay lets the watchdog do: every answer, and what is said of each feature."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW, digest, incident, memory
from watchdog.core.message import plain
from watchdog.core.quay_access import (
    OF_A_REPOSITORY,
    Ability,
    Case,
    Credit,
    Feature,
    Info,
    displaced_at,
    state_features,
    state_token,
)

FULL = Info(
    can_write=True,
    can_admin=True,
    tag_expiration=timedelta(days=14),
    state="NORMAL",
    is_public=True,
)
NOBODY = replace(FULL, can_write=False, can_admin=False)
CASE = Case(FULL, Credit.PROVEN, timedelta(minutes=5), NOW)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


def stated(**changes):
    return {said.feature: said for said in state_features(replace(CASE, **changes))}


def test_a_token_that_may_administer_lets_everything_work():
    said = stated()
    assert tuple(said) == OF_A_REPOSITORY
    assert {one.ability for one in said.values()} == {Ability.YES}
    assert {one.reason for one in said.values()} == {""}


ABSENT = "it takes a token with the scope {scope} in WATCHDOG_QUAY_TOKEN"
DOUBT = "the token is not valid or has expired, or its owner may not {deed}"
PROVEN = "the token lacks the scope {scope}, or its owner may not {deed}"
REASONS = {Credit.ABSENT: ABSENT, Credit.IN_DOUBT: DOUBT, Credit.PROVEN: PROVEN}


@pytest.mark.parametrize("credit", Credit)
def test_what_nobody_may_do_is_missing_with_the_scope_that_it_takes(credit):
    said, reason = stated(info=NOBODY, credit=credit), REASONS[credit]
    assert said[Feature.HISTORY].ability is Ability.YES
    assert said[Feature.RESTORE].ability is Ability.NO
    assert said[Feature.HOOKS].ability is said[Feature.PUSHERS].ability is Ability.NO
    admin = reason.format(scope="repo:admin", deed="administer it")
    assert said[Feature.HOOKS].reason == said[Feature.PUSHERS].reason == admin
    deed = "write to it" if credit is Credit.PROVEN else "write"
    assert said[Feature.RESTORE].reason == reason.format(scope="repo:write", deed=deed)
    assert [one.scope for one in said.values()] == ["", "repo:write", "repo:admin", "repo:admin"]


@pytest.mark.parametrize("credit", Credit)
def test_of_what_may_not_be_read_nothing_works(credit):
    said = stated(info=None, credit=credit)
    assert {one.ability for one in said.values()} == {Ability.NO}
    (reason,) = {one.reason for one in said.values()}
    deed = "read it, or there is no such repository"
    assert reason == REASONS[credit].format(scope="repo:read", deed=deed)


def test_a_token_that_may_write_restores_and_knows_neither_hooks_nor_pushers():
    said = stated(info=replace(FULL, can_admin=False))
    works = [feature for feature, one in said.items() if one.ability is Ability.YES]
    assert works == [Feature.HISTORY, Feature.RESTORE]


RESTORES = {
    "time-machine-off": ({"tag_expiration": timedelta(0)}, Ability.NO, "the time machine is off"),
    "off-for-nobody-too": (
        {"tag_expiration": timedelta(0), "can_write": False},
        Ability.NO,
        "the time machine is off",
    ),
    "frozen": ({"state": "READ_ONLY", "can_write": False}, Ability.NO, "repository is READ_ONLY"),
    "odd-state": ({"state": "\u202eX\n", "can_write": False}, Ability.NO, "repository is X:"),
    "kept-too-short": (
        {"tag_expiration": timedelta(minutes=64)},
        Ability.AT_RISK,
        "kept for 1 h 4 min, and the timer looks every 5 min",
    ),
    "just-long-enough": ({"tag_expiration": timedelta(minutes=65)}, Ability.YES, ""),
    "not-said": ({"tag_expiration": None}, Ability.YES, ""),
}


@pytest.mark.parametrize(("changes", "ability", "words"), RESTORES.values(), ids=RESTORES)
def test_a_restore_depends_on_more_than_the_token(changes, ability, words):
    said = stated(info=replace(FULL, **changes))[Feature.RESTORE]
    assert said.ability is ability
    assert words in said.reason
    assert bool(said.reason) is bool(words)


VANISHING = {
    "long-ago": (timedelta(days=14), Ability.NO, "left the time machine at"),
    "soon": (timedelta(days=13, minutes=1), Ability.AT_RISK, "restore it soon"),
    "not-yet": (timedelta(days=13), Ability.YES, ""),
}


@pytest.mark.parametrize(("ago", "ability", "words"), VANISHING.values(), ids=VANISHING)
def test_a_displaced_trusted_build_is_warned_of_a_day_before_it_vanishes(ago, ability, words):
    said = stated(displaced_at=NOW - ago)[Feature.RESTORE]
    assert said.ability is ability
    assert words in said.reason


def test_a_build_that_vanishes_at_no_known_time_is_not_warned_of():
    info = replace(FULL, tag_expiration=None)
    said = stated(info=info, displaced_at=NOW - timedelta(days=99))[Feature.RESTORE]
    assert said.ability is Ability.YES


def test_a_trusted_build_is_displaced_since_it_was_missed_first():
    good = memory()
    assert displaced_at(good) is None
    assert displaced_at(replace(good, trusted=None, digest=digest("x"))) is None
    bad = replace(good, digest=digest("bad"), since=NOW)
    assert displaced_at(bad) == NOW
    earlier = NOW - timedelta(hours=3)
    assert displaced_at(replace(bad, incident=replace(incident(), opened_at=earlier))) == earlier
    assert displaced_at(replace(bad, since=None)) is None


TOKENS = {
    "none": (Credit.ABSENT, None, Ability.NO, "set WATCHDOG_QUAY_TOKEN"),
    "doubtful": (Credit.IN_DOUBT, None, Ability.NO, "not valid or has expired, or its owner"),
    "good": (Credit.PROVEN, None, Ability.YES, ""),
    "far": (Credit.PROVEN, date(2026, 12, 8), Ability.YES, ""),
    "in-14-days": (Credit.PROVEN, date(2026, 12, 7), Ability.AT_RISK, "expires on 2026-12-07"),
    "tomorrow": (Credit.PROVEN, date(2026, 11, 24), Ability.AT_RISK, "expires on 2026-11-24"),
    "today": (Credit.PROVEN, date(2026, 11, 23), Ability.AT_RISK, "expired on 2026-11-23"),
    "doubtful-and-dated": (Credit.IN_DOUBT, date(2027, 1, 1), Ability.NO, "make a new one"),
}


@pytest.mark.parametrize(("credit", "expires", "ability", "words"), TOKENS.values(), ids=TOKENS)
def test_a_token_is_warned_of_for_14_days_where_its_end_is_known(credit, expires, ability, words):
    said = state_token(credit, expires, MIDNIGHT)
    assert (said.feature, said.ability) == (Feature.OAUTH, ability)
    assert words in said.reason
    assert bool(said.reason) is bool(words)


@given(
    st.builds(
        Info,
        can_write=st.booleans(),
        can_admin=st.booleans(),
        tag_expiration=st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
        state=st.text(max_size=50),
        is_public=st.booleans(),
    )
    | st.none(),
    st.sampled_from(Credit),
    st.none() | st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_whatever_does_not_work_has_a_reason_and_what_works_has_none(info, credit, ago):
    displaced = NOW - ago if ago is not None else None
    said = state_features(replace(CASE, info=info, credit=credit, displaced_at=displaced))
    assert tuple(one.feature for one in said) == OF_A_REPOSITORY
    for one in said:
        assert bool(one.reason) is (one.ability is not Ability.YES)
        assert one.reason == plain(one.reason, 1000)


def test_only_what_nobody_would_be_told_proves_a_token():
    assert FULL.needs_credit
    assert not NOBODY.needs_credit
    assert replace(NOBODY, is_public=False).needs_credit
    assert replace(NOBODY, can_admin=True).needs_credit
