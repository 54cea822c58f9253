"""Who may answer through the API: operators by name, and the pipeline that approves beforehand."""

import re
from dataclasses import dataclass, field

from watchdog.errors import MalformedError

SECRET_MIN_CHARS = 16
SECRET_MAX_CHARS = 500
PIPELINE = "pipeline"
"""The name of an approver whose token has none."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Operator:
    """A name for the record, and the token that proves it."""

    name: str
    secret: str = field(repr=False)


def parse_operators(text: str) -> tuple[Operator, ...]:
    """Read `alice:SECRET,bob:SECRET`; no error repeats a secret. Raises MalformedError."""
    return _parse(text, None)


def parse_approvers(text: str) -> tuple[Operator, ...]:
    """Read the same, or a secret alone, which is then the pipeline's. Raises MalformedError."""
    return _parse(text, PIPELINE)


def _parse(text: str, unnamed: str | None) -> tuple[Operator, ...]:
    found = []
    for number, part in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        name, colon, secret = part.partition(":")
        if not colon and unnamed:
            name, secret = unnamed, part
        if not _NAME.fullmatch(name) or not secret:
            raise MalformedError(f"entry {number} is not NAME:SECRET, such as alice:…")
        if not SECRET_MIN_CHARS <= len(secret) <= SECRET_MAX_CHARS:
            raise MalformedError(
                f"the secret of {name} has under {SECRET_MIN_CHARS} or over {SECRET_MAX_CHARS} "
                "characters; make one with: openssl rand -hex 32"
            )
        found.append(Operator(name, secret))
    if not found:
        raise MalformedError("it names nobody")
    if len({one.secret for one in found}) < len(found):
        raise MalformedError("two of them have the same secret")
    return tuple(found)
