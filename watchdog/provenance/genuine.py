"""The library `sigstore`, asked once: is this bundle genuine, by this trusted root?

The only module that imports the library (0.4 s and 25 MB): imported when first needed. No
cryptography of our own: what is looked up here, after a refusal, is whether the root knows the
authorities that a bundle names, to tell an outdated root from an altered bundle.
"""

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import (
    AuthorityKeyIdentifier,
    Certificate,
    DuplicateExtension,
    ExtensionNotFound,
    InvalidVersion,
    PrecertificateSignedCertificateTimestamps,
    SubjectKeyIdentifier,
)
from sigstore.dsse import InvalidEnvelope
from sigstore.errors import CertValidationError, Error, VerificationError
from sigstore.models import Bundle, InvalidBundle, TrustedRoot
from sigstore.verify import Verifier

from watchdog.core.message import plain
from watchdog.core.signing import Examined, Kind
from watchdog.errors import ConfigurationError
from watchdog.provenance.certificate import Identity, read_identity

REPLACE_ROOT = "update registry-watchdog, or name a newer trusted root by WATCHDOG_TRUSTED_ROOT"
# What the libraries beneath raise for content that they cannot make sense of. All of it comes from
# the bundle: times beyond the calendar, keys and extensions of unexpected kinds, bad encodings.
MALFORMED_CONTENT = (
    ValueError,
    ArithmeticError,
    OSError,
    UnsupportedAlgorithm,
    ExtensionNotFound,
    DuplicateExtension,
    InvalidVersion,
    # Defensive: no content is known that raises these.
    TypeError,
    LookupError,
    RecursionError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class Genuine:
    """A verified bundle: who signed, and the payload with its type."""

    identity: Identity
    payload_type: str
    payload: bytes


class _AnyIssuer:
    """Asks of the certificate that it can be read; whom to trust is the policy's to say."""

    def verify(self, cert: Certificate) -> None:
        """Raise where an extension cannot be read."""
        read_identity(cert)


class Library:
    """The library with one trusted root. Threads may share it: it keeps nothing of a bundle."""

    def __init__(self, root: Path) -> None:
        try:
            self._root = TrustedRoot.from_file(str(root))
            self._verifier = Verifier(trusted_root=self._root)
            self._logs = _log_ids(root)
        except (Error, *MALFORMED_CONTENT) as error:
            said = plain(str(error))
            raise ConfigurationError(
                f"the trusted root {root.name} cannot be used, see WATCHDOG_TRUSTED_ROOT: {said}"
            ) from error

    def verify(self, content: bytes) -> Genuine | Examined:
        """Verify a bundle's chain, log entry, times and signature; say why it fails."""
        try:
            bundle = Bundle.from_json(content)
            key = bundle.signing_certificate.public_key()
            if not isinstance(key, ec.EllipticCurvePublicKey):
                reason = f"its key is a {type(key).__name__}, and only ECDSA can be verified"
                return Examined(Kind.UNVERIFIABLE, reason)
            payload_type, payload = self._verifier.verify_dsse(bundle, _AnyIssuer())
            return Genuine(read_identity(bundle.signing_certificate), payload_type, payload)
        except (InvalidBundle, InvalidEnvelope) as error:
            said = plain(str(error))
            return Examined(Kind.UNVERIFIABLE, f"the library cannot read the bundle: {said}")
        except VerificationError as error:
            return self._refused(bundle, error)
        except (Error, *MALFORMED_CONTENT) as error:
            said = plain(f"{type(error).__name__}: {error}")
            return Examined(Kind.BAD, f"what it holds is malformed: {said}")

    def _refused(self, bundle: Bundle, error: VerificationError) -> Examined:
        """Tell a bundle that is not genuine from one whose authorities the root does not know."""
        try:
            stranger = self._stranger(bundle)
        except MALFORMED_CONTENT:
            stranger = None
        if stranger:
            reason = f"the trusted root has no {stranger}: {REPLACE_ROOT}"
            return Examined(Kind.UNVERIFIABLE, reason)
        if isinstance(error, CertValidationError):
            return Examined(
                Kind.BAD,
                "its certificate was altered, or was not valid at the time of the signature",
            )
        return Examined(Kind.BAD, f"it is not genuine: {plain(str(error))}")

    def _stranger(self, bundle: Bundle) -> str | None:
        """Name an authority that the bundle relies upon and the root does not know."""
        certificate = bundle.signing_certificate
        if not any(_may_have_issued(one, certificate) for one in self._root.get_fulcio_certs()):
            issuer = plain(certificate.issuer.rfc4514_string(), 80)
            return f"certificate authority {issuer!r}"
        if not set(_certificate_logs(certificate)) <= self._logs:
            return "log of certificates that its certificate was entered in"
        entry = json.loads(bundle.to_json())["verificationMaterial"]["tlogEntries"][0]
        if base64.b64decode(entry["logId"]["keyId"]) not in self._logs:
            return "transparency log that it was entered in"
        if "inclusionPromise" not in entry and not self._knows_timestamps(bundle):
            return "timestamp authority that vouches for its time"
        return None

    def _knows_timestamps(self, bundle: Bundle) -> bool:
        data = bundle.verification_material.timestamp_verification_data
        stamps = data.rfc3161_timestamps if data else []
        signers = {
            (signer.issuer, signer.serial_number)
            for stamp in stamps
            for signer in stamp.signed_data.signer_infos
        }
        known = {
            (certificate.issuer, certificate.serial_number)
            for authority in self._root.get_timestamp_authorities()
            for certificate in authority.certificates(allow_expired=True)
        }
        return bool(signers & known)


def _log_ids(root: Path) -> frozenset[bytes]:
    """Read the ids of all logs, of certificates and of signatures, that a root names."""
    document: dict[str, Any] = json.loads(root.read_bytes())
    logs = (*document.get("tlogs", []), *document.get("ctlogs", []))
    return frozenset(base64.b64decode(log["logId"]["keyId"]) for log in logs)


def _certificate_logs(certificate: Certificate) -> list[bytes]:
    try:
        stamps = certificate.extensions.get_extension_for_class(
            PrecertificateSignedCertificateTimestamps
        )
    except ExtensionNotFound:
        return []
    return [stamp.log_id for stamp in stamps.value]


def _may_have_issued(authority: Certificate, certificate: Certificate) -> bool:
    """Compare names and key ids, as far as both have them; no signature is looked at."""
    if authority.subject != certificate.issuer:
        return False
    try:
        own = authority.extensions.get_extension_for_class(SubjectKeyIdentifier).value
        named = certificate.extensions.get_extension_for_class(AuthorityKeyIdentifier).value
    except ExtensionNotFound:
        return True
    return named.key_identifier in (None, own.digest)
