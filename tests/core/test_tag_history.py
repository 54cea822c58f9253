"""Which rows of a tag's history are new."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.reference import Digest
from watchdog.core.tag_history import (
    CLOCK_SKEW_MAX,
    LAG_MAX,
    Held,
    Returned,
    is_behind,
    mark_of,
    rows_after,
)

START = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


def history(*seconds):
    """Rows that began at these seconds, given oldest first; newest first, as a registry lists."""
    rows = [
        Held(Digest.of(bytes([number])), START + timedelta(seconds=second))
        for number, second in enumerate(seconds)
    ]
    return tuple(reversed(rows))


def test_rows_that_began_after_the_mark_are_new():
    before, after = history(0, 5), history(0, 5, 9, 70)
    assert rows_after(after, mark_of(before)) == after[:2]


def test_two_pushes_in_the_second_of_the_mark_are_told_apart_by_their_number():
    before, after = history(0, 5), history(0, 5, 5, 5)
    assert rows_after(after, mark_of(before)) == after[:2]


def test_a_history_that_was_read_to_its_end_has_nothing_new():
    rows = history(0, 5, 5)
    assert rows_after(rows, mark_of(rows)) == ()


def test_rows_that_the_registry_forgot_are_not_missed():
    before = history(0, 5, 5)
    assert rows_after(before[:1], mark_of(before)) == ()


def test_a_tag_without_a_history_has_no_mark():
    assert mark_of(()) is None
    assert mark_of((Held(Digest.of(b"")),)) is None


@given(st.lists(st.integers(0, 20)), st.data())
def test_reading_in_two_steps_finds_each_row_once(gaps, data):
    seconds = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    first = data.draw(st.integers(0, len(seconds)))
    whole = history(*seconds)
    seen = whole[len(seconds) - first :]
    if mark := mark_of(seen):
        assert rows_after(whole, mark) == whole[: len(seconds) - first]


def given_back():
    """A history in which a push of 9 s was written over at 9 s, and given back at 10 s."""
    written_over = history(0, 5, 9, 9)
    push, above = written_over[1], mark_of(written_over)
    row = Held(push.digest, START + timedelta(seconds=10), restored=True)
    return (row, *written_over), Returned(push, above)


def test_what_the_tag_was_given_back_to_is_shown_as_the_push_that_it_was():
    rows, returned = given_back()
    assert returned.as_pushed(rows[0], rows) == returned.push
    assert [returned.as_pushed(row, rows) for row in rows[1:]] == list(rows[1:])


def test_what_came_later_is_shown_as_it_is():
    rows, returned = given_back()
    ended = replace(rows[0], until=START + timedelta(seconds=12))
    again = Held(ended.digest, START + timedelta(seconds=12), restored=True)
    later = (again, ended, *rows[1:])
    assert returned.as_pushed(again, later) == again
    assert returned.as_pushed(ended, later) == replace(returned.push, until=ended.until)


def test_nothing_is_taken_for_given_back_that_is_not_known_to_be():
    rows, returned = given_back()
    assert returned.as_pushed(rows[0], rows[:1]) == rows[0]
    assert returned.as_pushed(rows[1], rows[1:]) == rows[1]
    other = replace(rows[0], digest=Digest.of(b"other"))
    assert returned.as_pushed(other, (other, *rows[1:])) == other


def test_a_row_is_alive_until_its_end_has_come():
    row = Held(Digest.of(b""), START, START + timedelta(minutes=9))
    assert row.alive(START + timedelta(minutes=9) - CLOCK_SKEW_MAX - timedelta(seconds=1))
    assert not row.alive(START + timedelta(minutes=9))


def test_a_row_that_ended_by_a_clock_ahead_of_ours_is_over():
    row = Held(Digest.of(b""), START, START + timedelta(seconds=30))
    assert not row.alive(START)
    assert Held(Digest.of(b""), START).alive(START + timedelta(days=9))


NOW = START + timedelta(minutes=1)


def test_a_history_that_ends_before_the_mark_is_a_replica_s_that_lags():
    whole = history(0, 5, 9)
    assert is_behind(whole[1:], mark_of(whole), NOW)
    assert is_behind((), mark_of(whole), NOW)
    assert not is_behind(whole, mark_of(whole), NOW)
    assert not is_behind(history(0, 5, 9, 20), mark_of(whole), NOW)
    assert not is_behind(whole[1:], None, NOW)


def test_of_two_pushes_in_one_second_a_replica_may_lack_the_second():
    whole = history(0, 5, 5)
    assert is_behind(whole[1:], mark_of(whole), NOW)


def test_rows_beside_the_newest_may_have_been_forgotten():
    whole = history(0, 5, 5)
    assert not is_behind(whole[:1], mark_of(whole), NOW)


def test_a_history_that_stays_shorter_is_believed_in_the_end():
    whole = history(0, 5, 9)
    later = START + timedelta(seconds=9) + LAG_MAX + timedelta(seconds=1)
    assert not is_behind(whole[1:], mark_of(whole), later)
