"""Quay's own API: what a tag held before, which the distribution API does not tell.

Source: quay/quay endpoints/api/tag.py. Public repositories answer without a token. Times there are
whole seconds, so only the order of the list counts.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from watchdog.core.document import decode_json
from watchdog.core.reference import Digest, Tag
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.exchange import Request
from watchdog.registry.transport import Transport

HISTORY_MAX_BYTES = 1024 * 1024
HISTORY_ROWS = 10


class QuayApi:
    """Asks a Quay about its tags; thread safe."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def held(self, tag: Tag) -> tuple[Digest, ...]:
        """Read what a tag held lately, the newest first; raises RemoteError or MalformedError."""
        host = tag.repository.registry
        query = urlencode({"specificTag": tag.name, "limit": HISTORY_ROWS})
        scheme = self._transport.settings(host).scheme
        request = Request(
            method="GET",
            url=f"{scheme}://{host}/api/v1/repository/{tag.repository.path}/tag/?{query}",
            registry=host,
            about=f"the history of {tag}",
            max_bytes=HISTORY_MAX_BYTES,
        )
        reply = self._transport.exchange(request)
        if reply.status != HTTPStatus.OK:
            raise MalformedError(f"{request.about}: {reply.origin} answered {reply.status}")
        rows = decode_json(reply.body, request.about).get("tags")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise MalformedError(f"{request.about}: it is not a list of tags")
        return tuple(Digest.parse(str(row.get("manifest_digest"))) for row in rows)

    def displaced_by(self, tag: Tag, written: Digest) -> Digest | None:
        """Say what a tag held before it was written last; None if nothing. Raises as `held` does.

        A history that does not begin with what was written tells nothing of it: RemoteError.
        """
        held = self.held(tag)
        if held[:1] != (written,):
            raise RemoteError(
                f"the history of {tag} does not begin with what was written", retryable=True
            )
        return next((digest for digest in held if digest != written), None)
