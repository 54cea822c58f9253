"""Slack, by a bot token: one message an incident, kept up to date, and all else in its thread.

A message of an incident is first written into the one that stands for it (chat.update, which may be
repeated), then posted beneath it. The post comes last, since Slack has no ids of ours: what fails
before it posts nothing, and only an end between Slack's answer and our mark posts twice.
"""

import re
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from watchdog.core.message import Message
from watchdog.errors import ConfigurationError
from watchdog.notify.root import Root, remembered_root
from watchdog.notify.settings import Read, web_address
from watchdog.notify.slack_blocks import render, without_blocks
from watchdog.notify.slack_errors import LAYOUT, ROOT_GONE, SlackRefusalError

if TYPE_CHECKING:
    from watchdog.notify.slack_web import Posted, SlackWeb

VARIABLES = ("WATCHDOG_SLACK_BOT_TOKEN", "WATCHDOG_SLACK_CHANNEL")
API_VARIABLE = "WATCHDOG_SLACK_API_URL"
API_URL = "https://slack.com/api/"
_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,30}|#[^\s#@<>&|]{1,80}")


@dataclass(frozen=True, slots=True)
class SlackBotChannel:
    """One Slack channel, by its id (`C…`) or name (`#…`); needs the scope chat:write."""

    token: str = field(repr=False)
    channel: str
    api_url: str = API_URL
    name: str = "slack-bot"

    def send(self, message: Message, remembered: str | None = None) -> str | None:
        """Tell it in its incident's thread, or alone; raises RemoteError unless Slack took it.

        Where the first message was deleted, this one takes its place.
        """
        web = self._web()
        if message.thread is None:
            self._post(web, self.channel, message)
            return None
        root = remembered_root(remembered, self._asked)
        if root is None or not _updated(web, root, message):
            return self._open(web, message).text()
        return self._reply(web, root, message).text()

    @property
    def _asked(self) -> str:
        return f"{self.api_url} {self.channel}"

    def _open(self, web: "SlackWeb", message: Message) -> Root:
        return self._root(self._post(web, self.channel, message), message)

    def _reply(self, web: "SlackWeb", root: Root, message: Message) -> Root:
        """Post into the thread; where that is gone, the message is the first of a new one."""
        try:
            posted = self._post(web, root.place, message, root.event)
        except SlackRefusalError as refusal:
            if refusal.code not in ROOT_GONE:
                raise
            return self._open(web, message)
        if posted.thread is None:
            # Slack posts an answer to a message that was deleted meanwhile as one of its own.
            return self._root(posted, message)
        return replace(root, last=posted.ts)

    def _post(
        self, web: "SlackWeb", channel: str, message: Message, thread: str | None = None
    ) -> "Posted":
        """Post it; one that Slack refuses for its layout arrives without."""
        try:
            return web.post(channel, render(message), thread)
        except SlackRefusalError as refusal:
            if refusal.code not in LAYOUT:
                raise
        return web.post(channel, without_blocks(message), thread)

    def _root(self, posted: "Posted", message: Message) -> Root:
        return Root(self._asked, posted.channel, posted.ts, posted.ts, message)

    def _web(self) -> "SlackWeb":
        from watchdog.notify.slack_web import SlackWeb  # an optional library

        return SlackWeb(self.token, self.api_url)


def _updated(web: "SlackWeb", root: Root, message: Message) -> bool:
    """Let the first message say how things stand; False if it is there no more.

    One that Slack will not have edited stays as it is: that must not keep the news from its thread.
    """
    now = root.now(message)
    for body in (render(now), without_blocks(now)):
        try:
            web.update(root.place, root.event, body)
        except SlackRefusalError as refusal:
            if refusal.retryable:
                raise
            if refusal.code not in LAYOUT:
                return refusal.code not in ROOT_GONE
        else:
            return True
    return True


def from_environment(read: Read) -> SlackBotChannel | None:
    """Return the channel, or None where none of it is set; raises ConfigurationError for half."""
    token, channel = (read(variable) for variable in VARIABLES)
    api_url = read(API_VARIABLE) or API_URL
    if not token and not channel:
        return None
    if not token or not channel:
        missing = VARIABLES[0] if channel else VARIABLES[1]
        raise ConfigurationError(f"alerts to Slack by a bot token also need {missing}")
    if not re.fullmatch(r"[!-~]+", token):
        raise ConfigurationError(f"{VARIABLES[0]} holds what no token can")
    if not _CHANNEL.fullmatch(channel):
        raise ConfigurationError(
            f"{VARIABLES[1]} is neither a channel's id (C0123456789) nor its name (#ops)"
        )
    if find_spec("slack_sdk") is None:
        raise ConfigurationError(
            f"{VARIABLES[0]} needs slack-sdk: pip install 'registry-watchdog[slack]'"
        )
    return SlackBotChannel(token, channel, web_address(API_VARIABLE, api_url))
