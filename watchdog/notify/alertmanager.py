"""Prometheus Alertmanager, by its API v2 (docs/alerts_api.md and api/v2/openapi.yaml there).

Alertmanager knows an alert by its labels, so they are the opening's for as long as the incident
lasts; what changes stands in the annotations. An alert ends when its `endsAt` has passed, which is
far ahead while the incident is open: a silent watchdog must not look like a tag that is right.
Alertmanager forgets all alerts when it ends, and expects them again: see `renew`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from watchdog.core.lane import tells_all
from watchdog.core.message import Message, Severity, Stage
from watchdog.core.reference import Tag
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.notify.post import Call, demand, exchange
from watchdog.notify.settings import Read, web_address
from watchdog.notify.tidy import tidy, timestamp

URL_VARIABLE = "WATCHDOG_ALERTMANAGER_URL"
TOKEN_VARIABLE = "WATCHDOG_ALERTMANAGER_TOKEN"  # noqa: S105  # its name, not its value
USER_VARIABLE = "WATCHDOG_ALERTMANAGER_USER"
PASSWORD_VARIABLE = "WATCHDOG_ALERTMANAGER_PASSWORD"  # noqa: S105  # the same
API_PATH = "/api/v2/alerts"
OPEN_FOR = timedelta(days=8)
"""How long an open incident stays one there if nothing more is heard of it."""
NEWS_FOR = timedelta(minutes=15)
"""How long what is no incident, or was over before it was told, is shown."""
RESOLVED_AGAIN_FOR = timedelta(minutes=15)
"""How long an end is told again, for an Alertmanager that was away (it asks for five minutes)."""
ALERTS_PER_CALL = 200
TEXT_MAX_CHARS = 1000
FACTS_MAX = 60

Alert = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlertmanagerChannel:
    """One Alertmanager; each of a cluster wants to be told, so each is a channel of its own."""

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    name: str = "alertmanager"

    def send(self, message: Message, remembered: str | None = None) -> str | None:
        """Post the alert and return it, to be renewed; raises RemoteError unless it was taken.

        The end of what Alertmanager never heard of is not told, unless it tells of all of it.
        """
        if message.stage is Stage.RESOLVED and remembered is None and not tells_all(message):
            return None
        alert = render(message, remembered, datetime.now(UTC))
        self._post([alert])
        return json.dumps(alert)

    def renew(self, remembered: Iterable[str]) -> int:
        """Post again what still holds of these, and return how many; raises RemoteError."""
        alerts = [alert for text in remembered if (alert := renewed(text, datetime.now(UTC)))]
        for start in range(0, len(alerts), ALERTS_PER_CALL):
            self._post(alerts[start : start + ALERTS_PER_CALL])
        return len(alerts)

    def _post(self, alerts: list[Alert]) -> None:
        call = Call("Alertmanager", "POST", f"{self.url}{API_PATH}", alerts, self.token)
        demand(call, exchange(call))


def from_environment(read: Read) -> AlertmanagerChannel | None:
    """Return the channel, or None where there is no address; raises ConfigurationError."""
    url, token = read(URL_VARIABLE), read(TOKEN_VARIABLE)
    user, password = read(USER_VARIABLE), read(PASSWORD_VARIABLE)
    if not url:
        if token or user or password:
            raise ConfigurationError(f"{URL_VARIABLE} is missing: an account alone is nothing")
        return None
    address = web_address(URL_VARIABLE, url).rstrip("/").removesuffix(API_PATH)
    if bool(user) != bool(password):
        raise ConfigurationError(f"{USER_VARIABLE} and {PASSWORD_VARIABLE} belong together")
    if len([proof for proof in (token, user, "@" in address) if proof]) > 1:
        raise ConfigurationError(f"keep {TOKEN_VARIABLE} or a user and a password, not both")
    if token and not (token.isascii() and token.isprintable()):
        raise ConfigurationError(f"{TOKEN_VARIABLE} holds what no token can")
    if user and password:
        scheme, _, rest = address.partition("://")
        address = f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"
    return AlertmanagerChannel(address, token)


def render(message: Message, remembered: str | None, now: datetime) -> Alert:
    """Write the alert: with the labels and the beginning of the first about its incident."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    opening = json.loads(remembered) if remembered else {}
    since = message.since or message.at
    alert = {
        "labels": opening.get("labels") or _labels(tidied),
        "annotations": _annotations(tidied),
        "startsAt": opening.get("startsAt") or timestamp(since),
        "endsAt": timestamp(_end(message, now, news=remembered is None)),
    }
    if message.link:
        alert["generatorURL"] = quote(message.link, safe="%/:=&?~#+!$,;'@()*[]")
    return alert


def renewed(remembered: str, now: datetime) -> Alert | None:
    """Return an alert with its end put off, an end that was just told, or None for what is over."""
    alert: Alert = json.loads(remembered)
    stage = alert["annotations"].get("stage")
    if stage == Stage.RESOLVED:
        ended = datetime.fromisoformat(alert["endsAt"])
        return alert if now - ended < RESOLVED_AGAIN_FOR else None
    if stage is None:
        return None
    return {**alert, "endsAt": timestamp(now + OPEN_FOR)}


def _end(message: Message, now: datetime, *, news: bool) -> datetime:
    # An alert that has ended when it is first posted notifies nobody.
    if message.stage is Stage.RESOLVED and not (news and tells_all(message)):
        return max(message.at, message.since or message.at)
    return now + (NEWS_FOR if message.stage in {None, Stage.RESOLVED} else OPEN_FOR)


def _labels(message: Message) -> dict[str, str]:
    """Name what to route and to group by; none of it may change while the incident lasts."""
    words = message.kind.split("-")
    news = message.severity is Severity.RIGHT
    labels = {
        "alertname": "RegistryWatchdog" + "".join(word.capitalize() for word in words),
        "severity": str(Severity.INFO if news else message.severity),
        "subject": message.subject,
    }
    try:
        tag = Tag.parse(message.subject)
    except MalformedError:
        return labels
    if str(tag) != message.subject:
        return labels
    repository = tag.repository
    named = {"registry": repository.registry, "repository": repository.path, "tag": tag.name}
    return {**labels, **named}


def _annotations(message: Message) -> dict[str, str]:
    facts = "\n".join(f"{name}: {text}" for name, text in message.facts)
    annotations = {
        "summary": message.title,
        "description": facts,
        "advice": "\n".join(message.advice),
        "links": "\n".join(f"{name}: {url}" for name, url in message.links),
        "incident": message.thread,
        "kind": message.kind,
        "stage": message.stage and str(message.stage),
    }
    return {name: text for name, text in annotations.items() if text}
