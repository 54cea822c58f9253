"""`watchdog notify`: what concerns the channels by which people are told."""

import json
import os
import sys
from pathlib import Path

import click

from watchdog.command_line import policy_option, read_settings


@click.group()
def notify() -> None:
    """Try the channels by which people are told."""


@notify.command("test")
@click.argument("channel", required=False)
@policy_option
def test(channel: str | None, policy: Path | None) -> None:
    """Send an example of each kind of message to one channel, or to all.

    They are marked as a test, and go past the outbox. Exit status: 0 if all were taken, else 1.

    Example: watchdog notify test ops-slack
    """
    from datetime import UTC, datetime

    from rich.console import Console

    from watchdog.channel_setup import channels_for
    from watchdog.notify_examples import examples
    from watchdog.notify_test import as_table, chosen, try_channel
    from watchdog.policy_file import read_policy

    settings = read_settings(policy)
    channels = channels_for(settings, read_policy(settings.policy), os.environ)
    messages = examples(datetime.now(UTC), settings.base_url)
    tried = [try_channel(one, messages) for one in chosen(channels, channel)]
    as_table(tried, len(messages), Console())
    sys.exit(1 if any(one.error for one in tried) else 0)


@notify.command("schema")
def schema() -> None:
    """Print the JSON Schema of what the webhook is sent.

    Example: watchdog notify schema > webhook.schema.json
    """
    from watchdog.notify.webhook import schema as of_the_body

    click.echo(json.dumps(of_the_body(), indent=2))
