"""Every way of telling people, in one table. A new one is a module and a row.

Each module reads the variables that it needs, by their names, and makes its channel of them. A
channel of the policy reads the same: its keys stand for the variables, see `of_the_policy`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from watchdog.core.message import Message
from watchdog.errors import ConfigurationError
from watchdog.notify import alertmanager, apprise, mail, matrix, slack, slack_bot, webhook
from watchdog.notify.settings import Read


class Channel(Protocol):
    """One way of telling people."""

    @property
    def name(self) -> str:
        """What the outbox calls it: its kind, a key of CHANNELS, unless it was given a name."""

    def send(self, message: Message, remembered: str | None = None, /) -> str | None:
        """Return when the far side took it; raises RemoteError.

        May be called again with the same message: its id is stable. `remembered` is what the
        channel returned last for a message of the same thread. What it returns is remembered in
        the step in which the message counts as delivered; None changes nothing.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of channel: what all its variables begin with, and what makes one of them."""

    prefix: str
    from_environment: Callable[[Read], Channel | None]


CHANNELS: dict[str, Kind] = {
    "slack": Kind("WATCHDOG_SLACK_", slack.from_environment),
    "slack-bot": Kind("WATCHDOG_SLACK_", slack_bot.from_environment),
    "matrix": Kind("WATCHDOG_MATRIX_", matrix.from_environment),
    "webhook": Kind("WATCHDOG_ALERT_WEBHOOK_", webhook.from_environment),
    "alertmanager": Kind("WATCHDOG_ALERTMANAGER_", alertmanager.from_environment),
    "email": Kind("WATCHDOG_EMAIL_", mail.from_environment),
    "apprise": Kind("WATCHDOG_APPRISE_", apprise.from_environment),
}


def configured(read: Read) -> tuple[Channel, ...]:
    """Return the channels that are set up; raises ConfigurationError that names all faults."""
    channels: list[Channel] = []
    faults: list[str] = []
    for kind in CHANNELS.values():
        try:
            channel = kind.from_environment(read)
        except ConfigurationError as error:
            faults.append(str(error))
        else:
            channels += [channel] if channel else []
    if faults:
        raise ConfigurationError("; ".join(faults))
    return tuple(channels)


def of_the_policy(name: str, kind: str, said: Mapping[str, str]) -> Channel:
    """Make a channel of what the policy says; raises ConfigurationError in the policy's words.

    A key is a variable's name after the kind's prefix, in lower case: `room` is what
    WATCHDOG_MATRIX_ROOM is in the environment.
    """
    row = CHANNELS[kind]

    def read(variable: str) -> str | None:
        return said.get(variable.removeprefix(row.prefix).lower())

    try:
        channel = row.from_environment(read)
    except ConfigurationError as error:
        words = re.sub(f"{row.prefix}([A-Z_]+)", lambda found: f"`{found[1].lower()}`", str(error))
        raise ConfigurationError(words) from error
    if channel is None:
        raise ConfigurationError("says nothing of where to send")
    named: Any = channel  # a dataclass, which the protocol cannot say
    return replace(named, name=name)  # type: ignore[no-any-return]  # the channel that it was
