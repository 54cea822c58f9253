"""The outer form of an attestation: what it is, and what the library `sigstore` cannot verify.

Nothing here is verified yet, and nothing here makes a claim: it finds the reason in words that a
person can act upon, where the library would only refuse.
Source: sigstore/protobuf-specs, `sigstore_bundle.proto`; the library's `Bundle._verify`.
"""

import base64
from collections.abc import Callable
from typing import Any

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.errors import MalformedError

MEDIA_TYPE_PREFIX = "application/vnd.dev.sigstore.bundle"
MEDIA_TYPES = frozenset(
    {
        f"{MEDIA_TYPE_PREFIX}.v0.3+json",
        f"{MEDIA_TYPE_PREFIX}+json;version=0.3",
        f"{MEDIA_TYPE_PREFIX}+json;version=0.2",
        f"{MEDIA_TYPE_PREFIX}+json;version=0.1",
    }
)
VERIFIABLE_ENTRIES = (("dsse", "0.0.1"), ("hashedrekord", "0.0.2"))
SIGN_ANEW = "sign with actions/attest-build-provenance, or with cosign 3"


def is_attestation(document: dict[str, Any]) -> bool:
    """Tell whether this claims to be a Sigstore bundle or one of its forerunners."""
    media_type = document.get("mediaType")
    named = isinstance(media_type, str) and media_type.startswith(MEDIA_TYPE_PREFIX)
    return named or _is_legacy(document)


def obstacle(document: dict[str, Any]) -> str | None:
    """Say why the library cannot verify this attestation, and what to change; None if it can."""
    return next((reason for check in _OBSTACLES if (reason := check(document))), None)


def predicate_type(document: dict[str, Any]) -> str | None:
    """Read what an attestation, verified or not, says it is about; None where it cannot be read.

    Only good for passing it over: an SBOM that cannot be verified holds nothing up.
    """
    envelope = _object(document, "dsseEnvelope") or document
    try:
        payload = base64.b64decode(envelope.get("payload", ""))
        said = decode_json(payload, "the payload").get("predicateType")
    except (MalformedError, ValueError, TypeError):
        return None
    return said if isinstance(said, str) else None


def _is_legacy(document: dict[str, Any]) -> bool:
    return "critical" in document or {"payloadType", "payload", "signatures"} <= document.keys()


def _legacy(document: dict[str, Any]) -> str | None:
    if not _is_legacy(document):
        return None
    return f"it has the old form of cosign's `.att` tags, which cannot be verified: {SIGN_ANEW}"


def _unknown_version(document: dict[str, Any]) -> str | None:
    if document.get("mediaType") in MEDIA_TYPES:
        return None
    said = plain(str(document.get("mediaType")), 80)
    return f"it is a {said}, which this version cannot read: update registry-watchdog[signed]"


def _key(document: dict[str, Any]) -> str | None:
    if "publicKey" not in _object(document, "verificationMaterial"):
        return None
    return f"it is signed with a key, which says nothing of the source: {SIGN_ANEW}, keyless"


def _signatures(document: dict[str, Any]) -> str | None:
    signatures = _object(document, "dsseEnvelope").get("signatures")
    if not isinstance(signatures, list) or len(signatures) == 1:
        return None
    return f"its envelope has {len(signatures)} signatures, and exactly one can be verified"


def _entries(document: dict[str, Any]) -> list[Any]:
    entries = _object(document, "verificationMaterial").get("tlogEntries")
    return entries if isinstance(entries, list) else []


def _entry(document: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(_entries(document)), None)
    return first if isinstance(first, dict) else {}


def _log_entries(document: dict[str, Any]) -> str | None:
    found = len(_entries(document))
    if found == 1:
        return None
    if found:
        return f"it has {found} entries of transparency logs, and exactly one can be verified"
    return (
        "it has no entry of a transparency log, as GitHub signs for private repositories: sign "
        "with `cosign attest` (its log is public), or do not require signed evidence here"
    )


def _entry_kind(document: dict[str, Any]) -> str | None:
    version = _object(_entry(document), "kindVersion")
    said = (version.get("kind"), version.get("version"))
    if said in VERIFIABLE_ENTRIES:
        return None
    shown = plain(" ".join(map(str, said)), 80)
    return f"its log entry is of the kind {shown}, which cannot be verified: {SIGN_ANEW}"


def _inclusion_proof(document: dict[str, Any]) -> str | None:
    if _object(_object(_entry(document), "inclusionProof"), "checkpoint"):
        return None
    return f"its log entry has no inclusion proof with a checkpoint: {SIGN_ANEW}"


def _signed_time(document: dict[str, Any]) -> str | None:
    stamps = _object(_object(document, "verificationMaterial"), "timestampVerificationData")
    if "inclusionPromise" in _entry(document) or stamps.get("rfc3161Timestamps"):
        return None
    return (
        "nobody vouches for the time of its signature: it has neither the log's promise (SET) nor "
        f"a timestamp: {SIGN_ANEW}"
    )


_OBSTACLES: tuple[Callable[[dict[str, Any]], str | None], ...] = (
    _legacy,
    _unknown_version,
    _key,
    _signatures,
    _log_entries,
    _entry_kind,
    _inclusion_proof,
    _signed_time,
)


def _object(document: dict[str, Any], key: str) -> dict[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}
