"""A hundred more services, by Apprise (github.com/caronc/apprise), for whoever has no channel here.

One URL is one channel: what one of several did not take would be sent again to all. Apprise does
not say whether a failure passes, so each is tried again, as long as the outbox tries; a status that
it mentions is shown. It may send twice what it took too long over. Its log, which names addresses,
is not written.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from watchdog.core.message import Message, Severity
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.quiet import quiet
from watchdog.notify.settings import Read
from watchdog.notify.tidy import headline, places, tidy, timestamp

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

URL_VARIABLE = "WATCHDOG_APPRISE_URL"
TOTAL_TIMEOUT_S = 30.0
TEXT_MAX_CHARS = 300
FACTS_MAX = 20
KINDS = {
    Severity.CRITICAL: "failure",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
    Severity.RIGHT: "success",
}
_LOGGER = "apprise"
_STATUS = re.compile(r"\berror=([0-9]{3})\b")
_statuses: ContextVar[list[str] | None] = ContextVar("statuses", default=None)


@dataclass(frozen=True, slots=True)
class AppriseChannel:
    """One service of Apprise's, whose URL is the secret."""

    service: "NotifyBase" = field(repr=False)
    name: str = "apprise"
    total_s: float = TOTAL_TIMEOUT_S

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Have Apprise send it; raises RemoteError, always retryable, where it says that failed."""
        from apprise import Apprise

        told = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
        with quiet(), _silent() as statuses:
            sender = Apprise(asset=_asset())
            sender.add(self.service)
            took = sender.notify(
                body=text(told),
                title=headline(told),
                notify_type=KINDS[message.severity],
                body_format="text",
                timeout=self.total_s,
            )
        if not took:
            said = f"it was answered {statuses[-1]}" if statuses else "it does not say why"
            name = self.service.service_name
            raise RemoteError(f"Apprise could not tell {name}: {said}", retryable=True)


def from_environment(read: Read) -> AppriseChannel | None:
    """Return the channel, or None where there is no URL; raises ConfigurationError."""
    url = read(URL_VARIABLE)
    if not url:
        return None
    try:
        from apprise import Apprise
    except ImportError as error:
        needs = "pip install 'registry-watchdog[notify]'"
        raise ConfigurationError(f"{URL_VARIABLE} needs Apprise: {needs}") from error
    with quiet(), _silent():
        service = Apprise.instantiate(url, asset=_asset())
    if service is None:
        raise ConfigurationError(f"{URL_VARIABLE} is not one URL of a service that Apprise knows")
    return AppriseChannel(service)


def text(message: Message) -> str:
    """Write a tidied message as plain text, without its headline."""
    lines = [f"{name}: {said}" for name, said in message.facts]
    lines += [f"• {line}" for line in message.advice]
    lines += [f"{name}: {url}" for name, url in places(message)]
    return "\n".join([*lines, f"{message.subject} · {message.kind} · {timestamp(message.at)}"])


def _asset() -> "AppriseAsset":
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Registry watchdog",
        app_desc="Registry watchdog",
        app_url="",
        async_mode=False,
        secure_logging=True,
    )


@contextmanager
def _silent() -> Iterator[list[str]]:
    """Drop what Apprise logs within the block, in its own threads, too; give the statuses in it."""
    logging.getLogger(_LOGGER).addFilter(_passes)  # does nothing the second time
    statuses: list[str] = []
    token = _statuses.set(statuses)
    try:
        yield statuses
    finally:
        _statuses.reset(token)


def _passes(record: logging.LogRecord) -> bool:
    statuses = _statuses.get()
    if statuses is None:
        return True
    statuses += _STATUS.findall(record.getMessage())
    return False
