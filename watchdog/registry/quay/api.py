"""Asking Quay's own API: addresses, tokens, and what its refusals mean.

A token that is wrong or expired is not refused: Quay takes us for nobody, answers what is public,
and says 403 with a page about CSRF to whatever writes. Robot accounts cannot use this API at all.
Source: quay/quay endpoints/api/__init__.py, endpoints/exception.py, auth/decorators.py.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError, WatchdogError
from watchdog.registry.exchange import Reply, Request
from watchdog.registry.failures import refusal
from watchdog.registry.quay.pace import Pace, Turn
from watchdog.registry.transport import Transport

ANSWER_MAX_BYTES = 1024 * 1024
DETAIL_MAX_CHARS = 200
TOKEN_MARK_CHARS = 16
_IN_ITS_WORDS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT})


@dataclass(frozen=True, slots=True)
class Call:
    """One question: `path` stands under `/api/v1/`; `needs` is the scope that it takes."""

    host: str
    path: str
    about: str
    method: str = "GET"
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    needs: str = "repo:read"
    max_bytes: int = ANSWER_MAX_BYTES


class QuayApi:
    """All Quays of the policy: made once, thread safe.

    `tokens` are OAuth tokens by host; a host without one is asked as nobody. `prefixes` name, by
    host, the first part of image names that stands before the namespace, and before `/api`, too.
    All that is asked of one host goes at one `pace`; see `after_others` and `before_others`.
    """

    def __init__(
        self,
        transport: Transport,
        tokens: Mapping[str, str] | None = None,
        prefixes: Mapping[str, str] | None = None,
        *,
        pace: Pace | None = None,
    ) -> None:
        self._transport = transport
        self._tokens = dict(tokens or {})
        self._prefixes = dict(prefixes or {})
        self._pace = pace or Pace()
        self._turn = Turn.NEXT

    def after_others(self) -> "QuayApi":
        """Make one that lets the requests of this one go first, for what is not urgent."""
        return self._at(Turn.LATER)

    def before_others(self) -> "QuayApi":
        """Make one that waits for nobody, for a write and what is read right before it."""
        return self._at(Turn.AT_ONCE)

    def _at(self, turn: Turn) -> "QuayApi":
        other = QuayApi(self._transport, self._tokens, self._prefixes, pace=self._pace)
        other._turn = turn
        return other

    def close(self) -> None:
        """Close idle connections."""
        self._transport.close()

    def has_token(self, host: str) -> bool:
        """Whether there is a token for a host; that it is a good one is not said."""
        return host in self._tokens

    def token_mark(self, host: str) -> str:
        """Tell a host's token from another without saying it; "" where there is none."""
        token = self._tokens.get(host)
        return hashlib.sha256(token.encode()).hexdigest()[:TOKEN_MARK_CHARS] if token else ""

    def path_of(self, repository: Repository) -> str:
        """Name a repository as the API does: namespace and name."""
        prefix = self._prefixes.get(repository.registry, "")
        return repository.path.removeprefix(f"{prefix}/") if prefix else repository.path

    def repository_of(self, host: str, path: str) -> Repository:
        """Name what the API calls `path` as an image repository; raises MalformedError."""
        prefix = self._prefixes.get(host, "")
        return Repository(host, f"{prefix}/{path}" if prefix else path)

    def address(self, host: str) -> str:
        """Say where `/api` stands."""
        prefix = self._prefixes.get(host, "")
        address = f"{self._transport.settings(host).scheme}://{host}"
        return f"{address}/{prefix}" if prefix else address

    def ask(self, call: Call) -> Reply:
        """Ask once it is our turn, and return whatever was answered.

        Raises RemoteError (retryable: too much is asked of the host already) or MalformedError.
        """
        url = f"{self.address(call.host)}/api/v1/{call.path}"
        query = f"?{urlencode(call.query)}" if call.query else ""
        token = self._tokens.get(call.host)
        request = Request(
            method=call.method,
            url=url + query,
            registry=call.host,
            about=call.about,
            max_bytes=call.max_bytes,
            headers={"Accept": "application/json"},
            authorization=f"Bearer {token}" if token else None,
        )
        if call.body is not None:
            headers = {**request.headers, "Content-Type": "application/json"}
            request = replace(request, headers=headers, body=json.dumps(call.body).encode())
        self._pace.wait(call.host, self._turn, call.about)
        return self._transport.exchange(request)

    def read(self, call: Call) -> dict[str, Any]:
        """Ask for a JSON object; raises what `refused` makes of any status but 200."""
        reply = self.ask(call)
        if reply.status != HTTPStatus.OK:
            raise self.refused(call, reply)
        return decode_json(reply.body, call.about)

    def refused(self, call: Call, reply: Reply) -> WatchdogError:
        """Turn a refusal into an error that says what to do about it."""
        said = f"{call.about}: {reply.origin} answered {reply.status}{_quoted(reply.body)}"
        forged = reply.status == HTTPStatus.FORBIDDEN and b"CSRF" in reply.body
        if forged or reply.status == HTTPStatus.UNAUTHORIZED:
            return DeniedError(f"{said}; {self._nobody(call)}")
        if reply.status == HTTPStatus.FORBIDDEN:
            return DeniedError(f"{said}; it takes a token with the scope {call.needs}")
        if reply.status == HTTPStatus.NOT_FOUND:
            return NotFoundError(said)
        if reply.status == HTTPStatus.SERVICE_UNAVAILABLE and read_only(reply):
            return RemoteError(said, retryable=False)
        if reply.status in _IN_ITS_WORDS:
            return RemoteError(said, retryable=False)
        return refusal(reply, call.about)

    def _nobody(self, call: Call) -> str:
        """Say why Quay took us for nobody."""
        if self.has_token(call.host):
            return (
                f"the token of WATCHDOG_QUAY_TOKEN is not valid for {call.host}, has expired or "
                f"lacks {call.needs}: `watchdog quay token` checks it"
            )
        return f"it takes a token with the scope {call.needs} in WATCHDOG_QUAY_TOKEN"


def error_type(reply: Reply) -> str:
    """Read Quay's own word for a refusal, such as `tag_immutable`; "" if it has none."""
    return str(_document(reply.body).get("error_type") or "")


def _quoted(body: bytes) -> str:
    document = _document(body)
    keys = ("error_message", "message", "detail", "error")
    words = next((str(document[key]) for key in keys if document.get(key)), "")
    return f" ({plain(words, DETAIL_MAX_CHARS)})" if words else ""


class ReadOnly(StrEnum):
    """What cannot be written to: asking again does not help."""

    QUAY = "Quay itself"
    REPOSITORY = "the repository"


def read_only(reply: Reply) -> ReadOnly | None:
    """Read from a refusal what is read-only: all of Quay, or a mirror or frozen repository.

    Sources: quay/quay endpoints/decorated.py (handle_readonly), endpoints/api/__init__.py.
    """
    if _document(reply.body).get("is_readonly") is True:
        return ReadOnly.QUAY
    return ReadOnly.REPOSITORY if b"read only" in reply.body else None


def _document(body: bytes) -> dict[str, Any]:
    try:
        return decode_json(body, "the error")
    except MalformedError:
        return {}
