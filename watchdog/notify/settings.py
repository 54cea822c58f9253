"""How channels learn what is set, and the check that an address can be used at all."""

from collections.abc import Callable
from urllib.parse import urlsplit

from watchdog.errors import ConfigurationError

Read = Callable[[str], str | None]
"""Gives the value of a variable by its name; None where it is not set. It may be a secret."""


def web_address(variable: str, text: str) -> str:
    """Return the URL if it can be one; raises ConfigurationError, which never shows it."""
    if not is_web_address(text):
        raise ConfigurationError(f"{variable} is not a URL that starts with https:// and a host")
    return text


def is_web_address(text: str) -> bool:
    """Tell whether a text can be the URL of a server."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    return bool(usable) and text.isprintable() and " " not in text
