"""`watchdog init`: write a first policy for a namespace of a Quay."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watchdog.command_line import read_settings
from watchdog.errors import ConfigurationError, MalformedError

if TYPE_CHECKING:
    from watchdog.first_look import Place
    from watchdog.first_policy import FirstPolicy

_STDOUT = "-"


@click.command("init")
@click.argument("namespace")
@click.option("--source", help="Where images are built, such as https://github.com/ORG/{name}.")
@click.option("--output", default="watchdog.yaml", show_default=True, help="`-`: standard output.")
@click.option("--plain-http", is_flag=True, help="The registry has no TLS.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trusted for this registry instead of the system's authorities.",
)
@click.option("--prefix", help="The path that a self-hosted Quay is behind, if any.")
def init(  # noqa: PLR0913  (each is an option of the command)
    namespace: str,
    source: str | None,
    output: str,
    ca_file: Path | None,
    prefix: str | None,
    *,
    plain_http: bool,
) -> None:
    """Write a first policy from what NAMESPACE, such as quay.io/org, holds today.

    Each repository's `latest` is read, and the source that its image claims is proposed. A file
    that is there is never overwritten. Private repositories need WATCHDOG_QUAY_TOKEN.

    Example: watchdog init quay.io/org --source https://github.com/org/{name}
    """
    from watchdog.first_look import first_policy

    path = None if output == _STDOUT else Path(output)
    if path and path.exists():
        raise _is_there(path)
    place = _place(namespace, prefix, ca_file, plain_http=plain_http)
    proposed = first_policy(read_settings(None), place, source)
    if not proposed.has_rules:
        names = ", ".join(proposal.repository.name for proposal in proposed.proposals)
        raise ConfigurationError(
            f"no image of {namespace} says where it is built from ({names or 'there is none'}): "
            "say it with --source, {name} stands for the repository's name"
        )
    if path:
        write_new(path, proposed.text())
        _say_next(path, proposed)
    else:
        click.echo(proposed.text(), nl=False)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet; raises ConfigurationError if it is, or cannot be."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise _is_there(path) from error
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error


def _is_there(path: Path) -> ConfigurationError:
    return ConfigurationError(f"{path} is there already: name another with --output, or move it")


def _place(
    namespace: str, prefix: str | None, ca_file: Path | None, *, plain_http: bool
) -> "Place":
    """Read what the command line says of the registry; raises ConfigurationError."""
    from watchdog.core.reference import Repository
    from watchdog.first_look import Place

    try:
        repositories = Repository.parse(namespace.rstrip("/"))
    except MalformedError as error:
        raise ConfigurationError(f"{error}; a namespace is wanted, as in quay.io/org") from error
    within = repositories.path.removeprefix(f"{prefix}/") if prefix else repositories.path
    if "/" in within or (prefix and within == repositories.path):
        wanted = f"{repositories.registry}/{f'{prefix}/' if prefix else ''}org"
        raise ConfigurationError(f"a namespace is wanted, as in {wanted}")
    if plain_http and ca_file:
        raise ConfigurationError("--plain-http has no certificate that --ca-file could check")
    entry: dict[str, object] = {"plain_http": True} if plain_http else {}
    if ca_file:
        entry["ca_file"] = str(ca_file.resolve())
    if prefix:
        entry["prefix"] = prefix
    return Place(repositories, entry)


def _say_next(path: Path, proposed: "FirstPolicy") -> None:
    """Say what was written, and the next three steps."""
    count = len(proposed.proposals)
    open_ones = sum(not proposal.source for proposal in proposed.proposals)
    click.echo(
        f"{path}: {count} repositor{'y' if count == 1 else 'ies'}, {open_ones} not decided\n"
        f"1. Read {path}: answer what ends with a question mark.\n"
        f"2. Check it: watchdog policy check --policy {path}\n"
        f"3. Start: watchdog serve --policy {path}; then let Quay tell of pushes at once: "
        "watchdog quay hooks install",
        err=True,
    )
