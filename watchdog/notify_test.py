"""Trying the channels: examples are sent straight to each, past the outbox and the store."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from watchdog.core.message import Message, plain
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.channels import Channel

PATIENCE_MAX_S = 10.0
"""A service that asks for so much patience or less is asked once more."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying one channel: how many messages it took, and why not the next one."""

    name: str
    taken: int
    error: str = ""


def chosen(channels: Mapping[str, Channel], name: str | None) -> tuple[Channel, ...]:
    """Find the channel of this name, or all; raises ConfigurationError where there is none."""
    if not channels:
        raise ConfigurationError(
            "no channel is set up: name one under `channels:` of the policy, or set the variables "
            "of one, such as WATCHDOG_SLACK_WEBHOOK_URL"
        )
    if name is None:
        return tuple(channels.values())
    if name not in channels:
        raise ConfigurationError(f"no channel is called {name}; there are: {', '.join(channels)}")
    return (channels[name],)


def try_channel(
    channel: Channel, messages: Sequence[Message], wait: Callable[[float], None] = time.sleep
) -> Tried:
    """Send messages until one is not taken."""
    remembered: dict[str | None, str] = {}
    for taken, message in enumerate(messages):
        known = remembered.get(message.thread)
        try:
            remember = _patiently(channel, message, known, wait)
        except RemoteError as error:
            again = "" if error.retryable else " (it will not take the next one either)"
            return Tried(channel.name, taken, f"{plain(str(error))}{again}")
        if message.thread and remember:
            remembered[message.thread] = remember
    return Tried(channel.name, len(messages))


def as_table(tried: Sequence[Tried], count: int, console: Console) -> None:
    """Print what came of it for a person."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("channel", "taken", "error"):
        table.add_column(heading, overflow="fold")
    for one in tried:
        style = "bold red" if one.error else "green"
        table.add_row(escape(one.name), f"[{style}]{one.taken} of {count}[/]", escape(one.error))
    console.print(table)


def _patiently(
    channel: Channel, message: Message, remembered: str | None, wait: Callable[[float], None]
) -> str | None:
    try:
        return channel.send(message, remembered)
    except RemoteError as error:
        if error.retry_after is None or error.retry_after > PATIENCE_MAX_S:
            raise
        wait_s = error.retry_after
    wait(wait_s)
    return channel.send(message, remembered)
