"""Authorities that the trusted root does not know, or knows for something else."""

import copy
import json

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.provenance.authority import Authority, b64, key_id, new_key
from tests.provenance.examples import IMAGE, extensions, statement
from watchdog.core.signing import Kind

STRANGERS = {
    "certificate-authority": (("ca_key", "ca"), "no certificate authority 'CN=test authority'"),
    "certificate-log": (("ct_key",), "no log of certificates"),
    "transparency-log": (("log_key",), "no transparency log"),
}


@pytest.mark.parametrize(("parts", "words"), STRANGERS.values(), ids=STRANGERS)
def test_what_the_root_does_not_know_cannot_be_verified(verifier, authority, parts, words):
    partly, stranger = copy.copy(authority), Authority()
    for part in parts:
        setattr(partly, part, getattr(stranger, part))

    bundle = partly.bundle(statement(), extensions())
    examined = verifier.examine(json.dumps(bundle).encode(), IMAGE)

    assert (examined.kind, examined.claim) == (Kind.UNVERIFIABLE, None)
    assert words in examined.reason
    assert "WATCHDOG_TRUSTED_ROOT" in examined.reason


PURPOSES = {
    "another": ([ExtendedKeyUsageOID.CLIENT_AUTH], "code signing"),
    "none": ([], "malformed: ExtensionNotFound"),
}


@pytest.mark.parametrize(("purposes", "words"), PURPOSES.values(), ids=PURPOSES)
def test_a_certificate_for_another_purpose_is_refused(verifier, authority, purposes, words):
    careless = copy.copy(authority)
    careless.purposes = purposes

    bundle = careless.bundle(statement(), extensions())
    examined = verifier.examine(json.dumps(bundle).encode(), IMAGE)

    assert (examined.kind, examined.claim) == (Kind.BAD, None)
    assert words in examined.reason


def test_a_log_that_borrows_a_known_log_s_name_is_refused(verifier, authority):
    impostor = copy.copy(authority)
    impostor.log_key = new_key()
    bundle = impostor.bundle(statement(), extensions())
    (entry,) = bundle["verificationMaterial"]["tlogEntries"]
    entry["logId"] = {"keyId": b64(key_id(authority.log_key))}

    examined = verifier.examine(json.dumps(bundle).encode(), IMAGE)

    assert (examined.kind, examined.claim) == (Kind.BAD, None)
