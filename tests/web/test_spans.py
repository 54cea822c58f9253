"""Which build a tag held when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.web import seed
from watchdog.web.spans import Window, bars_of, spans_of, wrong_within
from watchdog.web.watched import Standing

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
GOOD = seed.accepted(seed.ROTV, now=NOW)
BAD = seed.rejected(seed.ROTV, now=NOW)
WEEK = Window(NOW - 7 * DAY, NOW)


def held(*rows):
    return [(s.start, s.end, s.standing) for s in spans_of(rows, NOW)]


def row(memory, at, **how):
    return seed.move(memory, at, **how)


def test_a_build_is_held_until_the_next_row_and_the_last_until_now():
    rows = row(BAD, NOW - DAY), row(GOOD, NOW - 3 * DAY)
    assert held(*rows) == [
        (NOW - 3 * DAY, NOW - DAY, Standing.RIGHT),
        (NOW - DAY, NOW, Standing.WRONG),
    ]


def test_a_build_counts_from_when_the_tag_held_it_not_from_when_that_was_noticed():
    noticed = replace(row(BAD, NOW - DAY), since=NOW - 2 * DAY)
    assert held(noticed)[0][0] == NOW - 2 * DAY


def test_the_same_build_judged_anew_stands_so_from_when_it_was_judged():
    first = replace(row(GOOD, NOW - 3 * DAY), since=NOW - 3 * DAY)
    anew = replace(row(replace(BAD, digest=GOOD.digest), NOW - DAY), since=NOW - 3 * DAY)
    assert [span[:2] for span in held(first, anew)] == [
        (NOW - 3 * DAY, NOW - DAY),
        (NOW - DAY, NOW),
    ]


def test_the_same_build_that_stands_alike_is_one_span():
    assert len(held(row(GOOD, NOW - 3 * DAY), row(GOOD, NOW - DAY))) == 1


def test_what_was_there_for_a_moment_lies_over_what_was_there():
    since = NOW - DAY
    passing = replace(row(BAD, NOW, event="passing"), since=since, until=since + MINUTE)
    assert held(row(GOOD, NOW - 2 * DAY), passing) == [
        (NOW - 2 * DAY, NOW, Standing.RIGHT),
        (since, since + MINUTE, Standing.WRONG),
    ]


def test_what_was_only_said_moves_nothing():
    assert held(row(GOOD, NOW - DAY), row(GOOD, NOW - MINUTE, event="ack")) == held(
        row(GOOD, NOW - DAY)
    )


def test_a_revert_ends_what_was_wrong():
    rows = row(BAD, NOW - DAY), row(GOOD, NOW - DAY + MINUTE, event="revert")
    assert wrong_within(spans_of(rows, NOW), WEEK) == (1, MINUTE)


def test_only_what_lies_in_the_window_counts():
    spans = spans_of([row(BAD, NOW - 30 * DAY), row(GOOD, NOW - 6 * DAY)], NOW)
    assert wrong_within(spans, WEEK) == (1, DAY)
    assert wrong_within(spans, Window(NOW - 5 * DAY, NOW)) == (0, timedelta())
    assert wrong_within(spans, Window(NOW - 60 * DAY, NOW - 40 * DAY)) == (0, timedelta())


def test_a_minute_is_seen_in_a_week_and_nothing_is_drawn_beyond_the_edges():
    spans = spans_of([row(GOOD, NOW - 30 * DAY), row(BAD, NOW - MINUTE)], NOW)
    right, wrong = bars_of(spans, WEEK)
    assert (right.left, round(right.width)) == (0, 100)
    assert wrong.width >= 0.5
    assert wrong.left + wrong.width <= 100
    assert (right.label, wrong.label) == (GOOD.revision[:7], "")


def test_what_is_wrong_is_drawn_last():
    spans = spans_of([row(BAD, NOW - 2 * DAY), row(GOOD, NOW - DAY)], NOW)
    assert [bar.span.standing for bar in bars_of(spans, WEEK)] == [Standing.RIGHT, Standing.WRONG]


def test_what_is_not_in_the_window_is_not_drawn():
    spans = spans_of([row(BAD, NOW - 30 * DAY), row(GOOD, NOW - 20 * DAY)], NOW)
    assert len(bars_of(spans, WEEK)) == 1
