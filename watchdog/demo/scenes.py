"""The story: seven scenes, what happens in each, and what the watchdog must make of it.

The real incident of 2026, told in one week. `SCENES` is the table; the functions above it change
the world as people and their CI did.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from watchdog.core.commits import Revision
from watchdog.core.reference import Digest
from watchdog.demo.world import IMAGE, SIBLING, World

BEAT_TIMEOUT_S = 10.0
_MONDAY_CRON = datetime(2026, 1, 12, 4, 30, tzinfo=UTC)
_BASE = "base image of January 5"
_BASE_REBUILT = "base image of January 13"
_BASE_OLD = "base image of last March"


@dataclass(frozen=True, slots=True)
class Expected:
    """The outcome that a scene must have.

    `codes` is the verdict on what was pushed; without a push, on what the tag holds. With
    `reverted` the build before is put back. `conditions` are in force at the end. `messages` are
    the kinds that every channel gets, in order, and no others.
    """

    codes: tuple[str, ...]
    reverted: bool = False
    conditions: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that happens, and what must come of it; `act` returns the digest it pushed."""

    story: str
    act: Callable[[World], Digest | None]
    expected: Expected
    within_s: float = BEAT_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Scene:
    """One step of the story, usually of one beat."""

    title: str
    beats: tuple[Beat, ...]


def _first_build(world: World) -> Digest:
    at = datetime(2026, 1, 8, 10, 0, tzinfo=UTC)
    return _build_and_push(world, world.real.commit("Fetch receipts", at=at), at)


def _fix(world: World) -> Digest:
    at = datetime(2026, 1, 9, 16, 0, tzinfo=UTC)
    return _build_and_push(world, world.real.commit("Fix the lost session", at=at), at)


def _cron_of_the_sibling(world: World) -> Digest:
    return world.push(world.build(SIBLING, _tip(world, SIBLING), _MONDAY_CRON, _BASE_OLD))


def _weekly_rebuild(world: World) -> Digest:
    at = datetime(2026, 1, 13, 6, 0, tzinfo=UTC)
    return world.push(world.build(IMAGE, _tip(world, IMAGE), at, _BASE_REBUILT))


def _later_run_first(world: World) -> Digest:
    at = datetime(2026, 1, 14, 11, 0, tzinfo=UTC)
    world.real.commit("Add a budget page", at=at)
    return _build_and_push(world, world.real.commit("Fix the budget page"), at)


def _earlier_run_last(world: World) -> Digest:
    parent = world.real.git("rev-parse", "refs/heads/main~1")
    at = datetime(2026, 1, 14, 11, 5, tzinfo=UTC)
    return _build_and_push(world, Revision(parent), at)


def _main_moves_on(world: World) -> None:
    world.real.commit("Rotate tokens", at=datetime(2026, 1, 15, 9, 0, tzinfo=UTC))


def _next_build(world: World) -> Digest:
    return _build_and_push(world, _tip(world, IMAGE), datetime(2026, 1, 16, 9, 0, tzinfo=UTC))


def _build_and_push(world: World, revision: Revision, at: datetime) -> Digest:
    return world.push(
        world.build(IMAGE, revision, at, _BASE_REBUILT if at > _MONDAY_CRON else _BASE)
    )


def _tip(world: World, path: str) -> Revision:
    repository = world.sibling if path == SIBLING else world.real
    return Revision(repository.git("rev-parse", "refs/heads/main"))


_WRONG_AND_REVERTED = ("wrong", "reverted")
SCENES = (
    Scene(
        "The first build",
        (
            Beat(
                "CI of crunchtools/acquacotta builds main and pushes :latest.",
                _first_build,
                Expected(("first-seen",)),
            ),
        ),
    ),
    Scene(
        "The fix",
        (
            Beat(
                "A lost session is fixed on main; CI builds that commit and pushes :latest.",
                _fix,
                Expected(("newer",)),
            ),
        ),
    ),
    Scene(
        "Monday, 04:30",
        (
            Beat(
                "Nobody remembers the weekly cron of the archived crunchtools/acquacotta-old. It "
                "builds code from before the fix and pushes it to the same :latest.",
                _cron_of_the_sibling,
                Expected(("unexpected-source",), reverted=True, messages=_WRONG_AND_REVERTED),
            ),
        ),
    ),
    Scene(
        "The weekly rebuild",
        (
            Beat(
                "The base image has updates; CI builds the same commit again. Nobody need know.",
                _weekly_rebuild,
                Expected(("rebuild",)),
            ),
        ),
    ),
    Scene(
        "Two CI runs, in the wrong order",
        (
            Beat(
                "Two commits land on main within a minute. The run of the later one is done first.",
                _later_run_first,
                Expected(("newer",)),
            ),
            Beat(
                "The run of the earlier commit was slow. It pushes now, over the later build.",
                _earlier_run_last,
                Expected(("older-commit",), reverted=True, messages=_WRONG_AND_REVERTED),
            ),
        ),
    ),
    Scene(
        "main moves on",
        (
            Beat(
                "A fix lands on main and nothing builds it: images are built from tags only. No "
                "push, so no hook; the timer finds it.",
                _main_moves_on,
                Expected(("unchanged",), conditions=("lagging",), messages=("lagging",)),
            ),
        ),
    ),
    Scene(
        "The next build",
        (
            Beat(
                "Somebody reads the alert and starts the build.",
                _next_build,
                Expected(("newer",), messages=("caught-up",)),
            ),
        ),
    ),
)
