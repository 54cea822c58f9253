"""What a signing certificate says: Fulcio's extensions, read once its chain was verified.

Source: sigstore/fulcio `docs/oid-info.md`. From number 8 on each is a DER UTF8String; the older
ones (1 to 6) say less, and are not read.
"""

import re
from dataclasses import dataclass

from cryptography.hazmat import asn1
from cryptography.x509 import (
    Certificate,
    ExtensionNotFound,
    ObjectIdentifier,
    UnrecognizedExtension,
)

from watchdog.core.commits import Revision, parse_revision
from watchdog.core.message import plain
from watchdog.core.reference import Digest
from watchdog.core.signing import SignedClaim
from watchdog.core.source import Source, parse_source
from watchdog.errors import MalformedError

FULCIO = "1.3.6.1.4.1.57264.1"
ISSUER = 8
SOURCE_URI = 12
SOURCE_DIGEST = 13
SOURCE_REF = 14
SOURCE_ID = 15
BUILD_CONFIG_URI = 18
BUILD_TRIGGER = 20
RUN_URI = 21


@dataclass(frozen=True, slots=True)
class Identity:
    """Who signed: what the extensions say, "" where one is missing."""

    issuer: str
    source: str
    revision: str
    ref: str
    repository_id: str
    workflow: str
    trigger: str
    run: str

    def claim(self, subject: Digest, built: Source | None) -> SignedClaim:
        """Make a claim of it; raises MalformedError where it names no repository or no commit."""
        source, revision = self.build()
        return SignedClaim(
            issuer=self.issuer,
            source=source,
            revision=revision,
            ref=self.ref,
            workflow=self.workflow,
            trigger=self.trigger,
            repository_id=self.repository_id,
            run=self.run,
            subject=subject,
            built=built if built != source else None,
        )

    def build(self) -> tuple[Source, Revision]:
        """Read source and revision; raises MalformedError where one of them is not named."""
        if not self.issuer or not self.source or not self.revision:
            missing = "source repository" if not self.source else "commit or issuer"
            said = plain(self.issuer or "an unnamed issuer", 80)
            raise MalformedError(
                f"its certificate, issued to a login at {said}, names no {missing}: it is not "
                "the signature of a build"
            )
        revision = re.sub("^(?:sha1|sha256):", "", self.revision)
        return parse_source(self.source)[0], parse_revision(revision)


def read_identity(certificate: Certificate) -> Identity:
    """Read the extensions of a certificate; raises ValueError where one is not a UTF8String."""

    def read(number: int) -> str:
        return _extension(certificate, number)

    return Identity(
        issuer=read(ISSUER),
        source=read(SOURCE_URI),
        revision=read(SOURCE_DIGEST),
        ref=read(SOURCE_REF),
        repository_id=read(SOURCE_ID),
        workflow=read(BUILD_CONFIG_URI),
        trigger=read(BUILD_TRIGGER),
        run=read(RUN_URI),
    )


def _extension(certificate: Certificate, number: int) -> str:
    oid = ObjectIdentifier(f"{FULCIO}.{number}")
    try:
        value = certificate.extensions.get_extension_for_oid(oid).value
    except ExtensionNotFound:
        return ""
    if not isinstance(value, UnrecognizedExtension):  # Defensive: the library knows none of these.
        raise TypeError(f"the extension {oid.dotted_string} has an unexpected form")
    return asn1.decode_der(str, value.value)
