"""Which channels a message goes to: the routes of the policy, asked of one message at a time."""

import re
from dataclasses import dataclass
from functools import cache

from watchdog.core.channel_health import ChannelTelling
from watchdog.core.globs import regex_of
from watchdog.core.listing_wording import REPOSITORY_KINDS
from watchdog.core.message import Message, Severity
from watchdog.core.reference import Tag
from watchdog.core.self_condition import OVER_KINDS, SELF_KINDS
from watchdog.core.telling import Telling
from watchdog.errors import MalformedError

KINDS = tuple(map(str, (*Telling, *REPOSITORY_KINDS, *ChannelTelling, *SELF_KINDS)))
"""Every kind of message, by its stable word."""
FOLLOWS = {
    "right": Severity.CRITICAL,
    "reverted": Severity.CRITICAL,
    "acknowledged": Severity.CRITICAL,
    "settled": Severity.CRITICAL,
    "flapping": Severity.CRITICAL,
    "closed": Severity.CRITICAL,
    "overtaken": Severity.CRITICAL,
    "caught-up": Severity.WARNING,
    "returned": Severity.WARNING,
    "reachable": Severity.WARNING,
    "repository-back": Severity.WARNING,
    "channel-works": Severity.WARNING,
    **dict.fromkeys(OVER_KINDS.values(), Severity.WARNING),
}
"""What ends or follows something, and how severe that was: who was told of it hears this, too."""


@dataclass(frozen=True, slots=True)
class Route:
    """Channels that are told what it takes; an empty condition takes everything.

    A route that names images takes nothing that is about no image.
    """

    channels: tuple[str, ...]
    images: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    kinds: tuple[str, ...] = ()

    def takes(self, message: Message) -> bool:
        """Tell whether a message goes this way."""
        severities = {message.severity, FOLLOWS.get(message.kind, message.severity)}
        return (
            (not self.severities or not severities.isdisjoint(self.severities))
            and (not self.kinds or message.kind in self.kinds)
            and (not self.images or _is_about(message.subject, self.images))
        )


@dataclass(frozen=True, slots=True)
class Routes:
    """The channels that there are, and the routes to them; without any, each is told everything."""

    channels: tuple[str, ...]
    routes: tuple[Route, ...] | None = None

    def channels_of(self, message: Message) -> tuple[str, ...]:
        """Name the channels that a message goes to, each once: all routes that take it count."""
        if self.routes is None:
            return self.channels
        taking = (route for route in self.routes if route.takes(message))
        return tuple(dict.fromkeys(name for route in taking for name in route.channels))

    def around(self, name: str, message: Message) -> tuple[str, ...]:
        """Name the channels that are told of a channel: those of the routes, else all, less it."""
        on_route = tuple(other for other in self.channels_of(message) if other != name)
        return on_route or tuple(other for other in self.channels if other != name)


def _is_about(subject: str, images: tuple[str, ...]) -> bool:
    """Tell whether a message's subject is a tag, or a repository, that one of the globs matches."""
    try:
        image = str(Tag.parse(subject).repository)
    except MalformedError:
        return False
    return any(_compiled(glob).fullmatch(image) for glob in images)


@cache
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(regex_of(glob.lower()))
