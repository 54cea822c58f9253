"""The table of scenarios: each a class of events with random parameters."""

from dataclasses import dataclass
from typing import Any

from tests.simulation.world import Policy


@dataclass(frozen=True, slots=True)
class Scenario:
    """`run` takes a world and the class's name; it pushes nothing where the world does not fit."""

    name: str
    run: Any
    policies: frozenset
    weight: int


SCENARIOS: dict[str, Scenario] = {}
ALL = frozenset(Policy)
RELEASES = frozenset(policy for policy in Policy if policy.releases)
BRANCHES = ALL - RELEASES
FIRST: dict[str, Any] = {}


def scenario(name, policies=ALL, weight=2):
    """Put a generator into the table under its class's name."""

    def enter(run):
        SCENARIOS[name] = Scenario(name, run, policies, weight)
        return run

    return enter


def first_look(name):
    """Put a way for a tag to be seen first into the table."""

    def enter(run):
        FIRST[name] = run
        return run

    return enter
