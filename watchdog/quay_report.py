"""How the hooks of repositories are told: as a table, or as JSON."""

import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchdog.core.quay_hook import HookState
from watchdog.quay_hooks import HookRow

_STYLES = {
    HookState.FINE: "green",
    HookState.FAILING: "yellow",
    HookState.DISABLED: "bold red",
    HookState.OUTDATED: "bold red",
    HookState.MISSING: "yellow",
    HookState.UNREADABLE: "magenta",
}


def print_hooks(rows: Iterable[HookRow], console: Console) -> None:
    """Print a table for a person."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("repository", "hook", "failures", "URL", "what was done"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        said = ". ".join(filter(None, (row.done, row.note, row.error)))
        state = f"[{_STYLES[row.state]}]{row.state}[/]"
        failures = str(row.failures) if row.url else ""
        table.add_row(escape(row.repository), state, failures, escape(row.url), escape(said))
    console.print(table)


def hooks_as_json(rows: Iterable[HookRow]) -> str:
    """Write the rows for a program."""
    return json.dumps([asdict(row) for row in rows], indent=2)
