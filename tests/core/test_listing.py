"""What a repeated list of repositories tells of each of them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.listing import (
    ABSENT_MAX,
    Change,
    Known,
    listed,
    not_listed,
    was_written,
    written_since,
)

NOW = datetime(2026, 11, 23, 9, 47, 28, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - timedelta(hours=1), NOW - timedelta(seconds=59)
STEPS = {
    "new": (None, LONG_AGO, Change.NEW),
    "new-and-empty": (None, None, Change.NEW),
    "as-before": (Known(LONG_AGO, settled=True), LONG_AGO, None),
    "empty-as-before": (Known(None, settled=True), None, None),
    "later": (Known(LONG_AGO, settled=True), JUST_NOW, Change.MOVED),
    "earlier-for-its-newest-tag-was-deleted": (
        Known(JUST_NOW, settled=True),
        LONG_AGO,
        Change.MOVED,
    ),
    "its-first-tag": (Known(None, settled=True), LONG_AGO, Change.MOVED),
    "its-last-tag-was-deleted": (Known(LONG_AGO, settled=True), None, Change.MOVED),
    "read-too-soon-to-be-sure": (Known(JUST_NOW, settled=False), JUST_NOW, Change.MOVED),
    "missed-once": (Known(LONG_AGO, settled=True, absent=1), LONG_AGO, Change.MOVED),
    "vanished": (Known(LONG_AGO, settled=True, absent=ABSENT_MAX), LONG_AGO, Change.BACK),
}


WRITTEN = {
    "never-listed": (None, LONG_AGO, False, None),
    "later": (Known(LONG_AGO, settled=True), NOW, True, LONG_AGO + timedelta(seconds=1)),
    "later-than-not-settled": (Known(LONG_AGO, settled=False), NOW, True, LONG_AGO),
    "as-before": (Known(LONG_AGO, settled=False), LONG_AGO, True, LONG_AGO),
    "earlier": (Known(NOW, settled=False), LONG_AGO, False, NOW),
    "its-first-tag": (Known(None, settled=True), LONG_AGO, False, None),
    "its-last-tag": (Known(NOW, settled=False), None, False, NOW),
    "missed-once": (Known(LONG_AGO, settled=False, absent=1), NOW, False, LONG_AGO),
}


@pytest.mark.parametrize(
    ("known", "last_modified", "written", "since"), WRITTEN.values(), ids=WRITTEN
)
def test_whether_tags_were_written_and_nothing_else(known, last_modified, written, since):
    current, _ = listed(known, last_modified, NOW)
    assert was_written(known, current) is written
    assert written_since(known) == since


@pytest.mark.parametrize(("known", "last_modified", "change"), STEPS.values(), ids=STEPS)
def test_a_listed_repository(known, last_modified, change):
    current, found = listed(known, last_modified, NOW)
    assert found is change
    assert (current.last_modified, current.absent) == (last_modified, 0)


def test_a_time_is_settled_once_it_was_read_a_minute_after_itself():
    current, _ = listed(None, NOW, NOW + timedelta(seconds=59))
    assert not current.settled
    current, change = listed(current, NOW, NOW + timedelta(seconds=60))
    assert (current.settled, change) == (True, Change.MOVED)
    assert listed(current, NOW, NOW + timedelta(seconds=120)) == (current, None)


def test_a_repository_vanishes_with_the_second_list_without_it_and_only_once():
    known, changes = Known(LONG_AGO, settled=True), []
    for _ in range(4):
        known, change = not_listed(known)
        changes.append(change)
    assert changes == [Change.MISSED, Change.VANISHED, None, None]
    assert listed(known, LONG_AGO, NOW)[1] is Change.BACK


def test_what_is_missing_from_nobodys_list_was_missed_and_never_vanishes():
    known, changes = Known(LONG_AGO, settled=True), []
    for _ in range(3):
        known, change = not_listed(known, counts=False)
        changes.append(change)
    assert changes == [Change.MISSED, None, None]
    assert listed(known, LONG_AGO, NOW)[1] is Change.MOVED
    assert not_listed(known)[1] is Change.VANISHED


@given(
    pushes_ms=st.lists(st.integers(0, 20_000), min_size=1),
    lag_ms=st.integers(0, 59_000),
    every_ms=st.integers(500, 120_000),
)
def test_each_push_is_followed_by_a_change_though_replicas_lag_and_seconds_are_whole(
    pushes_ms, lag_ms, every_ms
):
    known, unseen, shown_ms = None, set(pushes_ms), 0
    while shown_ms <= max(pushes_ms):
        shown_ms += every_ms
        shown = {push for push in pushes_ms if push <= shown_ms}
        newest = NOW + timedelta(seconds=max(shown) // 1000) if shown else None
        read_at = NOW + timedelta(milliseconds=shown_ms + lag_ms)
        known, change = listed(known, newest, read_at)
        # A look that follows sees no less than the list did.
        unseen -= shown if change else set()
    assert not unseen
