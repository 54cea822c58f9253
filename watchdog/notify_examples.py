"""An example of each kind of message, marked as one, to try a channel with."""

from dataclasses import replace
from datetime import datetime, timedelta

from watchdog.core.message import Message, Severity, Stage
from watchdog.core.telling import Telling, message_id

MARK = "TEST, nothing is wrong: "
SUBJECT = "registry.example/test/image:latest"
SERVER = "registry registry.example"
_LASTED = timedelta(hours=1, minutes=42)
_SOURCE = "https://git.example/test/image"
_TRUSTED = f"{_SOURCE}@0f3c1d2e4b5a (sha256:1a2b3c4d5e6f)"
_PUSHED = f"{_SOURCE}-old@9b45aa01c2d3 (sha256:9b45aa01c2d3)"


def examples(now: datetime, link: str | None) -> tuple[Message, ...]:
    """Write them as they would come: an incident and an outage, each to its end, and news.

    Their ids and threads are other ones each time (at most once a millisecond).
    """
    begun = now - _LASTED
    wrong = _message(Telling.WRONG, Severity.CRITICAL, "the image is wrong: another source", now)
    wrong = replace(
        wrong,
        facts=(*wrong.facts, ("Pushed", _PUSHED), ("Trusted", _TRUSTED)),
        advice=("Find what pushed it.", f"If it is right: `watchdog approve {SUBJECT}@sha256:…`"),
        link=link,
        thread=_id("incident", now),
        since=begun,
        stage=Stage.OPEN,
    )
    outage = replace(
        _message(Telling.UNREACHABLE, Severity.WARNING, "2 tags cannot be looked at", now),
        subject=SERVER,
        thread=_id("outage", now),
        since=begun,
        stage=Stage.OPEN,
    )
    news = _message(Telling.INFORMATION, Severity.INFO, "a person restored the image", now)
    return (
        wrong,
        _next(wrong, Telling.WRONG_AGAIN, "the image is wrong again, another bad build"),
        _next(wrong, Telling.REMINDER, "the image is still wrong after 1 h"),
        _next(
            replace(wrong, severity=Severity.INFO, stage=Stage.ACKNOWLEDGED),
            Telling.ACKNOWLEDGED,
            "alice knows of it",
        ),
        _over(wrong, Telling.RIGHT, "the image is right again"),
        replace(news, link=link),
        outage,
        _over(outage, Telling.REACHABLE, "2 tags can be looked at again"),
    )


def _message(kind: Telling, severity: Severity, title: str, now: datetime) -> Message:
    return Message(
        id=_id(kind, now),
        subject=SUBJECT,
        kind=kind.value,
        severity=severity,
        title=f"{MARK}{title}",
        facts=(("This is a test", "somebody ran `watchdog notify test`"),),
        advice=(),
        at=now,
    )


def _next(first: Message, kind: Telling, title: str) -> Message:
    """Write a later message of the same thread."""
    return replace(first, id=_id(kind, first.at), kind=kind.value, title=f"{MARK}{title}")


def _over(first: Message, kind: Telling, title: str) -> Message:
    ended = replace(first, severity=Severity.RIGHT, stage=Stage.RESOLVED, advice=())
    return _next(ended, kind, title)


def _id(what: str, now: datetime) -> str:
    return message_id(SUBJECT, f"test-{now.timestamp() * 1000:.0f}", what)
