"""Every way of telling people, in one table. A new one is a module and a row.

Each module reads the variables that it needs, by their names, and makes its channel of them.
"""

from collections.abc import Callable
from typing import Protocol

from watchdog.core.message import Message
from watchdog.errors import ConfigurationError
from watchdog.notify import alertmanager, mail, matrix, slack, slack_bot, webhook
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


CHANNELS: dict[str, Callable[[Read], Channel | None]] = {
    "slack": slack.from_environment,
    "slack-bot": slack_bot.from_environment,
    "matrix": matrix.from_environment,
    "webhook": webhook.from_environment,
    "alertmanager": alertmanager.from_environment,
    "email": mail.from_environment,
}


def configured(read: Read) -> tuple[Channel, ...]:
    """Return the channels that are set up; raises ConfigurationError that names all faults."""
    channels: list[Channel] = []
    faults: list[str] = []
    for from_environment in CHANNELS.values():
        try:
            channel = from_environment(read)
        except ConfigurationError as error:
            faults.append(str(error))
        else:
            channels += [channel] if channel else []
    if faults:
        raise ConfigurationError("; ".join(faults))
    return tuple(channels)
