"""Which build a tag held when: from the rows of its history to spans of time, and to a drawing.

Pure: the time is given. The drawing is in percent of its width, so that its text keeps its size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from watchdog.core.memory import Move
from watchdog.core.reference import Digest
from watchdog.web.watched import Standing, standing_of

HELD = frozenset({"verdict", "revert", "overtaken"})
"""Rows that say what the tag held from then on."""
PASSING = "passing"
SEEN_PERCENT = 0.6
"""The least width of what is drawn: a minute is seen in a year."""
LABELLED_PERCENT = 9
TICKS = 4


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when the tag held a build, and how it stood."""

    start: datetime
    end: datetime
    digest: Digest
    standing: Standing
    revision: str | None = None
    code: str = ""

    @property
    def lasted(self) -> timedelta:
        """For how long."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Bar:
    """A span as it is drawn; all in percent of the drawing's width."""

    span: Span
    left: float
    width: float

    @property
    def label(self) -> str:
        """The commit, where there is room for it."""
        roomy = self.width >= LABELLED_PERCENT
        return (self.span.revision or self.span.digest.hex)[:7] if roomy else ""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the past that is shown."""

    start: datetime
    end: datetime

    @property
    def ticks(self) -> tuple[tuple[float, datetime], ...]:
        """Times to write under the drawing, each with its place in percent."""
        length = self.end - self.start
        return tuple((100 * n / TICKS, self.start + length * n / TICKS) for n in range(TICKS + 1))


def spans_of(moves: Iterable[Move], now: datetime) -> tuple[Span, ...]:
    """Put the rows of a history, in whatever order, into spans that lie side by side.

    What the tag held in passing lies over them.
    """
    rows = sorted((row for row in moves if row.digest), key=_from)
    passing = [_span(row, _from(row), row.until or row.at) for row in rows if row.event == PASSING]
    held = [row for row in rows if row.event in HELD]
    starts = [_start(row, before) for before, row in pairwise([None, *held]) if row]
    ends = [*starts, now][1:]
    spans = [_span(*one) for one in zip(held, starts, ends, strict=True) if one[1] < one[2]]
    return tuple(sorted((*_merged(spans), *passing), key=lambda span: span.start))


def bars_of(spans: Sequence[Span], window: Window) -> tuple[Bar, ...]:
    """Draw what lies within a window; what is wrong last, so that nothing hides it."""
    length = window.end - window.start
    bars = []
    for span in spans:
        start, end = max(span.start, window.start), min(span.end, window.end)
        if end < start:
            continue
        width = max(100 * ((end - start) / length), SEEN_PERCENT)
        left = min(100 * ((start - window.start) / length), 100 - width)
        bars.append(Bar(span, round(left, 2), round(width, 2)))
    return tuple(sorted(bars, key=lambda bar: bar.span.standing is Standing.WRONG))


def wrong_within(spans: Sequence[Span], window: Window) -> tuple[int, timedelta]:
    """Count how often the tag was wrong within a window, and for how long in all."""
    wrong = [s for s in spans if s.standing is Standing.WRONG and s.end > window.start]
    parts = (min(s.end, window.end) - max(s.start, window.start) for s in wrong)
    lasted = [part for part in parts if part >= timedelta()]
    return len(lasted), sum(lasted, timedelta())


def _from(row: Move) -> datetime:
    return row.since or row.at


def _start(row: Move, before: Move | None) -> datetime:
    """Say from when a row counts: the same build judged anew from when it was judged."""
    return row.at if before and before.digest == row.digest else _from(row)


def _span(row: Move, start: datetime, end: datetime) -> Span:
    if row.digest is None:  # Defensive: such rows were left out.
        raise AssertionError
    codes = row.findings[0].code.value if row.findings else ""
    standing = standing_of(row.outcome) if row.findings else Standing.UNKNOWN
    return Span(start, max(start, end), row.digest, standing, row.revision, codes)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in spans:
        last = merged[-1] if merged else None
        if last and (last.digest, last.standing) == (span.digest, span.standing):
            merged[-1] = replace(last, end=span.end)
        else:
            merged.append(span)
    return merged
