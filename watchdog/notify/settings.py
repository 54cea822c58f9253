"""What telling people needs to know, and the check that an address can be used at all."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from watchdog.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """Where to tell people; None is "not this way". A webhook's URL is a secret in itself."""

    slack_webhook_url: str | None = field(default=None, repr=False)
    matrix_homeserver: str | None = None
    matrix_access_token: str | None = field(default=None, repr=False)
    matrix_room: str | None = None
    alert_webhook_url: str | None = field(default=None, repr=False)


def web_address(variable: str, text: str) -> str:
    """Return the URL if it can be one; raises ConfigurationError, which never shows it."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise ConfigurationError(f"{variable} is not a URL that starts with https:// and a host")
    return text
