"""The rules, tried on simulated pushes: nothing is put back wrongly, and little is told in vain.

By hand, longer and with other pushes: `SIMULATED_PUSHES=100000 SEED=7 pytest tests/simulation`, and
with `REQUIRE=signed` under that policy alone. `python -m tests.simulation` plays one world again.
"""

import os
import random

import pytest

from tests.simulation.conftest import SUMMARY
from tests.simulation.repository import History
from tests.simulation.run import live, simulate
from tests.simulation.scenario import FIRST, SCENARIOS
from tests.simulation.tally import HELD, REVERTED, RIGHT, SILENT, TOLD, Tally, fault_of
from tests.simulation.world import Policy, World
from watchdog.core.rule import Require
from watchdog.demo.git import GitServer
from watchdog.history.mirrors import Mirrors

PUSHES = int(os.environ.get("SIMULATED_PUSHES", "2000"))
SEED = int(os.environ.get("SEED", "2026"))
# Of four pushes one is judged under `require: signed`.
SHARES = {Require.LABELS: 3, Require.SIGNED: 1}
REQUIRED = [Require(name) for name in os.environ.get("REQUIRE", "labels signed").split()]
TIMEOUT_S = 300 + PUSHES
SERVED_PUSHES = 20
FAULTS = ("wrong_reverts", "false_alarms", "missed", "not_reverted")

# What no rule can decide from what it sees, and what it then does wrong.
UNDECIDABLE = {
    # It is an older build on purpose: approve it beforehand.
    "an old job run again as a rollback": "wrong_reverts",
    # The new address has commits that the policy's source lacks, as a zombie has: name it first.
    "moved to another forge": "wrong_reverts",
    # Labelled when the image was built, by its base's pipeline: list the base under `bases:`.
    "labels of an unknown base, built within the hour": "wrong_reverts",
    # The newer build was gone before the tag was looked at; only the registry's history tells.
    "seen late: an older build after one that nobody saw": "missed",
}


@pytest.fixture(scope="module")
def simulations(request):
    """The counts of a simulation under each policy, which the summary of the test run shows."""
    whole = sum(SHARES[one] for one in REQUIRED)
    found = {one: simulate(PUSHES * SHARES[one] // whole, SEED, one) for one in REQUIRED}
    request.config.stash[SUMMARY] = [
        f"SEED={SEED} REQUIRE={require}\n{tally.table()}" for require, tally in found.items()
    ]
    return found


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("require", REQUIRED, ids=str)
@pytest.mark.parametrize("fault", FAULTS)
def test_no_push_is_misjudged_but_what_no_rule_can_decide(simulations, require, fault):
    errors = simulations[require].errors

    found = [e for e in errors if e.fault == fault and UNDECIDABLE.get(e.kind) != fault]

    assert [f"SEED={SEED} {error.kind}: {error.story}" for error in found] == []


@pytest.mark.timeout(TIMEOUT_S)
def test_every_scenario_was_played(simulations):
    kinds = [kind for tally in simulations.values() for kind in tally.rows]
    names = [name for name, one in SCENARIOS.items() if one.requires.intersection(REQUIRED)]

    silent = [name for name in (*names, *FIRST) if not any(k.startswith(name) for k in kinds)]

    assert silent == []


@pytest.mark.parametrize("policy", [Policy.DEFAULT, Policy.RELEASES])
def test_the_rules_do_the_same_on_a_mirror_that_is_fetched_from_a_server(tmp_path, policy):
    rng = random.Random(SEED)
    server = GitServer(tmp_path / "served").start()
    try:
        history = History(server.folder / "crunchtools" / "acquacotta.git", rng)
        history.served = True
        url = server.url("crunchtools/acquacotta")
        mirror, tally = Mirrors(tmp_path / "mirrors").mirror(url), Tally()
        live(
            World(SEED, None, tally, policy=policy, git=history, mirror=mirror, url=url),
            SERVED_PUSHES,
        )
    finally:
        server.stop()

    assert [error for error in tally.errors if UNDECIDABLE.get(error.kind) != error.fault] == []


FAULTY = {
    "wanted": (SILENT, (SILENT,), True, None),
    "either-will-do": (TOLD, RIGHT, True, None),
    "put-back-as-wanted": (REVERTED, (REVERTED,), True, None),
    "put-back-to-a-wrong-build": (REVERTED, (REVERTED,), False, "wrong_reverts"),
    "put-back-though-it-should-be-held": (REVERTED, (HELD,), True, "wrong_reverts"),
    "rejected-though-right": (HELD, (SILENT,), True, "false_alarms"),
    "told-in-vain": (TOLD, (SILENT,), True, "false_alarms"),
    "accepted-though-wrong": (SILENT, (HELD,), True, "missed"),
    "accepted-and-told-though-wrong": (TOLD, (HELD, REVERTED), True, "missed"),
    "not-told": (SILENT, (TOLD,), True, "missed"),
    "left-though-it-should-be-put-back": (HELD, (REVERTED,), True, "not_reverted"),
}


@pytest.mark.parametrize(("deed", "wanted", "target", "expected"), FAULTY.values(), ids=FAULTY)
def test_a_deed_that_nobody_wanted_is_a_fault(deed, wanted, target, expected):
    assert fault_of(deed, wanted, target_is_right=target) == expected
