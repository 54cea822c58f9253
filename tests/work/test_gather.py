"""Evidence that has to be fetched: BuildKit's statements, signatures, tag names, short ids."""

import json
from datetime import timedelta

import pytest

from tests.provenance.authority import Authority
from tests.provenance.examples import extensions, provenance, statement
from tests.work.conftest import APP
from watchdog.core.verdict import Code
from watchdog.demo.images import build_artifact, build_index
from watchdog.errors import DeniedError
from watchdog.provenance.sigstore import SigstoreVerifier

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def codes(house):
    return set(house.memory.verdict.codes)


def built(house, source, revision, image):
    """An index with the statement that BuildKit puts beside its image."""
    said = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "image", "digest": {"sha256": image.digest.hex}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "externalParameters": {
                    "configSource": {"uri": f"{source}.git#main", "digest": {"sha1": revision}}
                }
            }
        },
    }
    return build_index([image], attestation=json.dumps(said).encode())


def test_a_build_that_buildkit_vouches_for_suffices_where_labels_do_not(house):
    house.policy({"require": "buildkit"})
    first = house.repository.commit("first")
    house.push(first)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}
    house.registry.push(built(house, house.source(), first, house.build(first)), house.tag)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert house.memory.basis == "buildkit"


def test_what_buildkit_saw_goes_before_what_labels_say_and_may_be_reverted(house, first):
    good = house.held
    theirs = house.sibling.commit("x")
    image = house.build(first)
    house.registry.push(built(house, house.source(f"{APP}-old"), theirs, image), house.tag)
    house.look()
    rows = house.tools.records.history(house.tag)
    assert [f.code for f in rows[1].findings] == [Code.UNEXPECTED_SOURCE]
    assert house.held == good


def test_a_short_commit_id_is_completed_by_git_and_the_verdict_says_so(house, first):
    fix = house.repository.commit("fix")
    house.push(fix[:8])
    house.look()
    assert codes(house) == {Code.NEWER}
    assert f"completed from the short id {fix[:8]}" in house.memory.findings[0].detail
    assert house.memory.revision == fix


def test_a_short_id_of_no_commit_is_no_claim(house, first):
    house.push("0123456")
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}
    assert "names no single commit" in house.memory.findings[0].detail


def test_a_short_id_that_is_older_is_told_and_never_put_back(house, first):
    house.pushed(house.repository.commit("fix"))
    digest = house.push(first[:8])
    house.look()
    assert codes(house) == {Code.OLDER_COMMIT}
    assert house.held == digest


@pytest.mark.parametrize("name", ["sha-{}", "{}", "main-{}"])
def test_an_unlabelled_build_is_known_by_a_tag_that_names_its_commit(house, first, name):
    fix = house.repository.commit("fix")
    image = house.build("", labels={})
    house.registry.push(image, house.registry.tag(APP, name.format(fix[:9])))
    house.registry.push(image, house.tag)
    house.look()
    assert codes(house) == {Code.NEWER}
    assert house.memory.basis == "tag"
    assert f"known by the tag {name.format(fix[:9])}" in house.memory.findings[0].detail


def test_a_tag_that_names_a_commit_and_holds_another_image_says_nothing(house, first):
    fix = house.repository.commit("fix")
    house.registry.push(house.build("", labels={}), house.registry.tag(APP, f"sha-{fix[:9]}"))
    house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture
def signing(house, authority, tmp_path):
    """A rule that requires signatures, and a function that signs what the tag holds."""
    root = tmp_path / "root.json"
    root.write_bytes(authority.root())
    house.policy({"require": "signed", "enforce": "alert"})
    house.tools.verifier = SigstoreVerifier(root)

    def sign(image, revision, source=None, **said):
        url = (source or house.source()).removesuffix(".git")
        workflow = f"{url}/.github/workflows/b.yml@refs/heads/main".replace("http:", "https:")
        named = extensions(**{"n12": url, "n13": revision, "n18": workflow, **said})
        subject = image.digest
        bundle = authority.bundle(statement(provenance(revision, url), subject=subject), named)
        content = json.dumps(bundle).encode()
        house.registry.attach(build_artifact(image.manifest, BUNDLE, content), house.tag)

    return sign


def test_a_build_is_signed_after_its_push_and_accepted_then(house, signing):
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    house.look()
    assert codes(house) == {Code.UNVERIFIABLE}
    assert "looked for until" in house.memory.findings[0].detail
    signing(image, first)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert house.memory.basis == "signed"


def test_a_build_without_labels_has_as_long_to_be_signed(house, signing):
    house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert codes(house) == {Code.UNVERIFIABLE}
    assert house.told() == []
    house.ahead = timedelta(minutes=11)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED, Code.UNSIGNED}
    assert house.told() == ["wrong"]


def test_a_build_that_nobody_signs_in_time_is_unsigned(house, signing):
    house.push(house.repository.commit("first"))
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert Code.UNSIGNED in codes(house)
    assert house.told() == ["wrong"]


def test_a_signature_of_another_repository_accuses_it(house, signing):
    first, theirs = house.repository.commit("first"), house.sibling.commit("x")
    image = house.build(first)
    house.registry.push(image, house.tag)
    signing(image, theirs, source=house.source(f"{APP}-old"))
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert Code.UNEXPECTED_SOURCE in codes(house)


def test_a_signature_for_a_trigger_that_is_not_named_does_not_do(house, signing):
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    signing(image, first, n20="pull_request_target")
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert Code.BAD_SIGNATURE in codes(house)


def test_an_unsigned_build_is_put_back_only_where_the_rule_names_it(house, signing):
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    signing(image, first)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    bad = house.push(house.repository.commit("unsigned"))
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert Code.UNSIGNED in codes(house)
    assert house.held == bad
    verifier = house.tools.verifier
    house.policy({"require": "signed", "enforce": "revert", "revert_on": ["unsigned"]})
    house.tools.verifier = verifier
    house.look()
    assert house.held == image.digest


def test_a_forge_that_does_not_answer_leaves_the_question_open_and_stops_no_look(house, signing):
    def refuse(_source, _digest):
        raise DeniedError("api.github.com answered 403")

    house.tools.attestations = refuse
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    house.look()
    house.ahead = timedelta(minutes=10, seconds=1)
    house.look()
    assert codes(house) == {Code.UNVERIFIABLE}
    assert "403" in house.memory.findings[0].detail
    signing(image, first)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}


def test_a_foreign_claim_with_a_short_id_is_told_and_left(house, first):
    digest = house.push("abcdef1", source=house.source(f"{APP}-old"))
    house.look()
    assert codes(house) == {Code.UNEXPECTED_SOURCE}
    assert house.held == digest


def test_a_build_that_is_signed_for_two_allowed_commits_is_in_conflict(house, signing):
    first, second = house.repository.commit("first"), house.repository.commit("second")
    image = house.build(first)
    house.registry.push(image, house.tag)
    signing(image, first)
    signing(image, second)
    house.look()
    assert codes(house) == {Code.CONFLICTING_CLAIMS}
