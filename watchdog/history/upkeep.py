"""What keeps a clone quick and usable between fetches: locks swept, graph written, packs joined.

The caller holds the clone's lock. Nothing here changes what a branch or a tag points at.
"""

import logging
import time
from pathlib import Path

from watchdog.history.git import Git

PACKS_MAX = 50  # each fetch of something new leaves one; git itself would join them at this number
PIN_LOCK_MAX_AGE_S = 60.0
PINS = "refs/watchdog"

# Kept out of the clone's own configuration: without it git knows of nowhere to get an object that
# is not here, and says at once that it is missing (0.5 s sooner among 80,000 commits).
PROMISOR = ["-c", "remote.origin.promisor=true", "-c", "remote.origin.partialclonefilter=tree:0"]

_GRAPH = ["commit-graph", "write", "--reachable", "--split", "--no-changed-paths", "--no-progress"]

_log = logging.getLogger(__name__)


def sweep(folder: Path) -> None:
    """Remove what killed gits left: locks, and packs half received.

    Pins are set without the clone's lock, so a young lock among them may be somebody's.
    """
    left = [*folder.glob("*.lock"), *(folder / "refs").rglob("*.lock")]
    left += (folder / "objects" / "info").rglob("*.lock")
    left += (folder / "objects" / "pack").glob("tmp_*")
    for path in left:
        if path.is_relative_to(folder / PINS) and _age_s(path) < PIN_LOCK_MAX_AGE_S:
            continue
        path.unlink(missing_ok=True)


def tidy(git: Git, folder: Path, name: str, *, held: int, limit_s: float) -> None:
    """Write the commit-graph, and join the packs where there are many; failing costs only speed.

    Never with changed paths: in a treeless clone that would fetch every tree, one by one.
    """
    commands = [_GRAPH]
    if len(list((folder / "objects" / "pack").glob("*.pack"))) > PACKS_MAX:
        commands.insert(0, [*PROMISOR, "gc", "--quiet"])
    for command in commands:
        doing = f"tidying the mirror of {name}"
        done = git.run(*command, doing=doing, folder=folder, held=held, limit_s=limit_s)
        if done.status != 0:
            _log.warning("the mirror of %r will be slow: %s", name, done.detail())


def carry_pins(git: Git, old: Path, new: Path, name: str) -> None:
    """Pin in a new clone what was pinned in a broken one, as far as the source still has it."""
    doing = f"carrying the pins of {name}"
    listed = git.run("for-each-ref", "--format=%(refname)", PINS, doing=doing, folder=old)
    pins = {ref.removeprefix(f"{PINS}/") for ref in listed.out.split()}
    wanted = "".join(f"{pin}^{{commit}}\n" for pin in sorted(pins)).encode()
    check = git.run("cat-file", "--batch-check", doing=doing, folder=new, stdin=wanted)
    there = {line.split()[0] for line in check.out.splitlines() if " commit " in line}
    create = "".join(f"update {PINS}/{pin} {pin}\n" for pin in sorted(pins & there)).encode()
    git.run("update-ref", "--stdin", doing=doing, folder=new, stdin=create)
    if listed.status != 0 or pins - there:
        _log.warning("the new mirror of %r lacks pinned commits: %r", name, sorted(pins - there))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
