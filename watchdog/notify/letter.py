"""A message as an e-mail: its headers, a plain text and the same in HTML (RFC 5322, RFC 2046).

Its Message-ID is made of the message alone, so a second attempt is the same letter, and a mailbox
that looks at ids shows it once. The letters of an incident answer its first (In-Reply-To).
"""

import hashlib
import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from watchdog.core.message import Message, Severity
from watchdog.notify.letter_html import html
from watchdog.notify.tidy import headline, places, tidy, timestamp

TEXT_MAX_CHARS = 2000
FACTS_MAX = 200
SUBJECT_MAX_CHARS = 200
_ID_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
_POLICY = SMTP.clone(cte_type="7bit")  # not every server takes eight


def write(
    message: Message, sender: str, recipients: Sequence[str], first: str | None
) -> EmailMessage:
    """Write the letter; `first` is the id of the thread's first letter, None if this is it."""
    tidied = tidy(message, TEXT_MAX_CHARS, FACTS_MAX)
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = f"Registry watchdog <{sender}>"
    letter["To"] = ", ".join(recipients)
    letter["Subject"] = headline(tidied)[:SUBJECT_MAX_CHARS]
    letter["Date"] = format_datetime(message.at)
    letter["Message-ID"] = _id(message, sender)
    if first:
        letter["In-Reply-To"] = first
        letter["References"] = first
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer from a person on leave
    letter["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    letter["Importance"] = "high" if message.severity is Severity.CRITICAL else "normal"
    letter["X-Watchdog-Kind"] = _word(message.kind)
    letter["X-Watchdog-Severity"] = str(message.severity)
    letter["X-Watchdog-Subject"] = tidied.subject
    letter.set_content(text(tidied), cte="quoted-printable")
    letter.add_alternative(html(tidied), subtype="html", cte="quoted-printable")
    letter.set_boundary(f"=_{_digest(message)}")  # made of the message as well
    return letter


def first_id(letter: EmailMessage, message: Message, first: str | None) -> str | None:
    """Say what to remember of the thread: the id of its first letter."""
    return (first or str(letter["Message-ID"])) if message.thread else None


def text(message: Message) -> str:
    """Write the plain text of a tidied message."""
    parts = [headline(message)]
    parts += ["\n".join(f"{name}: {said}" for name, said in message.facts)]
    parts += ["\n".join(f"{n}. {line}" for n, line in enumerate(message.advice, 1))]
    parts += ["\n".join(f"{name}: {url}" for name, url in places(message))]
    parts += [f"-- \n{message.subject} · {message.kind} · {timestamp(message.at)}"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _id(message: Message, sender: str) -> str:
    """Make the id of the message's own and its time: another store may count from one again."""
    own = message.id if _ID_SAFE.fullmatch(message.id) else _digest(message)
    host = sender.rpartition("@")[2]
    return f"<{own}.{message.at:%Y%m%d%H%M%S}@{host}>"


def _digest(message: Message) -> str:
    return hashlib.sha256(f"{message.id} {message.at}".encode("utf-8", "replace")).hexdigest()[:32]


def _word(kind: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", kind)[:60]
