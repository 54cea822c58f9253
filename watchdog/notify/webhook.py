"""Any program, by a JSON webhook. The body is a promise; `webhook.schema.json` beside says it all.

What takes something away from the body, or gives it another meaning, changes `version`. Version 2
has all of version 1, and `links`, `thread`, `since` and `stage`.

The headers are those of Standard Webhooks: `webhook-id` is the message's id, the same for every
attempt, so that a receiver drops the second (`Idempotency-Key` repeats it); with a secret there is
a `webhook-signature`.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from watchdog.core.message import Message
from watchdog.errors import ConfigurationError
from watchdog.notify.post import Call, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.signature import parse_secrets, signed
from watchdog.notify.tidy import tidy, timestamp

URL_VARIABLE = "WATCHDOG_ALERT_WEBHOOK_URL"
SECRET_VARIABLE = "WATCHDOG_ALERT_WEBHOOK_SECRET"  # noqa: S105  # its name, not its value
VERSION = 2
TEXT_MAX_CHARS = 2000
FACTS_MAX = 200


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """One address that takes alerts as JSON; its URL may be a secret in itself."""

    url: str = field(repr=False)
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    name: str = "webhook"

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Post the message; raises RemoteError unless the answer is 2xx."""
        call = Call("alert webhook", "POST", self.url, render(message))
        headers = signed(message.id, call.content or b"", self.secrets, datetime.now(UTC))
        call = replace(call, headers=(("Idempotency-Key", message.id), *headers))
        demand(call, exchange(call))


def from_environment(read: Read) -> WebhookChannel | None:
    """Return the channel, or None where there is no address; raises ConfigurationError."""
    url, secret = read(URL_VARIABLE), read(SECRET_VARIABLE)
    if not url:
        if secret:
            raise ConfigurationError(f"{SECRET_VARIABLE} also needs {URL_VARIABLE}")
        return None
    secrets = parse_secrets(SECRET_VARIABLE, secret) if secret else ()
    return WebhookChannel(web_address(URL_VARIABLE, url), secrets)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the body."""
    text = files("watchdog.notify").joinpath("webhook.schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def render(message: Message) -> dict[str, Any]:
    """Write the body; texts of facts with the same name are joined by a semicolon."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    facts: dict[str, str] = {}
    for name, text in tidied.facts:
        facts[name] = f"{facts[name]}; {text}" if name in facts else text
    return {
        "version": VERSION,
        "id": tidied.id,
        "thread": tidied.thread,
        "subject": tidied.subject,
        "kind": tidied.kind,
        "severity": str(tidied.severity),
        "stage": tidied.stage and str(tidied.stage),
        "since": tidied.since and timestamp(tidied.since),
        "at": timestamp(tidied.at),
        "title": tidied.title,
        "facts": facts,
        "advice": list(tidied.advice),
        "link": tidied.link,
        "links": [{"name": name, "url": url} for name, url in tidied.links],
    }
