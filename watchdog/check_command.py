"""The frame of `watchdog check`: whatever keeps it from a verdict is status 3, in the form wanted.

click ends on a wrong command line with 2 and Python on a fault with 1. A monitoring system would
read the one as a rejected tag and the other as a warning.
"""

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import click

from watchdog.core.verdict import Outcome
from watchdog.errors import WatchdogError
from watchdog.nagios import nagios_line

UNKNOWN = 3
FORMS = ("table", "json", "nagios")

logger = logging.getLogger(__name__)


class CheckCommand(click.Command):
    """A command with a `form` parameter, each of whose failures is said in that form."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the command line."""
        with _unknown_without_a_verdict(_form_of(args)):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _unknown_without_a_verdict(ctx.params["form"]):
            return super().invoke(ctx)


@contextmanager
def _unknown_without_a_verdict(form: str) -> Iterator[None]:
    """End with status 3, and say why, unless what happens within ends the process itself."""
    try:
        yield
    except click.exceptions.Exit:  # `--help`
        raise
    except click.ClickException as error:
        _tell(form, error.format_message(), error)
    except WatchdogError as error:
        _tell(form, str(error))
    except KeyboardInterrupt:
        _tell(form, "interrupted")
    except Exception as error:
        # Python's own status for a fault means "warning" here: nothing may pass this frame.
        logger.exception("The check failed by a fault of the watchdog")
        _tell(form, f"a fault of the watchdog: {type(error).__name__}, see its standard error")


def _tell(form: str, reason: str, error: click.ClickException | None = None) -> None:
    if form == "json":
        click.echo(json.dumps({"outcome": Outcome.INCONCLUSIVE, "error": reason}))
    elif form == "nagios":
        click.echo(nagios_line(UNKNOWN, reason, inconclusive=1))
    elif error:
        error.show()
    else:
        click.echo(f"watchdog: {reason}", err=True)
    sys.exit(UNKNOWN)


def _form_of(arguments: Sequence[str]) -> str:
    """Find the wanted form in a command line that may be wrong in another place."""
    words = " ".join(arguments).replace("--format=", "--format ").split()
    wanted = {after for word, after in pairwise(words) if word == "--format"}
    return next((form for form in FORMS if form in wanted), FORMS[0])
