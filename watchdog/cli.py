"""The command line: reads settings and policy, wires the parts, runs one of them.

Each command imports what it needs: `watchdog --help` must not wait for a git or a registry client.
"""

import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchdog import __version__
from watchdog.answers_command import ack, approve, reject, revert, silence, trust
from watchdog.check_command import FORMS, CheckCommand
from watchdog.command_line import policy_option, read_settings
from watchdog.errors import ConfigurationError, WatchdogError
from watchdog.incidents_command import incidents
from watchdog.init_command import init
from watchdog.notify_command import notify
from watchdog.quay_command import quay

if TYPE_CHECKING:
    from flask import Flask

    from watchdog.core.policy import Policy
    from watchdog.core.reference import Tag
    from watchdog.core.rule import Rule
    from watchdog.core.step import Step
    from watchdog.report import Report
    from watchdog.settings import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
logger = logging.getLogger(__name__)
_FAILED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="watchdog")
def cli() -> None:
    """Notice when a container tag is moved to the wrong image, tell people, put it back."""


@cli.command()
@policy_option
def serve(policy: Path | None) -> None:
    """Run everything on this machine: web, worker and, without REDIS_URL, a private store.

    Example: watchdog serve --policy watchdog.yaml
    """
    from watchdog.serve import Supervisor
    from watchdog.wiring import checked_policy_reader

    settings = read_settings(policy)
    checked_policy_reader(settings)()
    Supervisor(settings).run()


@cli.command()
@policy_option
def web(policy: Path | None) -> None:
    """Run the web part alone, against the store of REDIS_URL.

    Example: REDIS_URL=redis://store:6379/0 watchdog web
    """
    from watchdog.web.app import create_app
    from watchdog.web.operators import Doors
    from watchdog.web.server import serve as serve_web
    from watchdog.wiring import policy_reader, store_client

    settings = read_settings(policy)
    if not settings.hook_secrets:
        logger.warning("No WATCHDOG_HOOK_SECRET: hooks are not received")

    def app_for(in_force: "Policy") -> "Flask":
        return create_app(
            policy=lambda: in_force,
            client=store_client(settings),
            hook_secrets=settings.hook_secrets,
            look_every=settings.look_every,
            doors=Doors(settings.operators, settings.approvers),
            base_url=settings.base_url,
            public=settings.public,
        )

    serve_web(app_for, policy_reader(settings), listen=str(settings.listen))


@cli.command()
@policy_option
def worker(policy: Path | None) -> None:
    """Run a worker alone, against the store of REDIS_URL.

    Example: REDIS_URL=redis://store:6379/0 watchdog worker
    """
    from watchdog.run_worker import run_worker

    run_worker(read_settings(policy))


@cli.command(cls=CheckCommand)
@click.argument("reference")
@policy_option
@click.option("--format", "form", type=click.Choice(FORMS), default=FORMS[0], show_default=True)
@click.option("--explain", is_flag=True, help="Say what was read, and why claims are believed.")
def check(reference: str, policy: Path | None, form: str, *, explain: bool) -> None:
    """Look at one tag now and say what is found. Never writes a tag.

    Exit status: 0 accepted, 1 only warnings, 2 rejected, 3 inconclusive (or not possible).

    Example: watchdog check quay.io/crunchtools/acquacotta:latest
    """
    from watchdog import report

    found = _check(reference, policy, explain=explain)
    if form == "table":
        from rich.console import Console

        report.as_table(found, Console())
    else:
        click.echo(report.as_json(found) if form == "json" else report.as_nagios(found))
    sys.exit(found.status)


for _command in (ack, approve, incidents, init, notify, quay, reject, revert, silence, trust):
    cli.add_command(_command)


@cli.group("policy")
def policy_group() -> None:
    """Check the policy file, or print its schema."""


@policy_group.command("check")
@policy_option
def policy_check(policy: Path | None) -> None:
    """Check the policy file; names the file, line and key of all that is wrong.

    Example: watchdog policy check --policy watchdog.yaml
    """
    from watchdog.policy_file import read_with_warnings

    path = read_settings(policy).policy
    checked, warnings = read_with_warnings(path)
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
    count = len(checked.literal_tags)
    named = "1 tag is" if count == 1 else f"{count} tags are"
    click.echo(f"{path}: fine; {named} named, globs add what hooks bring")


@policy_group.command("schema")
def policy_schema_command() -> None:
    """Print the JSON Schema of the policy file, for editors.

    Example: watchdog policy schema > watchdog.schema.json
    """
    from watchdog.core.policy import policy_schema

    click.echo(json.dumps(policy_schema(), indent=2))


@cli.command()
@click.option("--exit", "ends", is_flag=True, help="End by itself; status 0 if all went well.")
@click.option("--listen", default="127.0.0.1:8080", show_default=True)
def demo(listen: str, *, ends: bool) -> None:
    """Replay the incident on this machine, with the real processes and a registry simulator.

    Example: watchdog demo --exit
    """
    from watchdog.demo.replay import replay

    sys.exit(replay(listen=listen, ends=ends))


def _check(reference: str, policy: Path | None, *, explain: bool) -> "Report":
    """Look once, with the settings of the service."""
    from watchdog.check import look_once
    from watchdog.core.reference import Tag
    from watchdog.wiring import store_client, tools_for

    settings, tag = read_settings(policy), Tag.parse(reference)
    in_force, rule = _rule_for(settings, tag)
    steps: list[Step] | None = [] if explain else None
    observer = None if steps is None else steps.append
    with tools_for(settings, in_force, store_client(settings), observer) as tools:
        return look_once(tools, tag, rule, steps)


def _rule_for(settings: "Settings", tag: "Tag") -> "tuple[Policy, Rule]":
    """Read the policy and find a tag's rule; raises ConfigurationError if none watches it."""
    from watchdog.policy_file import read_policy

    in_force = read_policy(settings.policy)
    rule = in_force.rule_for(tag)
    if rule is None:
        raise ConfigurationError(f"no rule of {settings.policy} watches {tag}")
    return in_force, rule


def main() -> None:
    """Run the command line; an error is one line that says what to do, and a status."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    logging.captureWarnings(capture=True)
    try:
        cli(standalone_mode=True)
    except WatchdogError as error:
        click.echo(f"watchdog: {error}", err=True)
        sys.exit(_FAILED)
