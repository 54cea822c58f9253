"""What commands have in common, whichever module they stand in: the policy option, the settings."""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from watchdog.settings import Settings

logger = logging.getLogger(__name__)

policy_option = click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="The policy file; default WATCHDOG_POLICY, or watchdog.yaml.",
)


def read_settings(policy: Path | None) -> "Settings":
    """Read the settings; an option on the command line goes before the environment.

    Raises ConfigurationError.
    """
    from watchdog.settings import Settings

    environ = dict(os.environ)
    if policy is not None:
        environ.pop("WATCHDOG_POLICY_FILE", None)
        environ["WATCHDOG_POLICY"] = str(policy)
    settings = Settings.from_environ(environ)
    for warning in settings.warnings:
        logger.warning("%s", warning)
    return settings
