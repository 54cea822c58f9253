"""Signatures that only GitHub keeps, and only points to: verified as any other."""

import json
from datetime import timedelta

import pytest
import trustme

from tests.forge import Forge
from tests.provenance.authority import Authority
from tests.provenance.examples import extensions, provenance, statement
from watchdog.core.artifact import BUNDLE_TYPE
from watchdog.core.reference import Digest
from watchdog.core.verdict import Code
from watchdog.demo.images import build_artifact
from watchdog.demo.registry_http import Answer
from watchdog.provenance.sigstore import SigstoreVerifier


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def forge(house, stack, authority, tmp_path):
    """A rule that requires signatures, and the forge that is asked for them."""
    root = tmp_path / "root.json"
    root.write_bytes(authority.root())
    house.policy({"require": "signed", "enforce": "alert"})
    forge = Forge(stack, trustme.CA(), tmp_path)
    house.tools.verifier = SigstoreVerifier(root)
    house.tools.attestations = forge.ask
    return forge


@pytest.fixture
def signed(house, authority):
    """Make the bundle that vouches for an image and a commit of the house's repository."""

    def sign(image, revision):
        url = house.source().removesuffix(".git")
        workflow = f"{url}/.github/workflows/b.yml@refs/heads/main".replace("http:", "https:")
        named = extensions(n12=url, n13=revision, n18=workflow)
        body = statement(provenance(revision, url), subject=image.digest)
        return json.dumps(authority.bundle(body, named)).encode()

    return sign


def codes(house):
    return set(house.memory.verdict.codes)


def test_a_build_is_known_by_a_bundle_that_the_forge_only_points_to(house, forge, signed):
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    forge.keep(signed(image, first))
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert house.memory.basis == "signed"


def test_one_for_another_image_is_no_signature_of_this_one(house, forge, signed):
    first = house.repository.commit("first")
    house.push(first)
    forge.keep(signed(house.build(first), first))
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert Code.BAD_SIGNATURE in codes(house)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404), "answered 404"),
        (Answer(200, {}, b"\xff\xff\xff\xff\x0f"), "decompressed it has 4294967295 bytes"),
    ],
    ids=["gone", "bomb"],
)
def test_one_that_cannot_be_had_leaves_the_question_open(house, forge, answer, words):
    house.push(house.repository.commit("first"))
    forge.keep(answer)
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert codes(house) == {Code.UNVERIFIABLE}
    assert words in house.memory.findings[0].detail


def test_one_that_the_registry_lost_leaves_the_question_open_too(house, forge, signed):
    first = house.repository.commit("first")
    image, bundle = house.build(first), signed(house.build(first), first)
    house.registry.push(image, house.tag)
    house.registry.attach(build_artifact(image.manifest, BUNDLE_TYPE, bundle), house.tag)
    house.registry.forget_blob(Digest.of(bundle))
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert codes(house) == {Code.UNVERIFIABLE}
    assert "was left out" in house.memory.findings[0].detail


def test_one_that_cannot_be_had_does_not_hide_another_that_is_good(house, forge, signed):
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    forge.keep(Answer(404))
    forge.keep(signed(image, first))
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
