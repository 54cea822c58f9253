"""GitHub's own store of attestations: whether the expected repository attested a digest.

Source: docs.github.com, REST API, "List attestations" of a repository: public ones need no token.
Since July 2026 the list gives no bundle but an address, `bundle_url`, of a blob store where it lies
compressed with snappy (aaif-goose/goose#10557, denoland/clawpatrol#769); older answers have it
inline. What is found is not believed here: `sigstore` examines it like any other bundle, so it does
not matter which host gave it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.core.observation import Signatures
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.errors import ConfigurationError, MalformedError, RemoteError, WatchdogError
from watchdog.provenance.sigstore import BUNDLE_MAX_BYTES

HOST = "github.com"
API = "https://api.github.com"
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
BUNDLES_MAX = 16
BUNDLES_MAX_BYTES = 16 * 1024 * 1024
BUNDLES_TIMEOUT_S = 40.0
"""No bundle is asked for any more after this: a whole look has 180 s."""


@dataclass(frozen=True, slots=True)
class Forge:
    """How GitHub is reached; each function takes a URL, and what it is about for messages.

    `listed` reads the API's URL, None where there is nothing (404). `stored` reads another host's,
    without any credentials. Both raise RemoteError and MalformedError.
    """

    listed: Callable[[str, str], bytes | None]
    stored: Callable[[str, str], bytes]
    api: str = API
    timeout_s: float = BUNDLES_TIMEOUT_S


def attestations(forge: Forge, source: Source, subject: Digest) -> Signatures:
    """Fetch the bundles that the source's repository attested; none where it is not on GitHub.

    Raises RemoteError and MalformedError where there is no list of them. A bundle that cannot be
    had is left out and named.
    """
    if source.host != HOST:
        return Signatures()
    about = f"the attestations of {source} about {subject.algorithm}:{subject.short}"
    body = forge.listed(f"{forge.api}/repos/{source.path}/attestations/{subject}", about)
    if body is None:
        return Signatures()
    entries = decode_json(body, about).get("attestations")
    if not isinstance(entries, list):
        raise MalformedError(f"{about}: not a list ({plain(str(type(entries).__name__))})")
    until = time.monotonic() + forge.timeout_s
    bundles: list[bytes] = []
    remarks = []
    for number, entry in enumerate(entries[:BUNDLES_MAX], 1):
        room = BUNDLES_MAX_BYTES - sum(map(len, bundles))
        try:
            bundles.append(_bundle(forge, entry, room, until))
        except WatchdogError as error:
            remarks.append(plain(f"number {number} of {about} was left out: {error}"))
    if len(entries) > BUNDLES_MAX:
        remarks.append(f"{len(entries) - BUNDLES_MAX} more of {about} were not read")
    return Signatures(tuple(bundles), remarks=tuple(remarks))


def _bundle(forge: Forge, entry: object, room: int, until: float) -> bytes:
    """Read one entry's bundle: inline, or where it points to."""
    if not isinstance(entry, dict):
        raise MalformedError("it is no object")
    inline = entry.get("bundle")
    if isinstance(inline, dict):
        return _fitting(json.dumps(inline).encode(), room)
    url = entry.get("bundle_url")
    if not isinstance(url, str) or not url:
        raise MalformedError("it has neither a bundle nor the address of one")
    _check_address(url)
    if time.monotonic() > until:
        raise RemoteError("reading the others took too long", retryable=True)
    return _decompressed(forge.stored(url, "its bundle"), min(room, BUNDLE_MAX_BYTES))


def _check_address(url: str) -> None:
    """Let only TLS through. The address holds a signature: no message repeats it."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise MalformedError("the address of its bundle is none") from error
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise MalformedError("the address of its bundle is not one of https")


def _fitting(bundle: bytes, room: int) -> bytes:
    if len(bundle) > room:
        raise MalformedError(f"more than {BUNDLES_MAX_BYTES} bytes are not read")
    return bundle


def _decompressed(content: bytes, max_bytes: int) -> bytes:
    try:
        from watchdog.provenance.snappy import decompressed
    except ImportError as error:
        raise ConfigurationError(
            "the library `cramjam` is missing: install registry-watchdog[signed]"
        ) from error
    return decompressed(content, max_bytes)
