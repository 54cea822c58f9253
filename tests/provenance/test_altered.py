"""Each single thing that can be altered in a bundle is refused, with its own reason."""

import base64
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.provenance.authority import b64, new_key
from tests.provenance.examples import (
    COMMIT,
    IMAGE,
    OTHER_COMMIT,
    extensions,
    provenance,
    statement,
)
from watchdog.core.reference import Digest
from watchdog.core.signing import Kind

MATERIAL = "verificationMaterial"


@pytest.fixture(scope="session")
def key():
    return new_key()


@pytest.fixture(scope="session")
def good(authority, key):
    return authority.bundle(statement(), extensions(), key=key)


def entry(bundle):
    return bundle[MATERIAL]["tlogEntries"][0]


def flip(holder, name):
    """Change one bit of a value that is written in base64."""
    content = bytearray(base64.b64decode(holder[name]))
    content[-1] ^= 1
    holder[name] = b64(content)


def set_payload(bundle):
    bundle["dsseEnvelope"]["payload"] = b64(statement(provenance(OTHER_COMMIT)))


def flip_signature(bundle):
    flip(bundle["dsseEnvelope"]["signatures"][0], "sig")


def rewrite_certificate(old, new):
    def change(bundle):
        held = bundle[MATERIAL]["certificate"]
        content = base64.b64decode(held["rawBytes"])
        assert old in content
        assert len(old) == len(new)
        held["rawBytes"] = b64(content.replace(old, new))

    return change


def later(seconds):
    def change(bundle):
        held = entry(bundle)
        held["integratedTime"] = str(int(held["integratedTime"]) + seconds)

    return change


def flip_of_entry(name, *path):
    def change(bundle):
        holder = entry(bundle)
        for step in path:
            holder = holder[step]
        flip(holder, name)

    return change


def rewrite_checkpoint(bundle):
    held = entry(bundle)["inclusionProof"]["checkpoint"]
    held["envelope"] = held["envelope"].replace("\n2\n", "\n3\n")


def drop(*path):
    def change(bundle):
        holder = bundle
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]

    return change


def put(value, *path):
    def change(bundle):
        holder = bundle
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value

    return change


def repeat(*path):
    def change(bundle):
        holder = bundle
        for step in path:
            holder = holder[step]
        holder.append(holder[0])

    return change


ENTRY = (MATERIAL, "tlogEntries", 0)
# The DER forms of 1.2.840.10045.3.1.7 and of 1.3.6.1.4.1.57264.1.
P256 = bytes.fromhex("2a8648ce3d030107")
FULCIO_OID = bytes.fromhex("2b0601040183bf3001")
ALTERED = {
    "the-payload": (set_payload, Kind.BAD, "invalid signature"),
    "the-signature": (flip_signature, Kind.BAD, "invalid signature"),
    "the-commit-in-the-certificate": (
        rewrite_certificate(COMMIT.encode(), OTHER_COMMIT.encode()),
        Kind.BAD,
        "certificate was altered",
    ),
    "the-certificate-s-version": (
        rewrite_certificate(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"),
        Kind.BAD,
        "malformed: InvalidVersion",
    ),
    "the-certificate-s-curve": (
        rewrite_certificate(P256, P256[:-1] + b"\x77"),
        Kind.BAD,
        "malformed: UnsupportedAlgorithm",
    ),
    "an-extension-twice": (
        rewrite_certificate(FULCIO_OID + b"\x0e", FULCIO_OID + b"\x0d"),
        Kind.BAD,
        "certificate was altered",
    ),
    "the-log-s-time": (later(30), Kind.BAD, "SET: invalid inclusion promise"),
    "the-log-s-time-to-next-day": (later(86400), Kind.BAD, "not valid at the time"),
    "the-log-s-time-beyond-time": (later(10**17), Kind.BAD, "malformed"),
    "the-log-s-time-beyond-clocks": (
        put(str(2**64 - 1), *ENTRY, "integratedTime"),
        Kind.BAD,
        "malformed",
    ),
    "the-log-s-body": (flip_of_entry("canonicalizedBody"), Kind.BAD, "invalid root hash"),
    "the-log-s-promise": (
        flip_of_entry("signedEntryTimestamp", "inclusionPromise"),
        Kind.BAD,
        "SET: invalid inclusion promise",
    ),
    "the-log-s-root": (flip_of_entry("rootHash", "inclusionProof"), Kind.BAD, "invalid root hash"),
    "the-log-s-checkpoint": (rewrite_checkpoint, Kind.BAD, "checkpoint: invalid signature"),
    "no-promise": (drop(*ENTRY, "inclusionPromise"), Kind.UNVERIFIABLE, "nobody vouches"),
    "no-proof": (drop(*ENTRY, "inclusionProof"), Kind.UNVERIFIABLE, "no inclusion proof"),
    "no-checkpoint": (
        drop(*ENTRY, "inclusionProof", "checkpoint"),
        Kind.UNVERIFIABLE,
        "no inclusion proof",
    ),
    "no-log": (drop(MATERIAL, "tlogEntries"), Kind.UNVERIFIABLE, "no entry of a transparency log"),
    "two-logs": (repeat(MATERIAL, "tlogEntries"), Kind.UNVERIFIABLE, "2 entries"),
    "an-entry-that-is-no-object": (
        put(["x"], MATERIAL, "tlogEntries"),
        Kind.UNVERIFIABLE,
        "None None",
    ),
    "another-kind-of-entry": (
        put({"kind": "intoto", "version": "0.0.2"}, *ENTRY, "kindVersion"),
        Kind.UNVERIFIABLE,
        "intoto 0.0.2",
    ),
    "a-kind-that-is-no-text": (put({}, *ENTRY, "kindVersion", "kind"), Kind.UNVERIFIABLE, "{}"),
    "two-signatures": (repeat("dsseEnvelope", "signatures"), Kind.UNVERIFIABLE, "2 signatures"),
    "no-signature": (put([], "dsseEnvelope", "signatures"), Kind.UNVERIFIABLE, "0 signatures"),
    "a-key-instead": (
        put({"publicKey": {"hint": "x"}}, MATERIAL),
        Kind.UNVERIFIABLE,
        "signed with a key",
    ),
    "a-later-version": (
        put("application/vnd.dev.sigstore.bundle.v0.9+json", "mediaType"),
        Kind.UNVERIFIABLE,
        "update registry-watchdog[signed]",
    ),
    "an-unknown-field": (put("x", "more"), Kind.UNVERIFIABLE, "the library cannot read"),
    "another-media-type": (put("text/plain", "mediaType"), Kind.BAD, "no Sigstore bundle"),
    "no-envelope": (drop("dsseEnvelope"), Kind.UNVERIFIABLE, "the library cannot read"),
    "a-plain-signature": (put({}, "messageSignature"), Kind.OTHER, "a plain signature"),
}


@pytest.mark.parametrize(("change", "kind", "words"), ALTERED.values(), ids=ALTERED)
def test_what_was_altered_is_refused_with_its_own_reason(verifier, good, change, kind, words):
    bundle = copy.deepcopy(good)
    change(bundle)

    examined = verifier.examine(json.dumps(bundle).encode(), IMAGE)

    assert (examined.kind, examined.claim) == (kind, None)
    assert words in examined.reason


def test_the_bundle_of_another_artifact_is_refused(verifier, good):
    examined = verifier.examine(json.dumps(good).encode(), Digest.of(b"another image"))

    assert (examined.kind, examined.claim) == (Kind.BAD, None)
    assert f"about another artifact: {IMAGE}" in examined.reason


@pytest.mark.parametrize("signer", ["the same", "another"])
def test_an_envelope_of_another_bundle_is_refused(verifier, authority, good, key, signer):
    other = authority.bundle(
        statement(provenance(OTHER_COMMIT)),
        extensions(n13=OTHER_COMMIT),
        key=key if signer == "the same" else None,
    )
    swapped = good | {"dsseEnvelope": other["dsseEnvelope"]}

    examined = verifier.examine(json.dumps(swapped).encode(), IMAGE)

    assert examined.kind is Kind.BAD
    assert ("payload hash" if signer == "the same" else "invalid signature") in examined.reason


def test_a_log_entry_of_another_bundle_is_refused(verifier, authority, good):
    other = authority.bundle(statement(), extensions())
    swapped = copy.deepcopy(good)
    swapped[MATERIAL]["tlogEntries"] = other[MATERIAL]["tlogEntries"]

    examined = verifier.examine(json.dumps(swapped).encode(), IMAGE)

    assert examined.kind is Kind.BAD
    assert "signatures do not match" in examined.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("A" * 40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)


def places(document, path=()):
    yield path
    items = document.items() if isinstance(document, dict) else ()
    items = enumerate(document) if isinstance(document, list) else items
    for step, inner in items:
        yield from places(inner, (*path, step))


@given(data=st.data(), value=JSON)
def test_whatever_a_bundle_holds_nothing_is_raised_and_nothing_else_claimed(
    verifier, good, data, value
):
    sound = verifier.examine(json.dumps(good).encode(), IMAGE)
    path = data.draw(st.sampled_from([path for path in places(good) if path]))
    bundle = copy.deepcopy(good)
    put(value, *path)(bundle)

    examined = verifier.examine(json.dumps(bundle).encode(), IMAGE)

    assert examined.claim in (None, sound.claim)
    assert examined.reason
