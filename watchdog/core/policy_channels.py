"""The policy's `channels:` and `notify:` as they are written: one section a kind of channel.

A key of a section is what its kind's variable is called after their common beginning: `room` is
what WATCHDOG_MATRIX_ROOM says in the environment. What a value means is the channel's own.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, model_validator

from watchdog.core.globs import check_image_glob
from watchdog.core.message import Severity
from watchdog.core.policy_faults import KeyPath, near, unknown_value
from watchdog.core.policy_section import STRICT, checked
from watchdog.core.routing import KINDS, Route
from watchdog.core.source import holds_credentials
from watchdog.errors import MalformedError

CHANNELS_MAX = 100
ROUTES_MAX = 1000
TEXT_MAX_CHARS = 2048
OWN_PREFIX = "WATCHDOG_"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def _check_name(text: str) -> None:
    if not _NAME.fullmatch(text):
        raise MalformedError(
            "not a name for a channel: at most 63 of a-z, 0-9, `.`, `_` and `-`, such as ops-slack"
        )


def _check_variable(text: str) -> None:
    if not _VARIABLE.fullmatch(text):
        raise MalformedError("not the name of an environment variable")
    if text.startswith(OWN_PREFIX):
        raise MalformedError(
            f"variables that begin with {OWN_PREFIX} are the service's own settings: "
            "choose another name"
        )


def _check_address(text: str) -> None:
    if holds_credentials(text):
        raise MalformedError("holds a user or a password: secrets are never written in the policy")


def _check_kind(text: str) -> None:
    if text not in KINDS:
        raise MalformedError(unknown_value(text, KINDS))


ChannelName = Annotated[str, checked(_check_name)]
Variable = Annotated[str, checked(_check_variable)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_MAX_CHARS)]
Address = Annotated[Text, checked(_check_address)]
ImageGlob = Annotated[str, checked(check_image_glob)]
MessageKind = Annotated[str, checked(_check_kind), Field(json_schema_extra={"enum": list(KINDS)})]


class _Section(BaseModel):
    model_config = STRICT


class Secret(_Section):
    """Where a secret is: in an environment variable or in a file; never here."""

    env: Variable | None = None
    file: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_named(cls, value: Any) -> Any:
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError(
                "a secret is never written in the policy: say where it is, "
                "{env: NAME} or {file: PATH}"
            )
        return value


class SlackSection(_Section):
    """A Slack channel, by its incoming webhook."""

    kind: Literal["slack"]
    webhook_url: Secret


class SlackBotSection(_Section):
    """A Slack channel, by a bot's token: an incident is one message with a thread."""

    kind: Literal["slack-bot"]
    bot_token: Secret
    channel: Text
    api_url: Address | None = None


class MatrixSection(_Section):
    """A Matrix room."""

    kind: Literal["matrix"]
    homeserver: Address
    access_token: Secret
    room: Text


class WebhookSection(_Section):
    """An address that takes alerts as JSON; the address may be a secret in itself."""

    kind: Literal["webhook"]
    url: Secret
    secret: Secret | None = None


class AlertmanagerSection(_Section):
    """A Prometheus Alertmanager."""

    kind: Literal["alertmanager"]
    url: Address
    token: Secret | None = None
    user: Text | None = None
    password: Secret | None = None


class EmailSection(_Section):
    """Mail to one or more addresses, with commas between them."""

    kind: Literal["email"]
    server: Text
    from_: Annotated[Text, Field(alias="from")]
    to: Text
    user: Text | None = None
    password: Secret | None = None
    ca: Text | None = None


class AppriseSection(_Section):
    """One of the services that Apprise knows; its address is the secret."""

    kind: Literal["apprise"]
    url: Secret


AnySection = (
    SlackSection
    | SlackBotSection
    | MatrixSection
    | WebhookSection
    | AlertmanagerSection
    | EmailSection
    | AppriseSection
)
CHANNEL_KINDS = tuple(
    get_args(section.model_fields["kind"].annotation)[0] for section in get_args(AnySection)
)
ChannelSection = Annotated[AnySection, Field(discriminator="kind")]


class RouteEntry(_Section):
    """A route: what goes to which channels. What is left out takes everything.

    A route with `images` takes nothing that is about no image: outages, hooks, tokens.
    """

    channels: Annotated[list[ChannelName], Field(min_length=1)]
    images: Annotated[list[ImageGlob], Field(min_length=1)] | None = None
    severities: Annotated[list[Severity], Field(min_length=1)] | None = None
    kinds: Annotated[list[MessageKind], Field(min_length=1)] | None = None

    def route(self) -> Route:
        """Make the route that messages are held against."""
        return Route(
            tuple(self.channels),
            tuple(self.images or ()),
            tuple(self.severities or ()),
            tuple(self.kinds or ()),
        )


Channels = Annotated[dict[ChannelName, ChannelSection], Field(max_length=CHANNELS_MAX)]
RouteEntries = Annotated[list[RouteEntry], Field(min_length=1, max_length=ROUTES_MAX)]


def unknown_channels(
    channels: Channels, routes: RouteEntries | None
) -> Iterator[tuple[KeyPath, str]]:
    """Find routes to channels that are neither in the policy nor ever in the environment."""
    known = {*channels, *CHANNEL_KINDS}
    for number, entry in enumerate(routes or ()):
        for position, name in enumerate(entry.channels):
            if name not in known:
                path = ("notify", number, "channels", position)
                yield path, f"unknown channel{near(name, known, 'channels')}"


def channel_warnings(
    channels: Channels, routes: RouteEntries | None
) -> Iterator[tuple[KeyPath, str]]:
    """Say which channels no route leads to, and what no route takes though it matters."""
    if routes is None:
        return
    reached = {name for entry in routes for name in entry.channels}
    for name in channels:
        if name not in reached:
            yield ("channels", name), "no route leads to it: it is told nothing"
    for severity in (Severity.CRITICAL, Severity.WARNING):
        if not any(_takes_all(entry, severity) for entry in routes):
            said = f"{severity} messages that no route takes are told to nobody"
            yield ("notify",), f"{said}: give one route neither `images` nor `kinds`"


def _takes_all(entry: RouteEntry, severity: Severity) -> bool:
    return not entry.images and not entry.kinds and severity in (entry.severities or Severity)
