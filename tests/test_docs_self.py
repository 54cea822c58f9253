"""`docs/self.md`: one row for each condition, with the time after which it is told."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from watchdog.core.channel_health import ChannelTelling
from watchdog.core.self_condition import REMINDERS_MAX, TOLD_AFTER, SelfCode
from watchdog.core.self_trouble import (
    CLOCK_APART_MAX,
    DISK_FREE_MIN_BYTES,
    DISK_FREE_MIN_SHARE,
    FETCHES_FAILED_MIN,
    OVERDUE_AFTER,
    UNDONE_AFTER,
)
from watchdog.web.health import CHECKED_WITHIN

PAGE = (Path(__file__).parents[1] / "docs" / "self.md").read_text()
ROWS = {
    row[0]: row[1:]
    for row in re.findall(r"^\| `([^`]+)` \| (.*) \| (.*) \| .* \|$", PAGE, re.MULTILINE)
}


@pytest.mark.parametrize("code", SelfCode)
def test_each_condition_is_in_the_table_with_its_patience(code):
    after = TOLD_AFTER[code]
    assert ROWS[code][1] == (f"{after // timedelta(minutes=1)} min" if after else "at once")


def test_no_code_is_in_the_table_that_does_not_exist():
    assert set(ROWS) == set(SelfCode)
    assert f"`{ChannelTelling.FAILING}`, `{ChannelTelling.GAVE_UP}`" in PAGE


def test_the_limits_are_those_of_the_code():
    assert (timedelta(minutes=2), timedelta(minutes=5)) == (OVERDUE_AFTER, UNDONE_AFTER)
    assert (DISK_FREE_MIN_BYTES, DISK_FREE_MIN_SHARE) == (1024**3, 0.1)
    assert (timedelta(seconds=30), 2) == (CLOCK_APART_MAX, FETCHES_FAILED_MIN)
    assert (timedelta(minutes=5), 7) == (CHECKED_WITHIN, REMINDERS_MAX)
