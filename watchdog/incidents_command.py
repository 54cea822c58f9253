"""`watchdog incidents`: what is wrong now, and what was."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchdog.command_line import policy_option, read_settings

if TYPE_CHECKING:
    from datetime import datetime

    from watchdog.store.incidents import KeptIncident

FORMS = ("table", "json")
LISTED = 50


@click.command("incidents")
@click.option("--all", "everything", is_flag=True, help=f"Also the last {LISTED} that are over.")
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@policy_option
def incidents(form: str, policy: Path | None, *, everything: bool) -> None:
    """List the incidents that are open, the newest first.

    Example: watchdog incidents --all --format json
    """
    from watchdog.store.incident_document import incident_document
    from watchdog.store.incidents import Incidents
    from watchdog.store.records import Records
    from watchdog.wiring import store_client

    client = store_client(read_settings(policy))
    kept = Incidents(client)
    found = kept.newest(LISTED) if everything else kept.open()
    if form == "json":
        click.echo(json.dumps([incident_document(one) for one in found], indent=2))
        return
    _print(found, Records(client).now(), everything=everything)


def _print(found: "tuple[KeptIncident, ...]", now: "datetime", *, everything: bool) -> None:
    """Print two lines for each, none of which is broken: ids and tags are there to be copied."""
    from watchdog.core.duration import format_duration
    from watchdog.core.message import plain

    for kept in found:
        one, last = kept.incident, kept.incident.builds[-1]
        lasted = format_duration((one.right_since or now) - one.wrong_since)
        click.echo(
            f"{one.stage:<12}  {kept.tag}  wrong for {lasted}, "
            f"since {one.wrong_since:%Y-%m-%d %H:%M} UTC  {kept.id}"
        )
        click.echo(
            f"{'':<12}  {plain(one.closing or f'{last.code or last.digest}: {last.detail}')}"
        )
    if not found:
        click.echo("there was no incident yet" if everything else "nothing is wrong")
