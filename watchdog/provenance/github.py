"""GitHub's own store of attestations: whether the expected repository attested a digest.

Source: docs.github.com, REST API, "List attestations" of a repository: public ones need no token.
What is found is not believed here: `sigstore` examines it like any other bundle.
"""

import json
from collections.abc import Callable

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.core.reference import Digest
from watchdog.core.source import Source
from watchdog.errors import MalformedError

HOST = "github.com"
API = "https://api.github.com"
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
BUNDLES_MAX = 16

Fetch = Callable[[str, str], bytes | None]
"""Reads a URL, for what it says it is about; None where there is nothing (404)."""


def attestations(fetch: Fetch, source: Source, subject: Digest) -> tuple[bytes, ...]:
    """Fetch the bundles that the source's repository attested; none where it is not on GitHub.

    Raises RemoteError and MalformedError. Bundles that GitHub only points at are left out.
    """
    if source.host != HOST:
        return ()
    about = f"the attestations of {source} about {subject.algorithm}:{subject.short}"
    body = fetch(f"{API}/repos/{source.path}/attestations/{subject}", about)
    if body is None:
        return ()
    entries = decode_json(body, about).get("attestations")
    if not isinstance(entries, list):
        raise MalformedError(f"{about}: not a list ({plain(str(type(entries).__name__))})")
    found = (entry.get("bundle") for entry in entries[:BUNDLES_MAX] if isinstance(entry, dict))
    return tuple(json.dumps(bundle).encode() for bundle in found if isinstance(bundle, dict))
