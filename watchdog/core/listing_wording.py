"""The words about repositories that a Quay lists no more, or again: one message for all at once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from watchdog.core.listing import Change
from watchdog.core.message import Message, Severity, first_of, plain
from watchdog.core.reference import Repository

_KINDS = {Change.VANISHED: "repository-gone", Change.BACK: "repository-back"}
REPOSITORY_KINDS = tuple(_KINDS.values())


def repositories_message(
    change: Change, namespace: str, concerned: Sequence[Repository], now: datetime
) -> Message:
    """Write the message about repositories of one namespace that vanished, or are back.

    Its id is the same however often it is written.
    """
    gone = change is Change.VANISHED
    one, kind = len(concerned) == 1, _KINDS[change]
    subject = str(concerned[0]) if one else namespace
    verb = "is" if one else "are"
    state = f"{verb} not listed any more" if gone else f"{verb} listed again"
    hashed = hashlib.sha256(" ".join(map(str, concerned)).encode()).hexdigest()[:12]
    return Message(
        id=f"{hashed}-{now.timestamp():.0f}-{kind}",
        subject=subject,
        kind=kind,
        severity=Severity.WARNING if gone else Severity.RIGHT,
        title=plain(
            f"{subject} {state}" if one else f"{len(concerned)} repositories of {subject} {state}"
        ),
        facts=(("Repositories", plain(first_of(concerned))),) if not one else (),
        advice=_ADVICE if gone else (),
        at=now,
    )


_ADVICE = (
    "It was deleted, or made private: hosts that pull it keep what they have, or fail.",
    "If it is private on purpose, give the watchdog a token that may see it.",
    "If it is gone for good, take it out of the policy.",
)
