"""When hosts pull next."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.pulls import Pulls

NEW_YORK = Pulls(time(0, 0), "America/New_York")
BERLIN = Pulls(time(2, 30), "Europe/Berlin")


@pytest.mark.parametrize(
    ("pulls", "now", "expected"),
    [
        (NEW_YORK, "2026-11-23T22:48", "2026-11-24T05:00"),
        (NEW_YORK, "2026-11-24T05:00", "2026-11-25T05:00"),
        (NEW_YORK, "2026-07-01T03:59", "2026-07-01T04:00"),
        (BERLIN, "2026-03-29T00:00", "2026-03-29T01:30"),
        (BERLIN, "2026-10-25T00:00", "2026-10-25T00:30"),
        (Pulls(time(0, 0), "Pacific/Kiritimati"), "2026-01-01T09:59", "2026-01-01T10:00"),
        (Pulls(time(23, 59), "Pacific/Pago_Pago"), "2026-01-01T11:00", "2026-01-02T10:59"),
    ],
    ids=["winter", "just-then", "summer", "clocks-forward", "clocks-back", "far-east", "far-west"],
)
def test_hosts_pull_at_their_own_time_of_the_day(pulls, now, expected):
    at = datetime.fromisoformat(f"{now}:00+00:00")
    assert pulls.next_after(at).isoformat() == f"{expected}:00+00:00"


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_the_next_pull_is_after_now_and_within_little_more_than_a_day(now, at, zone):
    now = now.replace(tzinfo=UTC)
    left = Pulls(at, zone).next_after(now) - now
    assert timedelta() < left <= timedelta(hours=25)
