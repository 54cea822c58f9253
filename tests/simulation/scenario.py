"""The table of scenarios: each a class of events with random parameters."""

from dataclasses import dataclass
from typing import Any

from tests.simulation.world import Policy
from watchdog.core.rule import Require


@dataclass(frozen=True, slots=True)
class Scenario:
    """`run` takes a world and the class's name; it pushes nothing where the world does not fit."""

    name: str
    run: Any
    policies: frozenset
    weight: int
    requires: frozenset

    def fits(self, world):
        """Tell whether a world's policy knows such events."""
        return world.policy in self.policies and world.require in self.requires


SCENARIOS: dict[str, Scenario] = {}
ALL = frozenset(Policy)
RELEASES = frozenset(policy for policy in Policy if policy.releases)
BRANCHES = ALL - RELEASES
SIGNED = frozenset({Require.SIGNED})
ANY = SIGNED | {Require.LABELS}
FIRST: dict[str, Any] = {}


def scenario(name, policies=ALL, weight=2, requires=ANY):
    """Put a generator into the table under its class's name."""

    def enter(run):
        SCENARIOS[name] = Scenario(name, run, policies, weight, requires)
        return run

    return enter


def first_look(name):
    """Put a way for a tag to be seen first into the table."""

    def enter(run):
        FIRST[name] = run
        return run

    return enter
