"""Runs worlds until enough was pushed, and writes down what came of it."""

import multiprocessing
import os
import random
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation import arrivals, first, order, people, rewrites, signers, strangers
from tests.simulation.scenario import FIRST, SCENARIOS
from tests.simulation.tally import Tally
from tests.simulation.world import World
from watchdog.core.rule import Require

# Some tags are young, some have more behind them than the product remembers.
PUSHES_PER_WORLD = (20, 60, 60, 60, 160)
GENERATORS = (arrivals, first, order, people, rewrites, signers, strangers)
SHARES_PER_PROCESS = 4


def live(world, pushes):
    """Let a world live: a first look, which its number says, then scenarios as they come."""
    fitting = [one for one in SCENARIOS.values() if one.fits(world)]
    weights = [one.weight for one in fitting]
    until = world.tally.pushes + pushes
    name = list(FIRST)[world.seed % len(FIRST)]
    FIRST[name](world, name)
    SCENARIOS["in order"].run(world, f"in order after {name}")
    while world.tally.pushes < until:
        chosen = world.rng.choices(fitting, weights)[0]
        chosen.run(world, chosen.name)


def run_worlds(worlds, require):
    """Let a world live for each pair of seed and pushes; a process of a pool does this."""
    tally = Tally()
    for seed, pushes in worlds:
        with TemporaryDirectory(prefix="watchdog-simulation-") as folder:
            live(World(seed, Path(folder) / "source.git", tally, require=require), pushes)
    return tally


def simulate(pushes, seed, require=Require.LABELS):
    """Simulate at least so many pushes; the same seed gives the same ones."""
    rng, worlds = random.Random(seed), []
    while sum(length for _, length in worlds) < pushes:
        # So that a short simulation plays each first look, too.
        number = rng.getrandbits(28) * len(FIRST) + len(worlds) % len(FIRST)
        worlds.append((number, rng.choice(PUSHES_PER_WORLD)))
    processes = len(os.sched_getaffinity(0))
    shares = [worlds[start :: processes * SHARES_PER_PROCESS] for start in range(len(worlds))]
    whole = Tally()
    # A forked child would inherit the threads' locks of whatever tests ran before.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        runs = partial(run_worlds, require=require)
        for tally in pool.map(runs, filter(None, shares[: processes * SHARES_PER_PROCESS])):
            whole.add(tally)
    return whole
