"""The one message about all tags that an outage concerns."""

from dataclasses import dataclass
from datetime import datetime

from watchdog.core.duration import format_duration
from watchdog.core.message import Message, Severity, Stage, plain
from watchdog.core.telling import Telling, message_id


@dataclass(frozen=True, slots=True)
class Outage:
    """A server, or a reason, that keeps tags from being looked at."""

    subject: str
    since: datetime
    tags: int
    detail: str


def outage_message(telling: Telling, outage: Outage, now: datetime) -> Message:
    """Write that tags cannot be looked at, or can be again."""
    over = telling is Telling.REACHABLE
    state = "can be looked at again" if over else "cannot be looked at"
    lasted = format_duration(now - outage.since)
    began = f"{outage.since.timestamp():.0f}"
    tags = f"{outage.tags} tag{'' if outage.tags == 1 else 's'}"
    return Message(
        id=message_id(outage.subject, began, telling),
        subject=outage.subject,
        kind=telling.value,
        severity=Severity.RIGHT if over else Severity.WARNING,
        title=plain(f"{outage.subject}: {tags} {state}"),
        facts=(
            ("Since", f"{outage.since:%Y-%m-%d %H:%M} UTC ({lasted})"),
            *(() if over else (("Reason", plain(outage.detail)),)),
        ),
        advice=() if over else ("Nothing is put back while the watchdog cannot see.",),
        at=now,
        thread=message_id(outage.subject, began, "outage"),
        since=outage.since,
        stage=Stage.RESOLVED if over else Stage.OPEN,
    )
