"""What every receiver reads in the same way: times."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.receive.hook import AHEAD_MAX, EARLIEST, Hook

RECEIVED = datetime(2026, 11, 23, 9, 33, 41, tzinfo=UTC)
HOOK = Hook(b"", received=RECEIVED)
SOON = RECEIVED + AHEAD_MAX
ONE_S = timedelta(seconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:33:40Z",
        "2026-11-23t09:33:40z",
        "2026-11-23 09:33:40+00:00",
        "2026-11-23T09:33:40-00:00",
        "2026-11-23T11:03:40+01:30",
        "2026-11-22T23:33:40.000000000-10:00",
        "2026-11-23T09:33:40.0000009Z",
    ],
)
def test_an_rfc_3339_time_of_any_fraction_and_zone_is_read_in_utc(text):
    assert HOOK.time(text) == RECEIVED - ONE_S
    assert HOOK.time(text).tzinfo is UTC


def test_of_a_fraction_microseconds_are_kept():
    assert HOOK.time("2026-11-23T09:33:40.249989978Z").microsecond == 249989


@pytest.mark.parametrize("seconds", [1795426420, 1795426420.0, 1795426420.25])
def test_seconds_since_1970_are_read(seconds):
    time = HOOK.time(seconds)
    assert time == datetime(2026, 11, 23, 9, 33, 40, int(seconds % 1 * 1e6), UTC)
    assert time.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "now",
        "1795426420",
        "2026-11-23",
        "2026-11-23T09:33:40",
        "2026-11-23T09:33:40Z\n",
        "2026-11-23T09:33:40,5Z",
        "2026-11-23T09Z",
        "2026-W47-1T09:33:40Z",
        "20261123T093340Z",
        "2026-11-31T09:33:40Z",
        "2026-11-23T23:59:60Z",
        "2026-11-23T09:33:40+99:99",
        "٢٠٢٦-11-23T09:33:40Z",
        "9999-12-31T23:59:59-23:59",
        True,
        ["2026-11-23T09:33:40Z"],
        float("nan"),
        float("inf"),
        float("-inf"),
        10**4000,
        1795426420000,
        -1,
        0,
    ],
)
def test_what_is_no_time_is_none(value):
    assert HOOK.time(value) is None
    assert Hook(b"").time(value) is None


@pytest.mark.parametrize("write", [datetime.isoformat, datetime.timestamp])
@pytest.mark.parametrize(
    ("time", "is_one"),
    [
        (EARLIEST - ONE_S, False),
        (EARLIEST, True),
        (RECEIVED, True),
        (SOON, True),
        (SOON + ONE_S, False),
    ],
)
def test_a_time_before_registries_or_a_day_after_ours_is_none(write, time, is_one):
    assert HOOK.time(write(time)) == (time if is_one else None)


@given(
    time=st.datetimes(
        (EARLIEST + AHEAD_MAX).replace(tzinfo=None),
        RECEIVED.replace(tzinfo=None),
        timezones=st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m))),
    )
)
def test_a_written_time_is_read_back(time):
    assert HOOK.time(time.isoformat()) == time


@given(value=st.text(max_size=30) | st.floats() | st.integers())
def test_whatever_is_written_there_is_a_time_within_the_bounds_or_none(value):
    time = HOOK.time(value)
    assert time is None or EARLIEST <= time <= SOON
