"""A real SMTP server on a loopback port, in TLS where it is told to."""

import asyncio
import ssl
import threading
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult

ACCOUNT = ("watchdog", "pass-secret")


class MailServer:
    """Keeps what it takes; `answers` says what else it answers, by recipient or after DATA."""

    def __init__(self, tls=None, *, at_once=False, account=False):
        self.letters, self.envelopes, self.answers = [], [], {}
        self._tls_at_once = tls if at_once else None
        self._settings = {
            "hostname": "mail.test",
            "tls_context": None if at_once else tls,
            "require_starttls": bool(tls) and not at_once,
            "authenticator": self._knows if account else None,
            "auth_required": account,
            # To aiosmtpd a connection that was TLS from the start is none.
            "auth_require_tls": not at_once,
        }
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self):
        self._thread.start()
        self._server = self._run(self._serve())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *exception):
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self):
        def protocol():
            return SMTP(self, loop=self._loop, **self._settings)

        return await self._loop.create_server(protocol, "127.0.0.1", 0, ssl=self._tls_at_once)

    async def _end(self):
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)

    def _knows(self, _server, _session, _envelope, _mechanism, data):
        known = (data.login.decode(), data.password.decode()) == ACCOUNT
        return AuthResult(success=known, handled=known)

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  # aiosmtpd looks for this name
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, session, envelope):  # noqa: N802  # the same
        if "DATA" in self.answers:
            return self.answers["DATA"]
        in_tls = session.ssl is not None or self._tls_at_once is not None
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos), in_tls))
        self.letters.append(envelope.original_content)
        return "250 OK"

    @property
    def read(self):
        """The letters as a mail program reads them."""
        return [message_from_bytes(letter, policy=default) for letter in self.letters]


def server_tls(authority, name="127.0.0.1"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context
