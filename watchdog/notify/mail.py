"""E-mail, by SMTP to one server that takes it from here (RFC 5321, RFC 6409).

TLS is asked for and verified: `smtps://` from the start, `smtp://` by STARTTLS. `smtp+plain://` is
for a relay on this machine, and never carries a password. What a letter looks like is `letter`'s.
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from urllib.parse import urlsplit

from watchdog.core.message import Message, plain
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.letter import first_id, write
from watchdog.notify.settings import Read
from watchdog.notify.smtp import conversation

SERVER_VARIABLE = "WATCHDOG_EMAIL_SERVER"
USER_VARIABLE = "WATCHDOG_EMAIL_USER"
PASSWORD_VARIABLE = "WATCHDOG_EMAIL_PASSWORD"  # noqa: S105  # its name, not its value
FROM_VARIABLE = "WATCHDOG_EMAIL_FROM"
TO_VARIABLE = "WATCHDOG_EMAIL_TO"
CA_VARIABLE = "WATCHDOG_EMAIL_CA"
VARIABLES = (
    SERVER_VARIABLE,
    USER_VARIABLE,
    PASSWORD_VARIABLE,
    FROM_VARIABLE,
    TO_VARIABLE,
    CA_VARIABLE,
)
PORTS = {"smtps": 465, "smtp": 587, "smtp+plain": 25}
RECIPIENTS_MAX = 50
SAID_MAX_CHARS = 200
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251})")
_PASSING_FROM, _PASSING_TO = 400, 499

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed in, and how."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class MailChannel:
    """The people who get mail, all in one letter."""

    server: Server
    sender: str
    recipients: tuple[str, ...]
    name: str = "email"

    def send(self, message: Message, remembered: str | None = None) -> str | None:
        """Hand the letter in; returns the id of the thread's first; raises RemoteError.

        It is raised outside the handler, without a cause: a logged traceback shows no password.
        """
        letter = write(message, self.sender, self.recipients, remembered)
        fault: RemoteError | None
        try:
            fault = self._partly(self._hand_in(letter))
        except OSError as error:  # which smtplib's own errors are, too
            fault = self._fault(error)
        if fault is not None:
            raise fault
        return first_id(letter, message, remembered)

    def _hand_in(self, letter: EmailMessage) -> Mapping[str, tuple[int, bytes]]:
        server = self.server
        with conversation(server.scheme, server.host, server.port, server.tls) as smtp:
            if server.user and server.password:
                smtp.login(server.user, server.password)
            return smtp.send_message(letter)

    def _partly(self, refused: Mapping[str, tuple[int, bytes]]) -> RemoteError | None:
        """Try again for whom the server has no time now; of whom it does not know, log that."""
        for address, (code, said) in refused.items():
            text = f"answered {code} about {address}: {self._shown(said)}"
            if _passing(code):
                return self._error(text, retryable=True)
            logger.warning("%s %s; the others got the message", self._where, text)
        return None

    def _fault(self, error: OSError) -> RemoteError:
        match error:
            case smtplib.SMTPRecipientsRefused():
                answers: list[tuple[int, bytes]] = list(error.recipients.values())
                return self._refusal(*answers[0], retryable=any(_passing(c) for c, _ in answers))
            case smtplib.SMTPResponseException():
                code = error.smtp_code
                return self._refusal(code, error.smtp_error, retryable=_passing(code))
            case smtplib.SMTPNotSupportedError():
                return self._error(f"cannot do it: {error}", retryable=False)
            case ssl.SSLCertVerificationError():
                why = f"certificate verify failed: {error.verify_message}"
            case TimeoutError():
                why = "no answer in time"
            case smtplib.SMTPServerDisconnected():
                why = "it hung up"
            case _:
                why = error.strerror or type(error).__name__
        return self._error(f"could not be reached: {plain(why, SAID_MAX_CHARS)}", retryable=True)

    def _refusal(self, code: int, said: bytes | str, *, retryable: bool) -> RemoteError:
        return self._error(f"answered {code}: {self._shown(said)}", retryable=retryable)

    def _error(self, text: str, *, retryable: bool) -> RemoteError:
        return RemoteError(f"{self._where} {text}", retryable=retryable)

    @property
    def _where(self) -> str:
        return f"the mail server {self.server.host}:{self.server.port}"

    def _shown(self, said: bytes | str) -> str:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        for secret in filter(None, (self.server.password, self.server.user)):
            text = text.replace(secret, "…")
        return plain(text, SAID_MAX_CHARS)


def from_environment(read: Read) -> MailChannel | None:
    """Return the channel, or None where none of it is set; raises ConfigurationError."""
    values = {variable: read(variable) or "" for variable in VARIABLES}
    if not any(values.values()):
        return None
    needed = (SERVER_VARIABLE, FROM_VARIABLE, TO_VARIABLE)
    if missing := [variable for variable in needed if not values[variable]]:
        raise ConfigurationError(f"alerts by e-mail also need {' and '.join(missing)}")
    addresses = tuple(part.strip() for part in values[TO_VARIABLE].split(",") if part.strip())
    for variable, each in ((FROM_VARIABLE, (values[FROM_VARIABLE],)), (TO_VARIABLE, addresses)):
        if not 1 <= len(each) <= RECIPIENTS_MAX or not all(map(_ADDRESS.fullmatch, each)):
            raise ConfigurationError(f"{variable} is not an address such as ops@example.org")
    return MailChannel(_server(values), values[FROM_VARIABLE], addresses)


def _server(values: Mapping[str, str]) -> Server:
    """Read where the server is; raises ConfigurationError."""
    try:
        parts = urlsplit(values[SERVER_VARIABLE])
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in PORTS or not host or port == 0 or parts.username or parts.path.strip("/"):
        raise ConfigurationError(
            f"{SERVER_VARIABLE} is not smtps://HOST or smtp://HOST, with :PORT if need be; "
            f"the account belongs in {USER_VARIABLE} and {PASSWORD_VARIABLE}"
        )
    user, password = values[USER_VARIABLE], values[PASSWORD_VARIABLE]
    if bool(user) != bool(password):
        raise ConfigurationError(f"{USER_VARIABLE} and {PASSWORD_VARIABLE} belong together")
    if scheme == "smtp+plain":
        if user:
            raise ConfigurationError(f"{SERVER_VARIABLE}: smtp+plain:// never carries a password")
        return Server(scheme, host, port or PORTS[scheme])
    return Server(scheme, host, port or PORTS[scheme], user or None, password or None, _tls(values))


def _tls(values: Mapping[str, str]) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=values[CA_VARIABLE] or None)
    except (OSError, ssl.SSLError) as error:
        why = error.strerror or "no certificate in it"
        raise ConfigurationError(f"the file that {CA_VARIABLE} names: {why}") from error


def _passing(code: int) -> bool:
    return _PASSING_FROM <= code <= _PASSING_TO
