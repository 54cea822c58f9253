"""What repeats: a cron is recognised, and none is claimed where there is none."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import OURS, SIBLING
from watchdog.core.offender import DAY, HOUR, WEEK, Offence, Pattern, repetition

MONDAY = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADVICE = "disable the workflow or revoke the robot, or it will be back"
HOURLY = f": a cron; {ADVICE} at about"


def seen(*ages, present=MONDAY, now=None):
    """What is said of a source that came now and so long before."""
    past = [Offence(present - age, SIBLING, "crunchtools+ci") for age in ages]
    return repetition(past, Offence(present, SIBLING), now or present)


def every(period, runs, *, late=()):
    """Ages of earlier runs, newest first; `late` are minutes that each of them was late."""
    late = (*late, *([0] * runs))
    return [period * number - MINUTE * late[number - 1] for number in range(1, runs)]


SAID = {
    "weekly": (
        every(WEEK, 3),
        f"third Monday in a row at about 04:30 UTC: a cron; {ADVICE} on 30 November",
    ),
    "six-mondays": (
        every(WEEK, 6, late=(40, 3, 17, 59, 22)),
        f"6th Monday in a row at about 04:30 UTC: a cron; {ADVICE} on 30 November",
    ),
    "weekly-but-once": (
        [WEEK, WEEK * 3],
        f"3 of the last 4 Mondays at about 04:30 UTC: a cron; {ADVICE} on 30 November",
    ),
    "daily": (
        every(DAY, 4),
        f"4th day in a row at about 04:30 UTC: a cron; {ADVICE} on 24 November",
    ),
    "daily-but-once": (
        [DAY * 2, DAY * 3],
        f"3 of the last 4 days at about 04:30 UTC: a cron; {ADVICE} on 24 November",
    ),
    "hourly": (
        every(HOUR, 5, late=(7, 2, 14)),
        f"every hour at about minute 30, the 5th time in a row{HOURLY} 05:30 UTC",
    ),
    "six-hourly-but-once": (
        [HOUR * 6, HOUR * 18, HOUR * 24, HOUR * 30],
        f"every 6 hours at about minute 30, 5 of the last 6 times{HOURLY} 10:30 UTC",
    ),
    "twice": ([WEEK], "the second time in 7 days by the same source"),
    "twice-in-an-hour": ([HOUR], "the second time in 1 h by the same source"),
    "twice-in-a-day": ([DAY], "the second time in 1 d by the same source"),
    "irregular": (
        [DAY * 2, DAY * 3 + HOUR * 5, DAY * 9],
        "the 4th time in 9 days by the same source",
    ),
}


@pytest.mark.parametrize(("ages", "sentence"), SAID.values(), ids=SAID)
def test_what_repeats_is_said_by_the_table(ages, sentence):
    assert seen(*ages).sentence == sentence


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (2, "second"),
        (3, "third"),
        (4, "4th"),
        (11, "11th"),
        (21, "21st"),
        (22, "22nd"),
        (113, "113th"),
    ],
)
def test_it_is_counted_as_people_count(number, word):
    said = seen(*(MINUTE * minute for minute in range(1, number)))

    assert (said.count, said.pattern, said.next_at) == (number, Pattern.IRREGULAR, None)
    assert said.sentence.startswith(f"the {word} time in ")


def test_a_first_offence_repeats_nothing():
    assert seen() is None


WHO = {
    "same-source": (Offence(MONDAY - DAY, SIBLING), Offence(MONDAY, SIBLING), 2),
    "same-source-another-robot": (
        Offence(MONDAY - DAY, SIBLING, "a+b"),
        Offence(MONDAY, SIBLING, "a+c"),
        2,
    ),
    "another-source-same-robot": (
        Offence(MONDAY - DAY, OURS, "a+b"),
        Offence(MONDAY, SIBLING, "a+b"),
        None,
    ),
    "no-source-same-robot": (Offence(MONDAY - DAY, OURS, "a+b"), Offence(MONDAY, None, "a+b"), 2),
    "no-source-another-robot": (Offence(MONDAY - DAY, None, "a"), Offence(MONDAY, None, "b"), None),
    "nobody": (Offence(MONDAY - DAY), Offence(MONDAY), None),
    "the-same-move": (Offence(MONDAY, SIBLING), Offence(MONDAY, SIBLING), None),
    "a-later-move": (Offence(MONDAY + DAY, SIBLING), Offence(MONDAY, SIBLING), None),
}


@pytest.mark.parametrize(("past", "present", "count"), WHO.values(), ids=WHO)
def test_the_offender_is_the_source_else_who_pushed(past, present, count):
    said = repetition([past], present, MONDAY)

    assert (said.count if said else None) == count


def test_where_no_source_is_known_it_is_the_same_pusher():
    said = repetition([Offence(MONDAY - DAY, None, "a+b")], Offence(MONDAY, None, "a+b"), MONDAY)

    assert said.sentence == "the second time in 1 d by the same pusher"


NO_PATTERN = {
    "two-weeks": every(WEEK, 2),
    "two-days": every(DAY, 2),
    "four-hours": every(HOUR, 4),
    "another-time-of-day": [WEEK, WEEK * 2 + HOUR + MINUTE],
    "another-time-between": [WEEK - HOUR / 2 - MINUTE, WEEK * 2 + HOUR / 2],
    "two-missing": [WEEK, WEEK * 4],
    "two-missing-apart": [WEEK * 2, WEEK * 4],
    "often-between": [DAY * 2, WEEK, DAY * 10, WEEK * 2],
    "an-hour-that-wanders": [MINUTE * age for age in (50, 130, 170, 250)],
    "the-same-run-again": [MINUTE, WEEK, WEEK + MINUTE],
}


@pytest.mark.parametrize("ages", NO_PATTERN.values(), ids=NO_PATTERN)
def test_no_pattern_is_claimed_by_the_table(ages):
    assert seen(*ages).pattern is Pattern.IRREGULAR


def test_a_run_that_was_started_again_counts_as_one_of_the_row():
    said = seen(WEEK, WEEK - 20 * MINUTE, WEEK * 2)

    assert said.count == 4
    assert said.sentence.startswith("third Monday in a row")


def test_one_at_another_time_spoils_a_long_row_only():
    assert seen(DAY * 3, *every(WEEK, 4)).sentence.startswith("4th Monday in a row")
    assert seen(DAY * 3, DAY * 4, *every(WEEK, 4)).pattern is Pattern.IRREGULAR
    assert seen(*every(WEEK, 3), DAY * 18).sentence.startswith("third Monday in a row")


def test_a_row_that_was_longer_once_is_as_long_as_it_is_now():
    assert seen(WEEK, WEEK * 2, WEEK * 5, WEEK * 6).sentence.startswith("third Monday in a row")


def test_a_cron_about_midnight_keeps_its_day():
    late = datetime(2026, 11, 24, 0, 20, tzinfo=UTC)

    said = seen(WEEK + 35 * MINUTE, WEEK * 2 + 5 * MINUTE, present=late)

    assert said.sentence.startswith("third Monday in a row at about 23:45 UTC")
    assert said.next_at == datetime(2026, 11, 30, 23, 45, tzinfo=UTC)


def test_what_is_told_late_names_a_day_that_is_still_to_come():
    said = seen(WEEK, WEEK * 2, now=MONDAY + 2 * WEEK)

    assert said.next_at == MONDAY + 3 * WEEK
    assert said.sentence.endswith("on 14 December")


def test_times_of_other_zones_are_told_in_utc():
    zone = datetime.fromisoformat("2026-11-23T06:30:00+02:00").tzinfo

    assert seen(WEEK, WEEK * 2, present=MONDAY.astimezone(zone)) == seen(WEEK, WEEK * 2)


late_seconds = st.integers(0, 3600)
PERIODS = {Pattern.DAILY: (DAY, 3600), Pattern.WEEKLY: (WEEK, 3600), Pattern.HOURLY: (HOUR, 900)}


@given(
    st.sampled_from(list(PERIODS)),
    st.timedeltas(-600 * WEEK, 600 * WEEK).map(MONDAY.__add__),
    st.lists(late_seconds, min_size=5, max_size=30),
    st.data(),
)
def test_a_cron_is_recognised_whatever_its_jitter_and_though_one_is_missing(
    pattern, start, late, data
):
    period, jitter = PERIODS[pattern]
    times = [
        start + period * number + timedelta(seconds=seconds % (jitter + 1))
        for number, seconds in enumerate(late)
    ]
    missing = data.draw(st.integers(0, len(times) - 1))
    if len(times) > 5 and missing < len(times) - 1:
        del times[missing]
    data.draw(st.randoms()).shuffle(past := times[:-1])

    said = repetition([Offence(at, SIBLING) for at in past], Offence(times[-1], SIBLING), times[-1])

    assert said.pattern is pattern
    assert said.count == len(times)
    assert said.next_at > times[-1]
    on_time = (said.next_at - start) % period
    assert on_time <= timedelta(seconds=jitter)


@given(
    st.lists(st.floats(3, 20), min_size=1, max_size=8),
    st.timedeltas(timedelta(seconds=1), timedelta(days=10)),
)
def test_no_pattern_is_claimed_where_each_gap_is_thrice_the_one_after_it(factors, gap):
    ages = [gap]
    for factor in factors:
        gap = min(gap * factor, timedelta(days=10**6))
        ages.append(ages[-1] + gap)
    ages = [age for age in ages if age < timedelta(days=300_000)]

    assert seen(*ages).pattern is Pattern.IRREGULAR


@pytest.mark.parametrize("days", [3, 30, 90])
def test_of_random_times_few_look_like_a_cron(days):
    random = Random(f"{days} days")
    series = [
        [DAY * random.random() * days for _ in range(random.randint(2, 12))] for _ in range(1000)
    ]

    claimed = sum(seen(*ages).pattern is not Pattern.IRREGULAR for ages in series)

    assert claimed <= 10


@given(
    st.lists(st.timedeltas(timedelta(), WEEK * 60), max_size=40), st.timedeltas(timedelta(), WEEK)
)
def test_whatever_came_before_the_next_one_is_still_to_come(ages, later):
    said = seen(*ages, now=MONDAY + later)

    if said:
        assert 2 <= said.count <= len(ages) + 1
        assert (said.next_at is None) is (said.pattern is Pattern.IRREGULAR)
        assert said.next_at is None or said.next_at > MONDAY + later
