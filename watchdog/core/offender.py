"""Whether what moved a tag wrongly has done so before, and when it will be back.

A cron is told by its times alone. All times are UTC, as those of GitHub's crons are: one that runs
by local time loses its row when the clocks change, and is found again after three more runs.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from watchdog.core.duration import format_duration
from watchdog.core.memory import Move
from watchdog.core.source import Source
from watchdog.core.verdict import Outcome

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
EVERY = (*(timedelta(hours=hours) for hours in (1, 2, 3, 4, 6, 8, 12)), DAY, WEEK)
JITTER = timedelta(hours=1)
"""How late GitHub starts a cron, at worst; of a short period it is JITTER_PART at most."""
JITTER_PART = 4
RUNS_MIN = 3
HOURLY_RUNS_MIN = 5
MISSES_MAX = 1
RUNS_A_STRAY = 3
"""How many runs on time, after the first, allow for one at any other time: somebody's hand."""
SHOWN_MINUTES = 5
JUDGED = frozenset({"verdict", "passing"})
_WORDS = {1: "first", 2: "second", 3: "third"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)


class Pattern(StrEnum):
    """When an offender comes."""

    HOURLY = "hourly"
    """Every hour, or every two, three, four, six, eight or twelve."""
    DAILY = "daily"
    WEEKLY = "weekly"
    IRREGULAR = "irregular"


@dataclass(frozen=True, slots=True)
class Offence:
    """A wrong move of a tag; `pusher` is the robot's name, "" where that is not known."""

    at: datetime
    source: Source | None = None
    pusher: str = ""


@dataclass(frozen=True, slots=True)
class Repetition:
    """How often an offender has moved the tag wrongly by now, and when it will again."""

    count: int
    pattern: Pattern
    next_at: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class _Row:
    """Runs on time, back from the present one: `runs` of the last `slots`, the first at `start`."""

    every: timedelta
    runs: int
    slots: int
    start: datetime


def offences_of(rows: Iterable[Move]) -> tuple[Offence, ...]:
    """Take the wrong moves from a tag's history: each once, however often it was judged."""
    offences: dict[tuple[str, datetime | None], Offence] = {}
    for row in rows:
        if row.outcome is Outcome.REJECTED and row.event in JUDGED:
            name = row.pusher.name if row.pusher else row.actor or ""
            key = (str(row.digest), row.since)
            offences[key] = Offence(row.since or row.at, row.source, name)
    return tuple(offences.values())


def repetition(past: Iterable[Offence], present: Offence, now: datetime) -> Repetition | None:
    """Say what repeats; None for a first offence, or one by nobody knows whom.

    The offender is the source that was built from, else who pushed. `now` is what the next one
    comes after.
    """
    times = sorted({present.at.astimezone(UTC), *_times_of(past, present)}, reverse=True)
    if len(times) == 1:
        return None
    row = next(filter(None, (_row(times, every) for every in EVERY)), None)
    if not row:
        who = "source" if present.source else "pusher"
        said = f"the {_ordinal(len(times))} time in {_span(times[0] - times[-1])} by the same {who}"
        return Repetition(len(times), Pattern.IRREGULAR, None, said)
    back = _next(row, max(now, times[0]))
    said = (
        f"{_in_words(row)}: a cron; disable the workflow or revoke the robot, "
        f"or it will be back {_when(row, back)}"
    )
    return Repetition(len(times), _pattern(row), back, said)


def _times_of(past: Iterable[Offence], present: Offence) -> Iterator[datetime]:
    for offence in past:
        same = (
            offence.source == present.source
            if present.source
            else present.pusher and offence.pusher == present.pusher
        )
        if same and offence.at <= present.at:
            yield offence.at.astimezone(UTC)


def _row(times: list[datetime], every: timedelta) -> _Row | None:
    """Find the longest row of runs, newest first, that are `every` so long, give or take jitter.

    One may be missing, and a few may be strays; two close to each other are one run.
    """
    best, jitter = None, min(JITTER, every / JITTER_PART)
    latest = earliest = timedelta()
    slot = strays = misses = 0
    runs = 1
    for time in times[1:]:
        age = times[0] - time
        now = round(age / every)
        early = age - now * every
        if max(earliest, early) - min(latest, early) > jitter:
            strays += 1
            continue
        earliest, latest = max(earliest, early), min(latest, early)
        if now == slot:
            continue
        misses += now - slot - 1
        if misses > MISSES_MAX:
            break
        slot, runs = now, runs + 1
        if runs >= _runs_min(every) and strays <= (runs - 1) // RUNS_A_STRAY:
            best = _Row(every, runs, slot + 1, times[0] - earliest)
    return best


def _runs_min(every: timedelta) -> int:
    return HOURLY_RUNS_MIN if every < DAY else RUNS_MIN


def _pattern(row: _Row) -> Pattern:
    return {DAY: Pattern.DAILY, WEEK: Pattern.WEEKLY}.get(row.every, Pattern.HOURLY)


def _next(row: _Row, now: datetime) -> datetime:
    """Find the first time after now that is as many periods after the row's."""
    return row.start + ((now - row.start) // row.every + 1) * row.every


def _in_words(row: _Row) -> str:
    at = _shown(row.start)
    whole = row.runs == row.slots
    if row.every < DAY:
        hours = row.every // HOUR
        often = f"every {hours} hours" if hours > 1 else "every hour"
        how = f"the {_ordinal(row.runs)} time in a row" if whole else f"{_of(row)} times"
        return f"{often} at about minute {at.minute}, {how}"
    one = f"{at:%A}" if row.every == WEEK else "day"
    how = f"{_ordinal(row.runs)} {one} in a row" if whole else f"{_of(row)} {one}s"
    return f"{how} at about {at:%H:%M} UTC"


def _of(row: _Row) -> str:
    return f"{row.runs} of the last {row.slots}"


def _when(row: _Row, back: datetime) -> str:
    if row.every < DAY:
        return f"at about {_shown(back):%H:%M} UTC"
    return f"on {back.day} {back:%B}"


def _shown(at: datetime) -> datetime:
    """Round down to a time that somebody may have written into a cron."""
    return at.replace(minute=at.minute - at.minute % SHOWN_MINUTES, second=0, microsecond=0)


def _span(span: timedelta) -> str:
    days = round(span / DAY)
    return f"{days} days" if days > 1 else format_duration(span)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "th")
    return _WORDS.get(number, f"{number}{ending}")
