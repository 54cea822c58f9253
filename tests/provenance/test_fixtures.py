"""Genuine material, where it is kept: WATCHDOG_SIGSTORE_FIXTURES names the folder."""

import base64
import json
import os
from pathlib import Path

import pytest

from watchdog.core.reference import Digest
from watchdog.core.signing import GITHUB_ISSUER, Kind, SigningRule, Standing, weigh
from watchdog.provenance.sigstore import SigstoreVerifier

FOLDER = "WATCHDOG_SIGSTORE_FIXTURES"
ATT_LAYER = "application/vnd.dsse.envelope.v1+json"


@pytest.fixture(scope="session")
def folder():
    """The folder; where it is not named the tests are skipped by name, and fail in CI."""
    named = os.environ.get(FOLDER)
    if not named or not Path(named).is_dir():
        missing = f"{FOLDER} does not name the folder of the genuine bundles"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return Path(named)


@pytest.fixture(scope="session")
def shipped():
    return SigstoreVerifier()


def examine(verifier, path):
    content = path.read_bytes()
    payload = json.loads(base64.b64decode(json.loads(content)["dsseEnvelope"]["payload"]))
    ((algorithm, hexadecimal), *_) = payload["subject"][0]["digest"].items()
    return verifier.examine(content, Digest(algorithm, hexadecimal))


GENUINE = {
    "conformance-dsse-happy": (
        "sigstore-conformance/extremely-dangerous-public-oidc-beacon",
        "82a3bfe6dd50fe9c71d6315eae66da15307856cf",
        "workflow_dispatch",
    ),
    "gh-attest-custom-issuer": (
        "too-legit/attest",
        "283bf967fa3c591925dd25e6a6e8e781542117bf",
        "workflow_dispatch",
    ),
    "gh-attest-reusable-workflow": (
        "malancas/attest-demo",
        "95baf27389e83e6a5c48f42e190d48d7abcea19e",
        "workflow_dispatch",
    ),
    "slsa-verifier-valid-v0.3": (
        "slsa-framework/example-package",
        "0bf409adc654198ef6bf3c3823df82963a83068c",
        "schedule",
    ),
}


@pytest.mark.parametrize(("name", "said"), GENUINE.items(), ids=GENUINE)
def test_a_genuine_bundle_yields_its_repository_and_commit(folder, shipped, name, said):
    examined = examine(shipped, folder / f"{name}.sigstore.json")

    assert examined.kind is Kind.VERIFIED, examined.reason
    claim = examined.claim
    assert (claim.source.path, claim.revision, claim.trigger) == said


@pytest.mark.parametrize("name", GENUINE)
def test_a_policy_of_its_source_takes_it_unless_issuer_or_payload_are_foreign(
    folder, shipped, name
):
    examined = examine(shipped, folder / f"{name}.sigstore.json")
    claim = examined.claim

    weighed = weigh(SigningRule(), (claim.source,), (examined,))

    foreign = claim.issuer != GITHUB_ISSUER or claim.built is not None
    assert weighed.standing is (Standing.MISMATCHED if foreign else Standing.MATCHED)
    assert foreign is (name in {"gh-attest-custom-issuer", "conformance-dsse-happy"})


def test_rekor_v2_verifies_with_its_own_root_only(folder, shipped):
    bundle = folder / "conformance-rekor2-dsse.sigstore.json"
    own = SigstoreVerifier(folder / "conformance-rekor2-trusted_root.json")

    assert examine(own, bundle).claim.revision == "977e8d08554ca9bda279c96e91be2119fb67c730"
    assert examine(shipped, bundle).kind is Kind.UNVERIFIABLE


def test_a_timestamp_of_an_unknown_authority_cannot_be_verified(folder, tmp_path):
    root = json.loads((folder / "conformance-rekor2-trusted_root.json").read_bytes())
    public = json.loads((folder / "trusted_root.public-good.json").read_bytes())
    root["timestampAuthorities"] = public["timestampAuthorities"]
    (tmp_path / "root.json").write_text(json.dumps(root))

    verifier = SigstoreVerifier(tmp_path / "root.json")
    examined = examine(verifier, folder / "conformance-rekor2-dsse.sigstore.json")

    assert examined.kind is Kind.UNVERIFIABLE
    assert "no timestamp authority" in examined.reason


def test_an_altered_timestamp_is_refused(folder, tmp_path):
    bundle = json.loads((folder / "conformance-rekor2-dsse.sigstore.json").read_bytes())
    (stamp,) = bundle["verificationMaterial"]["timestampVerificationData"]["rfc3161Timestamps"]
    content = bytearray(base64.b64decode(stamp["signedTimestamp"]))
    content[-1] ^= 1
    stamp["signedTimestamp"] = base64.b64encode(content).decode()
    (tmp_path / "bundle.json").write_text(json.dumps(bundle))

    verifier = SigstoreVerifier(folder / "conformance-rekor2-trusted_root.json")
    examined = examine(verifier, tmp_path / "bundle.json")

    assert examined.kind is Kind.BAD
    assert "not enough sources of verified time" in examined.reason


PASSED = {
    "gh-attest-private-repo": (Kind.UNVERIFIABLE, "as GitHub signs for private repositories"),
    "npm-provenance-intoto-0.0.2": (Kind.UNVERIFIABLE, "intoto 0.0.2"),
    "cosign-oci-attestation-email": (Kind.OTHER, "names no source repository"),
}


@pytest.mark.parametrize(("name", "said"), PASSED.items(), ids=PASSED)
def test_what_cannot_be_verified_or_is_no_build_says_why(folder, shipped, name, said):
    examined = examine(shipped, folder / f"{name}.sigstore.json")

    kind, words = said
    assert (examined.kind, examined.claim) == (kind, None)
    assert words in examined.reason


def test_every_bundle_that_must_fail_does(folder, shipped):
    bundles = sorted(folder.glob("*_fail.sigstore.json"))
    examined = [examine(shipped, bundle) for bundle in bundles]

    assert len(bundles) >= 3
    assert [one.kind for one in examined] == [Kind.BAD] * len(bundles)
    assert len({one.reason for one in examined}) == len(bundles)


def test_every_legacy_attestation_is_unverifiable(folder, shipped):
    kept = {path.name: path.read_bytes() for path in folder.glob("ghcr-*/blobs/sha256/*")}
    documents = [json.loads(content) for content in kept.values() if content.startswith(b"{")]
    layers = [layer for document in documents for layer in document.get("layers", [])]
    names = [layer["digest"][7:] for layer in layers if layer["mediaType"] == ATT_LAYER]

    examined = [shipped.examine(kept[name], Digest.of(b"any")) for name in names if name in kept]

    assert len(examined) >= 5
    assert {one.kind for one in examined} == {Kind.UNVERIFIABLE}
    assert all("old form of cosign" in one.reason for one in examined)
