from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.duration import format_duration, parse_duration
from watchdog.errors import MalformedError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        (" 007s ", 7),
        ("999999d", 86399913600),
    ],
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "0s", "000d", "-5m", "1.5h", "5 m", "5M", "1h30m", "1w", "1000000s"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(MalformedError, match="write 90s, 5m, 2h or 1d"):
        parse_duration(text)


@given(st.text())
def test_any_text_is_a_duration_or_malformed(text):
    with suppress(MalformedError):
        assert parse_duration(text) > timedelta(0)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(seconds=-5), "less than a second"),
        (timedelta(seconds=0.4), "less than a second"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=119.4), "119 s"),
        (timedelta(seconds=119.6), "2 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=6, minutes=12), "6 h 12 min"),
        (timedelta(days=1), "1 d"),
        (timedelta(days=1, minutes=59), "1 d"),
        (timedelta(days=40, hours=3), "40 d 3 h"),
    ],
)
def test_a_span_is_written_with_its_two_largest_units(span, text):
    assert format_duration(span) == text
