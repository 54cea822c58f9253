"""`watchdog quay …`: what an operator sets up and checks at Quay itself."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchdog.command_line import policy_option, read_settings

if TYPE_CHECKING:
    from watchdog.core.policy import Policy
    from watchdog.core.reference import Repository
    from watchdog.quay_hooks import Action, Desk, HookRow
    from watchdog.registry.quay.api import QuayApi
    from watchdog.settings import Settings

FORMS = ("table", "json")
_FAILED = 1


@dataclass(frozen=True, slots=True)
class How:
    """How an action is to be done; `auth` is for one that creates hooks."""

    auth: str | None = None
    dry_run: bool = False
    ask: bool = False


@click.group()
def quay() -> None:
    """Set up and check what the watchdog needs at Quay; takes WATCHDOG_QUAY_TOKEN."""


@quay.group()
def hooks() -> None:
    """Look after the hooks by which Quay tells of pushes; the token needs repo:admin.

    PATTERN chooses among the repositories that the policy watches: quay.io/org/app, org/*.
    """


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command what all of them have."""
    forms = click.Choice(FORMS)
    command = click.option("--format", "form", type=forms, default=FORMS[0])(command)
    return policy_option(click.argument("pattern", required=False)(command))


@hooks.command("list")
@_options
def list_hooks(pattern: str | None, policy: Path | None, form: str) -> None:
    """Say of each repository how its hook stands.

    Example: watchdog quay hooks list
    """
    from watchdog.quay_hooks import look

    _run(look, pattern, policy, form)


@hooks.command()
@_options
@click.option(
    "--auth",
    type=click.Choice(("body", "basic")),
    default="body",
    show_default=True,
    help="Where the secret goes: into the body's template, or into the URL.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
def install(
    pattern: str | None, policy: Path | None, form: str, auth: str, *, dry_run: bool
) -> None:
    """Create the hook of every watched repository that has none.

    Example: watchdog quay hooks install --dry-run
    """
    from watchdog.quay_hooks import install

    _run(install, pattern, policy, form, How(auth=auth, dry_run=dry_run))


@hooks.command()
@_options
def test(pattern: str | None, policy: Path | None, form: str) -> None:
    """Let Quay send a test, which looks like a push, is answered, and reverts nothing.

    Example: watchdog quay hooks test quay.io/org/app
    """
    from watchdog.quay_hooks import test

    _run(test, pattern, policy, form)


@hooks.command()
@_options
def reset(pattern: str | None, policy: Path | None, form: str) -> None:
    """Let Quay send hooks again that it has disabled after three failures.

    Example: watchdog quay hooks reset
    """
    from watchdog.quay_hooks import reset

    _run(reset, pattern, policy, form)


@hooks.command()
@_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(pattern: str | None, policy: Path | None, form: str, *, yes: bool) -> None:
    """Remove the hooks to this service, and no others.

    Example: watchdog quay hooks remove quay.io/org/app
    """
    from watchdog.quay_hooks import remove

    _run(remove, pattern, policy, form, How(ask=not yes))


@quay.command()
@_options
def token(pattern: str | None, policy: Path | None, form: str) -> None:
    """Check what the token may do, and say which scope is missing for what.

    Without PATTERN, all that the policy watches is checked. Exit status: 0 all is well, 1 something
    is missing.

    Example: watchdog quay token
    """
    from watchdog.quay_token import check_token, print_stated, stated_as_json

    rows = check_token(read_settings(policy), pattern)
    if form == "json":
        click.echo(stated_as_json(rows))
    else:
        from rich.console import Console

        print_stated(rows, Console())
    if not all(row.well for row in rows):
        sys.exit(_FAILED)


def _run(
    action: "Action", pattern: str | None, policy: Path | None, form: str, how: How | None = None
) -> None:
    """Do it to all repositories, show the rows, and end with 1 if any of them failed."""
    from watchdog.policy_file import read_policy
    from watchdog.quay_report import hooks_as_json, print_hooks
    from watchdog.wiring import quay_api

    settings = read_settings(policy)
    in_force = read_policy(settings.policy)
    with quay_api(settings, in_force) as api:
        desk = _desk(settings, api, how or How())
        rows = _rows(action, desk, _chosen(api, in_force, pattern, how or How()))
    if form == "json":
        click.echo(hooks_as_json(rows))
    else:
        from rich.console import Console

        print_hooks(rows, Console())
    if any(row.error for row in rows):
        sys.exit(_FAILED)


def _desk(settings: "Settings", api: "QuayApi", how: How) -> "Desk":
    """Lay out what an action works with; raises ConfigurationError before anything is asked."""
    from watchdog.core.quay_hook import HookAuth
    from watchdog.quay_hooks import Desk, receiver_of

    receiver = receiver_of(settings.base_url, settings.hook_secrets)
    config = receiver.config(HookAuth(how.auth)) if how.auth else {}
    return Desk(api, receiver, config, dry_run=how.dry_run)


def _chosen(
    api: "QuayApi", policy: "Policy", pattern: str | None, how: How
) -> "tuple[Repository | HookRow, ...]":
    """Find the repositories; what is not known or not to be done is a row already."""
    from watchdog.core.reference import Repository
    from watchdog.quay_hooks import failed
    from watchdog.quay_repositories import find_repositories

    chosen: list[Repository | HookRow] = []
    for one in find_repositories(api, policy, pattern):
        if not isinstance(one, Repository):
            chosen.append(failed(*one))
        elif how.auth and not policy.watches(one):
            chosen.append(failed(one, "no rule of the policy watches it"))
        else:
            chosen.append(one)
    if how.ask:
        count = sum(isinstance(one, Repository) for one in chosen)
        some = f"{count} repositories" if count > 1 else str(chosen[0])
        click.confirm(f"Remove the hooks of {some}?", abort=True, err=True)
    return tuple(chosen)


def _rows(
    action: "Action", desk: "Desk", chosen: "tuple[Repository | HookRow, ...]"
) -> "list[HookRow]":
    """Do it to one after the other, with a progress bar for whoever watches."""
    from rich.console import Console
    from rich.progress import track

    from watchdog.core.reference import Repository
    from watchdog.quay_hooks import carry_out

    repositories = [one for one in chosen if isinstance(one, Repository)]
    rows = [one for one in chosen if not isinstance(one, Repository)]
    console = Console(stderr=True)
    done = carry_out(action, desk, repositories)
    bar = track(
        done, "Asking Quay", len(repositories), console=console, disable=not console.is_terminal
    )
    return [*rows, *bar]
