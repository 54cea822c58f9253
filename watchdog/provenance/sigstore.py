"""Is this attestation genuine, is it about this image, and what does it claim? Asked offline.

The trust stands in `trusted_root.json` beside this file: the public-good instance's certificate
authorities and logs, as the package `sigstore` 4.5.1 ships them (it has them from the TUF
repository tuf-repo-cdn.sigstore.dev; Apache-2.0). GitHub's own root for private repositories is
not in it: what it signs has no log entry, and the library verifies nothing without one.
WATCHDOG_TRUSTED_ROOT names another file of the same form, where the keys were renewed or the
Sigstore instance is one's own. Neither the network nor HOME is ever asked.
"""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from watchdog.core.document import decode_json
from watchdog.core.message import plain
from watchdog.core.reference import Digest
from watchdog.core.signing import Examined, Kind
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.provenance.envelope import is_attestation, obstacle, predicate_type
from watchdog.provenance.statement import (
    PAYLOAD_TYPE,
    PROVENANCE_TYPES,
    STATEMENT_TYPES,
    Statement,
    contradiction,
    read_statement,
)

if TYPE_CHECKING:
    from watchdog.provenance.genuine import Genuine, Library

SHIPPED_ROOT = Path(__file__).with_name("trusted_root.json")
BUNDLE_MAX_BYTES = 4 * 1024 * 1024


class SigstoreVerifier:
    """Examines Sigstore bundles; one for the process, shared by its threads.

    The library is loaded with the first bundle, and where it is missing says so of each bundle.
    """

    def __init__(self, trusted_root: Path | None = None) -> None:
        self._root = trusted_root or SHIPPED_ROOT
        self._loading = threading.Lock()
        self._loaded: Library | None = None

    def examine(self, bundle: bytes, subject: Digest) -> Examined:
        """Examine one attestation that lies beside the image `subject`; never raises.

        The result depends on the bundle, the subject and the root alone. Whether the policy trusts
        the issuer and wants the build is for `core.signing.mismatch` to say.
        """
        if len(bundle) > BUNDLE_MAX_BYTES:
            reason = f"it is larger than {BUNDLE_MAX_BYTES} bytes, and was not read"
            return Examined(Kind.UNVERIFIABLE, reason)
        try:
            document = decode_json(bundle, "the attestation")
        except MalformedError as error:
            return Examined(Kind.BAD, plain(str(error)))
        if not is_attestation(document):
            return Examined(Kind.BAD, "it is no Sigstore bundle")
        if "messageSignature" in document:
            return Examined(Kind.OTHER, "it is a plain signature, which says nothing of a build")
        return _passed_over(document, self._examine(document, bundle, subject))

    def _examine(self, document: dict[str, Any], bundle: bytes, subject: Digest) -> Examined:
        if reason := obstacle(document):
            return Examined(Kind.UNVERIFIABLE, reason)
        try:
            genuine = self._library().verify(bundle)
        except ImportError:
            reason = "the library `sigstore` is missing: install registry-watchdog[signed]"
            return Examined(Kind.UNVERIFIABLE, reason)
        except ConfigurationError as error:
            return Examined(Kind.UNVERIFIABLE, str(error))
        return genuine if isinstance(genuine, Examined) else _claimed(genuine, subject)

    def _library(self) -> "Library":
        with self._loading:
            if self._loaded is None:
                from watchdog.provenance.genuine import Library

                self._loaded = Library(self._root)
            return self._loaded


def _passed_over(document: dict[str, Any], examined: Examined) -> Examined:
    """Pass over what says itself that it is no provenance, though it could not be verified."""
    said = predicate_type(document)
    if examined.kind not in (Kind.BAD, Kind.UNVERIFIABLE) or said in (None, *PROVENANCE_TYPES):
        return examined
    return _other(said or "")


def _other(said: str) -> Examined:
    shown = plain(said, 80) or "nameless"
    return Examined(Kind.OTHER, f"it is no provenance of a build but {shown}")


def _claimed(genuine: "Genuine", subject: Digest) -> Examined:
    """Read what a genuine bundle claims of this image."""
    if genuine.payload_type != PAYLOAD_TYPE:
        said = plain(genuine.payload_type, 80)
        return Examined(Kind.OTHER, f"its payload is {said}, no in-toto statement")
    try:
        statement = read_statement(genuine.payload)
    except MalformedError as error:
        return Examined(Kind.BAD, plain(str(error)))
    if statement.statement_type not in STATEMENT_TYPES:
        said = plain(statement.statement_type, 80) or "missing"
        return Examined(Kind.UNVERIFIABLE, f"the type of its statement is unknown: {said}")
    if subject not in statement.subjects:
        about = ", ".join(sorted(map(str, statement.subjects))[:2]) or "nothing"
        return Examined(Kind.BAD, f"it is genuine, but about another artifact: {about}")
    return _held_against(genuine, statement, subject)


def _held_against(genuine: "Genuine", statement: Statement, subject: Digest) -> Examined:
    """Hold what the payload says against the certificate, which alone makes the claim."""
    try:
        source, revision = genuine.identity.build()
    except MalformedError as error:
        return Examined(Kind.OTHER, plain(str(error)))
    if statement.predicate_type not in PROVENANCE_TYPES:
        return _other(statement.predicate_type)
    if reason := contradiction(statement, source, revision):
        return Examined(Kind.BAD, f"it contradicts itself: {reason}")
    built = statement.built.source if statement.built else None
    claim = genuine.identity.claim(subject, built)
    return Examined(Kind.VERIFIED, f"signed by {plain(claim.workflow, 160)} at {revision}", claim)
