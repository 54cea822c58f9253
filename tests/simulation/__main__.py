"""Plays one world again and tells each push of it, for instance one that an error names.

`WORLD=221310449 python -m tests.simulation`; `REQUIRE=signed` if it was a world of signatures. The
same number gives the same world for as long as no scenario is added, taken away or weighed anew.
"""

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.run import PUSHES_PER_WORLD, live
from tests.simulation.tally import Tally
from tests.simulation.world import World
from watchdog.core.rule import Require


def replay(seed, require):
    """Let one world live as long as any may; returns its pushes in words, and its faults."""
    tally = Tally()
    with TemporaryDirectory(prefix="watchdog-simulation-") as folder:
        world = World(seed, Path(folder) / "source.git", tally, require=require)
        live(world, max(PUSHES_PER_WORLD))
    return world.story, tally.errors


if __name__ == "__main__":
    story, errors = replay(int(os.environ["WORLD"]), Require(os.environ.get("REQUIRE", "labels")))
    faults = [f"{error.fault}: {error.kind}: {error.story}" for error in errors]
    sys.stdout.write("\n".join([*story, "", *faults, ""]))
