"""Slack, by an incoming webhook: every message stands for itself, since a webhook names none.

Source: docs.slack.dev, "Sending messages using incoming webhooks".
"""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from watchdog.core.message import Message
from watchdog.notify.post import Call, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.slack_blocks import render, without_blocks

URL_VARIABLE = "WATCHDOG_SLACK_WEBHOOK_URL"


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """One Slack channel, reached through its incoming webhook, whose URL is the secret."""

    url: str = field(repr=False)
    name: str = "slack"

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Post the message; raises RemoteError unless Slack took it.

        An alert that Slack refuses for its layout arrives without one rather than not at all.
        """
        answer = exchange(self._call(render(message)))
        if answer.status == HTTPStatus.BAD_REQUEST:
            answer = exchange(self._call(without_blocks(message)))
        demand(self._call({}), answer)

    def _call(self, body: dict[str, Any]) -> Call:
        return Call("Slack", "POST", self.url, body)


def from_environment(read: Read) -> SlackChannel | None:
    """Return the channel, or None where there is no webhook; raises ConfigurationError."""
    url = read(URL_VARIABLE)
    return SlackChannel(web_address(URL_VARIABLE, url)) if url else None
