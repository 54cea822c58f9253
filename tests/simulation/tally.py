"""What the watchdog did, against what a person wanted: counted by class, the errors in words."""

from dataclasses import dataclass, field
from enum import StrEnum


class Deed(StrEnum):
    """What the watchdog does about a push, and what a person wants it to do."""

    SILENT = "silent"
    """Accepted, nothing told but that an incident is over."""
    TOLD = "told"
    """Accepted, and told."""
    HELD = "held"
    """Rejected and told, left as it is."""
    REVERTED = "reverted"


SILENT, TOLD, HELD, REVERTED = Deed
RIGHT = (SILENT, TOLD)
"""It is the right build; a person may want to hear of it or not."""


@dataclass(slots=True)
class Row:
    """The counts of one class of pushes."""

    pushes: int = 0
    wrong_reverts: int = 0
    false_alarms: int = 0
    missed: int = 0
    not_reverted: int = 0


COLUMNS = tuple(Row.__slots__)


@dataclass(frozen=True, slots=True)
class Error:
    """One push about which the watchdog did what nobody wanted."""

    kind: str
    fault: str
    story: str


@dataclass(slots=True)
class Tally:
    """All counts, and every error."""

    rows: dict[str, Row] = field(default_factory=dict)
    errors: list[Error] = field(default_factory=list)

    @property
    def pushes(self):
        return sum(row.pushes for row in self.rows.values())

    def count(self, kind, fault, story):
        row = self.rows.setdefault(kind, Row())
        row.pushes += 1
        if fault:
            setattr(row, fault, getattr(row, fault) + 1)
            self.errors.append(Error(kind, fault, story))

    def add(self, other):
        for kind, row in other.rows.items():
            mine = self.rows.setdefault(kind, Row())
            for name in COLUMNS:
                setattr(mine, name, getattr(mine, name) + getattr(row, name))
        self.errors += other.errors

    def table(self):
        """Write the counts of each class, a line each."""
        lines = ["  ".join(f"{name.replace('_', ' '):>13}" for name in COLUMNS)]
        for kind, row in sorted(self.rows.items()):
            counts = "  ".join(f"{getattr(row, name) or '.':>13}" for name in COLUMNS)
            lines.append(f"{counts}  {kind}")
        sums = [sum(getattr(row, name) for row in self.rows.values()) for name in COLUMNS]
        return "\n".join([*lines, "  ".join(f"{number:>13}" for number in sums) + "  all"])


def fault_of(deed, wanted, *, target_is_right=True):
    """Name the fault of what was done; None if it is among what was wanted."""
    if deed is REVERTED:
        return None if REVERTED in wanted and target_is_right else "wrong_reverts"
    if deed in wanted:
        return None
    if deed is HELD:
        return "not_reverted" if REVERTED in wanted else "false_alarms"
    # Accepted. Told of where nothing was to be told, it is one word too many.
    return "false_alarms" if deed is TOLD and SILENT in wanted else "missed"
