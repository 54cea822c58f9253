"""Runs worlds until enough was pushed, and writes down what came of it."""

import multiprocessing
import os
import random
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation import arrivals, first, order, people, rewrites, strangers
from tests.simulation.scenario import FIRST, SCENARIOS
from tests.simulation.tally import Tally
from tests.simulation.world import World

# Some tags are young, some have more behind them than the product remembers.
PUSHES_PER_WORLD = (20, 60, 60, 60, 160)
GENERATORS = (arrivals, first, order, people, rewrites, strangers)
SHARES_PER_PROCESS = 4


def live(world, pushes):
    """Let a world live: a first look, then scenarios as they come."""
    fitting = [one for one in SCENARIOS.values() if world.policy in one.policies]
    weights = [one.weight for one in fitting]
    until = world.tally.pushes + pushes
    name = world.rng.choice(list(FIRST))
    FIRST[name](world, name)
    SCENARIOS["in order"].run(world, f"in order after {name}")
    while world.tally.pushes < until:
        chosen = world.rng.choices(fitting, weights)[0]
        chosen.run(world, chosen.name)


def run_worlds(worlds):
    """Let a world live for each pair of seed and pushes; a process of a pool does this."""
    tally = Tally()
    for seed, pushes in worlds:
        with TemporaryDirectory(prefix="watchdog-simulation-") as folder:
            live(World(seed, Path(folder) / "source.git", tally), pushes)
    return tally


def simulate(pushes, seed):
    """Simulate at least so many pushes; the same seed gives the same ones."""
    rng, worlds = random.Random(seed), []
    while sum(length for _, length in worlds) < pushes:
        worlds.append((rng.getrandbits(31), rng.choice(PUSHES_PER_WORLD)))
    processes = len(os.sched_getaffinity(0))
    shares = [worlds[start :: processes * SHARES_PER_PROCESS] for start in range(len(worlds))]
    whole = Tally()
    # A forked child would inherit the threads' locks of whatever tests ran before.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        for tally in pool.map(run_worlds, filter(None, shares[: processes * SHARES_PER_PROCESS])):
            whole.add(tally)
    return whole
