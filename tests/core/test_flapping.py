"""A tag that changes all the time is told of once, and summed up when it is calm again."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import NOW, incident, memory
from watchdog.core.flapping import CHANGES, calm, next_summary
from watchdog.core.memory import Flapping
from watchdog.core.rule import FlappingRule
from watchdog.core.telling import Followed, Telling

RULE = FlappingRule()
MINUTE = timedelta(minutes=1)


def flaps(**changes):
    """It flaps since now, and people know."""
    values = {"since": NOW, "last": NOW, "changes": 9, "within": RULE.within, "told": NOW}
    return Flapping(**(values | changes))


def heard(held, *looks):
    """What is told of looks, given as (minutes after the first, tellings)."""
    told = []
    for minutes, tellings in looks:
        followed = calm(Followed(held, tellings), RULE, NOW + MINUTE * minutes)
        held = followed.memory
        told.append(followed.tellings)
    return held, told


def test_so_many_changes_are_told_one_by_one():
    wrong, right = (Telling.WRONG,), (Telling.RIGHT,)
    looks = [(0, wrong), (5, right), (10, wrong), (15, right), (20, wrong)]
    _, told = heard(memory(), *looks)
    assert told == [tellings for _, tellings in looks]


def test_one_more_within_the_time_is_flapping_and_what_follows_is_not_told():
    looks = [(minutes, (Telling.WRONG,)) for minutes in range(6)]
    held, told = heard(memory(), *looks, (6, (Telling.WRONG,)), (7, (Telling.REMINDER,)))
    assert told[5:] == [(Telling.FLAPPING,), (), ()]
    assert held.flapping == flaps(changes=7, last=NOW + 6 * MINUTE, told=NOW + 5 * MINUTE)


def test_what_the_watchdog_puts_back_is_no_change_of_its_own():
    looks = [(minutes, (Telling.WRONG, Telling.REVERTED)) for minutes in range(4)]
    _, told = heard(memory(), *looks)
    assert told == [tellings for _, tellings in looks]


def test_it_is_summed_up_once_nothing_changed_for_so_long():
    flapping = memory(flapping=flaps())
    held, told = heard(flapping, (29, ()), (30, ()), (31, ()))
    assert told == [(), (Telling.SETTLED,), ()]
    assert held.flapping is None
    assert next_summary(flapping) == NOW + RULE.within
    assert next_summary(held) is None


def test_as_long_as_it_goes_on_it_is_summed_up_every_while():
    looks = [(minutes, (Telling.WRONG,)) for minutes in range(0, 61, 10)]
    _, told = heard(memory(flapping=flaps()), *looks)
    assert [minutes for (minutes, _), said in zip(looks, told, strict=True) if said] == [30, 60]


def test_a_tag_that_is_left_wrong_is_told_to_be_that_when_it_is_calm():
    opened = replace(incident(), told_at=NOW)
    wrong = replace(memory(flapping=flaps()), incident=opened)
    hushed = calm(Followed(wrong, (Telling.WRONG,)), RULE, NOW)
    assert (hushed.tellings, hushed.memory.incident.told_at) == ((), None)
    later = calm(Followed(hushed.memory), RULE, NOW + RULE.within)
    assert later.tellings == (Telling.SETTLED, Telling.WRONG)
    assert later.memory.incident.told_at == NOW + RULE.within


def test_another_bad_build_of_what_is_known_is_told_at_the_end_too():
    wrong = replace(memory(flapping=flaps()), incident=incident())
    hushed = calm(Followed(wrong, (Telling.WRONG_AGAIN,)), RULE, NOW)
    assert hushed.memory.incident.unheard
    later = calm(Followed(hushed.memory), RULE, NOW + RULE.within)
    assert later.tellings == (Telling.SETTLED, Telling.WRONG_AGAIN)


def test_what_was_told_to_be_wrong_is_told_to_be_over_all_the_while():
    flapping = memory(flapping=flaps())
    for telling in (Telling.RIGHT, Telling.REVERTED):
        told = Followed(flapping, (telling,), incident())
        assert calm(told, RULE, NOW).tellings == (telling,)
    unknown = Followed(flapping, (Telling.REVERTED,), incident(told_at=None))
    assert calm(unknown, RULE, NOW).tellings == ()


def test_what_is_no_change_is_told_all_the_while():
    flapping = memory(flapping=flaps())
    _, told = heard(flapping, (1, (Telling.LAGGING, Telling.WRONG, Telling.INFORMATION)))
    assert told == [(Telling.LAGGING, Telling.INFORMATION)]


def test_changes_of_long_ago_do_not_count():
    looks = [(minutes, (Telling.WRONG, Telling.RIGHT)) for minutes in (0, 31, 62, 93)]
    _, told = heard(memory(), *looks)
    assert all(len(tellings) == 2 for tellings in told)


def test_a_rule_may_want_more_changes():
    rule = FlappingRule(1000)
    followed = calm(Followed(memory(), tuple(CHANGES) * 3), rule, NOW)
    assert len(followed.tellings) == len(CHANGES) * 3


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.lists(st.sampled_from(sorted(Telling)), max_size=3).map(tuple)
        ),
        max_size=30,
    )
)
def test_flapping_and_settling_take_turns_and_nothing_changes_unheard_in_between(looks):
    minutes, held, flapping = 0, memory(), False
    for wait, tellings in looks:
        minutes += wait
        followed = calm(Followed(held, tellings), RULE, NOW + MINUTE * minutes)
        held = followed.memory
        for telling in followed.tellings:
            if telling is Telling.FLAPPING and telling not in tellings:
                flapping = True
            elif telling is Telling.SETTLED and telling not in tellings:
                assert flapping
                flapping = False
            elif telling in CHANGES - {Telling.RIGHT}:
                assert not flapping
        assert flapping == bool(held.flapping)


def test_the_memory_is_otherwise_left_alone():
    followed = calm(Followed(memory(), (Telling.LAGGING,)), RULE, NOW)
    assert replace(followed.memory, changes=()) == memory()
