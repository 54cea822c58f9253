"""One bounded conversation with a mail server: each step in time, and all of them."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from watchdog.notify.deadline import DeadlineAdapter, deadline

STEP_TIMEOUT_S = 10.0
TOTAL_TIMEOUT_S = 30.0
_READY = 220


@contextmanager
def conversation(
    scheme: str,
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    total_s: float = TOTAL_TIMEOUT_S,
) -> Iterator[smtplib.SMTP]:
    """Greet the server, in TLS unless there is none, and end well or badly within `total_s`.

    Raises OSError and smtplib's own errors; TimeoutError where the time was up.
    """
    with deadline(total_s) as limit:
        smtp = _Bounded(limit, tls if scheme == "smtps" else None)
        try:
            _greet(smtp, host, port)
            if tls and scheme != "smtps":
                smtp.secure(tls)
            yield smtp
            with suppress(OSError):
                smtp.quit()  # the letter is taken by then, whatever this comes to
        except OSError as error:  # which smtplib's own errors are, too
            if limit.expired:
                raise TimeoutError from error
            raise
        finally:
            smtp.close()


def _greet(smtp: smtplib.SMTP, host: str, port: int) -> None:
    code, said = smtp.connect(host, port)
    if code != _READY:
        raise smtplib.SMTPConnectError(code, said)
    smtp.ehlo_or_helo_if_needed()


def _own_name() -> str:
    """Name ourselves without the name service, which has no time limit (RFC 5321, 4.1.3)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


class _Bounded(smtplib.SMTP):
    """An SMTP client whose sockets end with the time limit."""

    def __init__(self, limit: DeadlineAdapter, tls: ssl.SSLContext | None) -> None:
        self._limit, self._tls = limit, tls
        super().__init__(timeout=STEP_TIMEOUT_S, local_hostname=_own_name())

    def connect(self, host: str = "", port: int = 0, source_address: Any = None) -> Any:
        """Connect as the parent does, and check the certificate against this very name."""
        self._host = host
        return super().connect(host, port, source_address)

    def secure(self, tls: ssl.SSLContext) -> None:
        """Go over to TLS, in which the server says anew what it can do."""
        self.starttls(context=tls)
        if self.sock:
            self._limit.opened(self.sock)
        self.ehlo()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        opened: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]  # not in typeshed
        if self._tls:
            opened = self._tls.wrap_socket(opened, server_hostname=host)
        self._limit.opened(opened)
        return opened
