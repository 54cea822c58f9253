"""The words about what is wrong with the watchdog itself, and from which limits on it is wrong.

What concerns Quay has its words beside its rules: `core.quay_hook_health`, `core.quay_access_told`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watchdog.core.duration import format_duration
from watchdog.core.self_condition import SelfCode, Trouble

OVERDUE_AFTER = timedelta(minutes=2)
"""A look that is due for longer was not claimed by anyone: no worker runs, or too few."""
UNDONE_AFTER = timedelta(minutes=5)
"""A chore that has not ended for longer fails each time, or hangs."""
DISK_FREE_MIN_BYTES = 1024**3
DISK_FREE_MIN_SHARE = 0.1
"""The disk is low where both are undercut: a large disk is never full of a tenth."""
CLOCK_APART_MAX = timedelta(seconds=30)
FETCHES_FAILED_MIN = 2
"""So many fetches of a mirror must have failed in a row."""
FETCH_FAILED_WITHIN = timedelta(hours=1)
"""A mirror that nobody has tried to fetch for longer is nobody's any more."""
SOURCES_SHOWN = 5
_MEGABYTE = 1_000_000
_NTP = "Let NTP set both: times shown are the store's, certificates are held against its own clock."


@dataclass(frozen=True, slots=True)
class FailingMirror:
    """A source whose last fetches failed: so many, since when, the last one when and why."""

    source: str
    host: str
    fetches: int
    since: datetime
    last: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What a worker process says of the machine that it runs on; `clock_ahead` of the store's.

    `disk_free` and `disk_total` are the bytes of the data folder's file system, None where that
    cannot be read.
    """

    node: str
    at: datetime
    clock_ahead: timedelta
    disk_free: int | None
    disk_total: int | None
    mirrors: tuple[FailingMirror, ...] = ()


def sweep_late(
    overdue: timedelta, undone: Mapping[str, datetime], now: datetime
) -> Iterator[Trouble]:
    """Say that looks, or chores, are not done in time.

    `overdue` is for how long the oldest look has been due, `undone` since when which chores fail.
    """
    stuck = {name: since for name, since in undone.items() if now - since > UNDONE_AFTER}
    late = overdue > OVERDUE_AFTER
    if not late and not stuck:
        return
    looks = f"Looks are late: one has been due for {format_duration(overdue)}"
    yield Trouble(
        SelfCode.SWEEP_LATE,
        "",
        looks if late else f"What the watchdog does by its timer fails: {', '.join(sorted(stuck))}",
        "Looks and chores are done in time again",
        (
            *((("Due since", f"{now - overdue:%Y-%m-%d %H:%M} UTC"),) if late else ()),
            *(
                (f"Chore {name}", f"has not ended since {since:%Y-%m-%d %H:%M} UTC")
                for name, since in sorted(stuck.items())
            ),
        ),
        (
            "What the status page says may be as old as that.",
            "Slow registries or git hosts hold looks up: the worker's log names them.",
            "Where there are many tags, start another worker.",
        ),
    )


def store_unsafe(faults: Sequence[str]) -> Iterator[Trouble]:
    """Say that the store's configuration can lose what it holds; nothing without faults."""
    if faults:
        yield Trouble(
            SelfCode.STORE_UNSAFE,
            "",
            "The store can lose what the watchdog knows",
            "The store keeps what the watchdog knows",
            tuple(("Store", fault) for fault in faults),
            ("Trusted builds, open incidents and messages not yet sent are in the store alone.",),
        )


def store_write_failed(faults: Sequence[str]) -> Iterator[Trouble]:
    """Say that the store failed to write to its disk; nothing without faults."""
    if faults:
        yield Trouble(
            SelfCode.STORE_WRITE_FAILED,
            "",
            "The store could not write to its disk",
            "The store writes to its disk again",
            tuple(("Store", fault) for fault in faults),
            ("Look at the server's log and at the space on its disk: a restart may lose data.",),
        )


def node_troubles(report: NodeReport) -> Iterator[Trouble]:
    """Say what is wrong with the machine that a worker runs on."""
    free, total = report.disk_free, report.disk_total
    low = free is not None and free < DISK_FREE_MIN_BYTES
    if free is not None and total and low and free < total * DISK_FREE_MIN_SHARE:
        yield Trouble(
            SelfCode.DISK_LOW,
            report.node,
            f"{report.node}: {free // _MEGABYTE} MB are left for the data folder",
            f"{report.node}: the data folder is short of space no more",
            (("Free", f"{free / total:.0%} of {total // _MEGABYTE} MB"),),
            ("Make room: git's mirrors, and a store in that folder, cannot be written without.",),
        )
    apart = abs(report.clock_ahead)
    if apart > CLOCK_APART_MAX:
        side = "ahead of" if report.clock_ahead > timedelta() else "behind"
        yield Trouble(
            SelfCode.CLOCK_APART,
            report.node,
            f"{report.node}: its clock is {format_duration(apart)} {side} the store's",
            f"{report.node}: its clock and the store's agree",
            (),
            (_NTP,),
        )


def mirror_troubles(
    failing: Iterable[FailingMirror], told_hosts: Iterable[str], now: datetime
) -> Iterator[Trouble]:
    """Say which git hosts give no fetch, each once; not of those that an outage of tags tells."""
    told = frozenset(told_hosts)
    hosts: dict[str, dict[str, FailingMirror]] = {}
    for one in failing:
        tried = now - one.last <= FETCH_FAILED_WITHIN and one.fetches >= FETCHES_FAILED_MIN
        if tried and one.host not in told:
            hosts.setdefault(one.host, {})[one.source] = one
    for host, sources in sorted(hosts.items()):
        yield _mirrors_failing(host, sorted(sources.values(), key=lambda one: one.since))


def _mirrors_failing(host: str, sources: Sequence[FailingMirror]) -> Trouble:
    """Write of all sources of a git host at once, the one that has failed longest first."""
    first, more = sources[0], len(sources) - SOURCES_SHOWN
    names = first.source if len(sources) == 1 else f"{len(sources)} sources on {host}"
    return Trouble(
        SelfCode.MIRROR_FAILING,
        host,
        f"{names} cannot be fetched",
        f"What is watched on {host} can be fetched again",
        (
            ("Failing since", f"{first.since:%Y-%m-%d %H:%M} UTC"),
            *((one.source, one.reason) for one in sources[:SOURCES_SHOWN]),
            *((("And", f"{more} more"),) if more > 0 else ()),
        ),
        (
            "Their tags are judged by what was fetched last; whether they lag is not seen.",
            "Does the repository exist, and may WATCHDOG_GIT_CREDENTIALS read it?",
        ),
    )
