"""What a genuine bundle claims, and how the verifier behaves as a part of the service."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from tests.provenance.authority import b64
from tests.provenance.examples import (
    COMMIT,
    IMAGE,
    ISSUER,
    OTHER_COMMIT,
    SLSA_V02,
    SOURCE,
    extensions,
    provenance,
    statement,
)
from watchdog.core.reference import Digest
from watchdog.core.signing import Kind, SignedClaim
from watchdog.core.source import Source
from watchdog.provenance.sigstore import BUNDLE_MAX_BYTES, SigstoreVerifier

OURS = Source("github.com", "crunchtools/acquacotta")
THEIRS = Source("github.com", "crunchtools/acquacotta-old")


def examine(verifier, authority, payload, said=None, **options):
    bundle = authority.bundle(payload, extensions() if said is None else said, **options)
    return verifier.examine(json.dumps(bundle).encode(), IMAGE)


def test_a_genuine_bundle_yields_what_its_certificate_says(verifier, authority):
    examined = examine(verifier, authority, statement())

    assert examined.kind is Kind.VERIFIED
    assert examined.claim == SignedClaim(
        issuer=ISSUER,
        source=OURS,
        revision=COMMIT,
        ref="refs/heads/main",
        workflow=f"{SOURCE}/.github/workflows/build.yml@refs/heads/main",
        trigger="push",
        repository_id="123456",
        run=f"{SOURCE}/actions/runs/1/attempts/1",
        subject=IMAGE,
    )


V02 = {
    "invocation": {"configSource": {"uri": f"git+{SOURCE}@refs/heads/main"}},
    "materials": [{"uri": f"git+{SOURCE}", "digest": {"sha1": COMMIT}}],
}
CLAIMING = {
    "slsa-0.2-in-statement-0.1": (
        statement(V02, predicate_type=SLSA_V02, kind="https://in-toto.io/Statement/v0.1"),
        extensions(),
    ),
    "a-commit-with-its-algorithm": (statement(), extensions(n13=f"sha1:{COMMIT}")),
    "an-issuer-of-ones-own": (statement(), extensions(n8="https://ci.example/issuer")),
    "a-certificate-without-the-rest": (
        statement(),
        extensions(n14=None, n15=None, n18=None, n20=None, n21=None),
    ),
}


@pytest.mark.parametrize(("payload", "said"), CLAIMING.values(), ids=CLAIMING)
def test_every_form_of_provenance_claims(verifier, authority, payload, said):
    examined = examine(verifier, authority, payload, said)

    assert examined.kind is Kind.VERIFIED
    assert (examined.claim.source, examined.claim.revision) == (OURS, COMMIT)
    assert examined.claim.issuer == said[8]


def test_the_claim_is_the_certificate_s_and_another_source_of_the_payload_is_kept(
    verifier, authority
):
    foreign = statement(provenance(OTHER_COMMIT, f"https://{THEIRS}"))

    claim = examine(verifier, authority, foreign).claim

    assert (claim.source, claim.revision, claim.built) == (OURS, COMMIT, THEIRS)


REFUSED = {
    "payload-names-another-commit": (
        statement(provenance(OTHER_COMMIT)),
        extensions(),
        Kind.BAD,
        "contradicts itself: its payload says deaddeaddead",
    ),
    "payload-is-no-json": (b"\xff", extensions(), Kind.BAD, "the signed payload is not usable"),
    "payload-is-deep": (b"[" * 50_000, extensions(), Kind.BAD, "the signed payload is not usable"),
    "unknown-statement": (
        statement(kind="https://in-toto.io/Statement/v9"),
        extensions(),
        Kind.UNVERIFIABLE,
        "Statement/v9",
    ),
    "nameless-statement": (statement(kind=""), extensions(), Kind.UNVERIFIABLE, "missing"),
    "no-subject": (
        f'{{"_type": "https://in-toto.io/Statement/v1", "predicateType": "{SLSA_V02}"}}'.encode(),
        extensions(),
        Kind.BAD,
        "about another artifact: nothing",
    ),
    "an-sbom": (
        statement({}, predicate_type="https://spdx.dev/Document/v2.3"),
        extensions(),
        Kind.OTHER,
        "no provenance of a build but https://spdx.dev/Document/v2.3",
    ),
    "a-nameless-predicate": (statement(predicate_type=""), extensions(), Kind.OTHER, "nameless"),
    "a-person": (
        statement(),
        {8: "https://github.com/login/oauth"},
        Kind.OTHER,
        "https://github.com/login/oauth, names no source repository",
    ),
    "no-source": (statement(), extensions(n12=None), Kind.OTHER, "names no source repository"),
    "no-commit": (statement(), extensions(n13=None), Kind.OTHER, "names no commit"),
    "no-issuer": (statement(), extensions(n8=None), Kind.OTHER, "an unnamed issuer"),
    "no-full-commit": (statement(), extensions(n13="main"), Kind.OTHER, "not a full commit id"),
    "no-repository-url": (statement(), extensions(n12="x"), Kind.OTHER, "not a repository URL"),
    "extension-of-another-type": (statement(), extensions(n8=b"\x02\x01\x01"), Kind.BAD, "malform"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_genuine_signature_under_something_else_claims_nothing(verifier, authority, case):
    payload, said, kind, words = case

    examined = examine(verifier, authority, payload, said)

    assert (examined.kind, examined.claim) == (kind, None)
    assert words in examined.reason


def test_another_type_of_payload_is_passed_over(verifier, authority):
    examined = examine(verifier, authority, statement(), payload_type="application/json")

    assert examined.kind is Kind.OTHER
    assert "application/json" in examined.reason


def test_a_key_that_the_library_cannot_use_is_unverifiable(verifier, authority):
    key = ed25519.Ed25519PrivateKey.generate()

    examined = examine(verifier, authority, statement(), key=key)

    assert examined.kind is Kind.UNVERIFIABLE
    assert "only ECDSA" in examined.reason


def test_an_sbom_that_cannot_be_verified_is_passed_over(verifier, authority):
    payload = statement({}, predicate_type="https://cyclonedx.org/bom")
    bundle = authority.bundle(payload, extensions())
    del bundle["verificationMaterial"]["tlogEntries"]

    assert verifier.examine(json.dumps(bundle).encode(), IMAGE).kind is Kind.OTHER


LEGACY = {"payloadType": "application/vnd.in-toto+json", "payload": "", "signatures": []}
HOSTILE = {
    "empty": (b"", Kind.BAD),
    "no-object": (b"[]", Kind.BAD),
    "an-empty-object": (b"{}", Kind.BAD),
    "not-utf-8": (b'{"mediaType": "\xff"}', Kind.BAD),
    "a-key-twice": (b'{"mediaType": 1, "mediaType": 2}', Kind.BAD),
    "deep": (b'{"a":' * 50_000, Kind.BAD),
    "too-large": (b" " * (BUNDLE_MAX_BYTES + 1), Kind.UNVERIFIABLE),
    "legacy-attestation": (json.dumps(LEGACY).encode(), Kind.UNVERIFIABLE),
    "legacy-payload-of-no-text": (json.dumps(LEGACY | {"payload": 7}).encode(), Kind.UNVERIFIABLE),
    "legacy-payload-of-no-base64": (
        json.dumps(LEGACY | {"payload": "A"}).encode(),
        Kind.UNVERIFIABLE,
    ),
    "legacy-sbom": (
        json.dumps(LEGACY | {"payload": b64(b'{"predicateType": "sbom"}')}).encode(),
        Kind.OTHER,
    ),
    "legacy-signature": (b'{"critical": {}}', Kind.UNVERIFIABLE),
}


@pytest.mark.parametrize(("content", "kind"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_bundle_has_its_reason(verifier, content, kind):
    examined = verifier.examine(content, IMAGE)

    assert examined.kind is kind
    assert examined.reason


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"mediaType": 1}'])
def test_a_trusted_root_that_cannot_be_used_is_named(authority, tmp_path, content):
    root = tmp_path / "other_root.json"
    if content is not None:
        root.write_bytes(content)

    examined = examine(SigstoreVerifier(root), authority, statement())

    assert examined.kind is Kind.UNVERIFIABLE
    assert "other_root.json" in examined.reason
    assert "WATCHDOG_TRUSTED_ROOT" in examined.reason


def test_the_shipped_root_is_used_where_none_is_named_and_does_not_trust_the_tests(authority):
    examined = examine(SigstoreVerifier(), authority, statement())

    assert examined.kind is Kind.UNVERIFIABLE
    assert "no certificate authority 'CN=test authority'" in examined.reason


def test_the_root_is_read_once(root, authority, tmp_path):
    copied = tmp_path / "root.json"
    copied.write_bytes(root.read_bytes())
    verifier = SigstoreVerifier(copied)
    examine(verifier, authority, statement())
    copied.unlink()

    assert examine(verifier, authority, statement()).kind is Kind.VERIFIED


def test_threads_share_one_verifier(root, authority):
    verifier = SigstoreVerifier(root)
    bundle = json.dumps(authority.bundle(statement(), extensions())).encode()
    subjects = [IMAGE, Digest.of(b"another image")] * 20

    with ThreadPoolExecutor(8) as pool:
        kinds = list(pool.map(lambda subject: verifier.examine(bundle, subject).kind, subjects))

    assert kinds == [Kind.VERIFIED, Kind.BAD] * 20


OFFLINE = """
import json, pathlib, sys

def guard(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise SystemExit(f"asked the network: {event} {arguments}")

sys.addaudithook(guard)
from watchdog.core.reference import Digest
from watchdog.provenance.sigstore import SigstoreVerifier

assert not {"sigstore", "cryptography"} & sys.modules.keys(), "loaded with the module"
if sys.argv[3] == "missing":
    sys.modules["sigstore"] = None
verifier = SigstoreVerifier(pathlib.Path(sys.argv[1]))
print(verifier.examine(pathlib.Path(sys.argv[2]).read_bytes(), Digest.parse(sys.argv[4])).reason)
"""


@pytest.mark.parametrize(
    ("library", "words"),
    [("there", f"at {COMMIT}"), ("missing", "install registry-watchdog[signed]")],
)
def test_it_works_without_network_and_home_and_loads_its_library_when_needed(
    root, authority, tmp_path, library, words
):
    bundle = tmp_path / "bundle.json"
    bundle.write_text(json.dumps(authority.bundle(statement(), extensions())))
    home = os.environ | {"HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}
    command = [sys.executable, "-c", OFFLINE, str(root), str(bundle), library, str(IMAGE)]

    done = subprocess.run(command, env=home, capture_output=True, text=True, check=False)

    assert words in done.stdout, done.stderr
