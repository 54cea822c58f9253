"""How a forge's attestations are fetched: by the transport that bounds all that comes from outside.

What they are is left to `provenance`. The forge is asked without credentials.
"""

from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from watchdog.core.observation import Signatures
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.errors import RemoteError
from watchdog.provenance.github import API, HEADERS, Forge, attestations
from watchdog.provenance.sigstore import BUNDLE_MAX_BYTES
from watchdog.registry.exchange import Request
from watchdog.registry.failures import refusal
from watchdog.registry.transport import Transport

LIST_MAX_BYTES = 16 * 1024 * 1024
"""A list with its bundles inline."""


def ask_forge(
    transport: Transport, source: Source, subject: Digest, *, api: str = API
) -> Signatures:
    """Fetch what a source's repository attested about a digest; raises RemoteError."""
    host = urlsplit(api).netloc
    forge = Forge(partial(_listed, transport), partial(_stored, transport, host), api)
    return attestations(forge, source, subject)


def _listed(transport: Transport, url: str, about: str) -> bytes | None:
    """Read the API's answer within the bounds of the registries' own exchanges; None for 404."""
    host = urlsplit(url).netloc
    reply = transport.exchange(Request("GET", url, host, about, LIST_MAX_BYTES, HEADERS))
    if reply.status == HTTPStatus.NOT_FOUND:
        return None
    if reply.status != HTTPStatus.OK:
        raise refusal(reply, about)
    return reply.body


def _stored(transport: Transport, host: str, url: str, about: str) -> bytes:
    """Read what the forge at `host` points to, as if it had redirected there.

    So a public forge cannot send us to a private address, nor any further but to TLS; and the
    address's own signature is all that the other host is told.
    """
    reply = transport.exchange(Request("GET", url, host, about, BUNDLE_MAX_BYTES))
    if reply.status != HTTPStatus.OK:
        passing = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        raise RemoteError(f"{about}: {reply.origin} answered {reply.status}", retryable=passing)
    return reply.body
