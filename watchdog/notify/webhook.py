"""Any program, by a JSON webhook. The body is a promise; what changes in it changes `version`.

    {"version": 1, "id", "subject", "kind", "severity", "title", "facts": {name: text},
     "advice": [text], "link": text or null, "at": RFC 3339 in UTC}

`Idempotency-Key` is the id, the same for every attempt: a receiver that has it drops the second.
"""

from dataclasses import dataclass, field
from typing import Any

from watchdog.core.message import Message
from watchdog.notify.post import Call, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.tidy import tidy, timestamp

URL_VARIABLE = "WATCHDOG_ALERT_WEBHOOK_URL"
VERSION = 1
TEXT_MAX_CHARS = 2000
FACTS_MAX = 200


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """One address that takes alerts as JSON; its URL may be a secret in itself."""

    url: str = field(repr=False)
    name: str = "webhook"

    def send(self, message: Message, _remembered: str | None = None) -> None:
        """Post the message; raises RemoteError unless the answer is 2xx."""
        call = Call("alert webhook", "POST", self.url, render(message), idempotency_key=message.id)
        demand(call, exchange(call))


def from_environment(read: Read) -> WebhookChannel | None:
    """Return the channel, or None where there is no address; raises ConfigurationError."""
    url = read(URL_VARIABLE)
    return WebhookChannel(web_address(URL_VARIABLE, url)) if url else None


def render(message: Message) -> dict[str, Any]:
    """Write the body; texts of facts with the same name are joined by a semicolon."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    facts: dict[str, str] = {}
    for name, text in tidied.facts:
        facts[name] = f"{facts[name]}; {text}" if name in facts else text
    return {
        "version": VERSION,
        "id": tidied.id,
        "subject": tidied.subject,
        "kind": tidied.kind,
        "severity": str(tidied.severity),
        "title": tidied.title,
        "facts": facts,
        "advice": list(tidied.advice),
        "link": tidied.link,
        "at": timestamp(tidied.at),
    }
