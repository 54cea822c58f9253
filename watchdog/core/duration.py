"""Spans of time as people write and read them."""

import re
from datetime import timedelta

from watchdog.errors import MalformedError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d{1,6})([smhd])")

SECONDS_SHOWN = 120


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `5m`, `2h` or `1d`; raises MalformedError for anything else, zero included."""
    match = _DURATION.fullmatch(text.strip())
    if not match or not int(match[1]):
        raise MalformedError(f"not a duration: {text[:40]!r}; write 90s, 5m, 2h or 1d")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]])


def format_duration(span: timedelta) -> str:
    """Write a span with its two largest units, `6 h 12 min`; under two minutes in seconds."""
    seconds = max(0, round(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if seconds >= SECONDS_SHOWN:
        return f"{minutes} min"
    return f"{seconds} s" if seconds else "less than a second"
