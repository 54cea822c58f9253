"""BuildKit's statements: SLSA v0.2 and v1, modes min and max, and what may pretend to be one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import digest
from watchdog.core.buildkit import read_provenance, subjects_among
from watchdog.core.claims import Claim, Claims
from watchdog.core.observation import Attestation
from watchdog.core.source import Source
from watchdog.errors import MalformedError

IMAGE = digest("image")
COMMIT, TOLD = "1" * 40, "2" * 40
APP = Source("github.com", "acme/app")
GIT = {"uri": "https://github.com/acme/app.git#refs/heads/main", "digest": {"sha1": COMMIT}}
VCS = {"source": "git@github.com:acme/app.git", "revision": TOLD}
BUILDKIT_METADATA = "https://mobyproject.org/buildkit@v1#metadata"


def v02(context=None, vcs=None):
    return {
        "invocation": {"configSource": context or {}},
        "metadata": {BUILDKIT_METADATA: {"vcs": vcs or {}}},
    }


def v1(context=None, vcs=None):
    return {
        "buildDefinition": {"externalParameters": {"configSource": context or {}}},
        "runDetails": {"metadata": {"buildkit_metadata": {"vcs": vcs or {}}}},
    }


def read(predicate, *, subject=IMAGE, kind="https://in-toto.io/Statement/v0.1"):
    statement = {
        "_type": kind,
        "subject": [{"name": "pkg:docker/app", "digest": {"sha256": subject.hex}}],
        "predicate": predicate,
    }
    return read_provenance(Attestation(IMAGE, json.dumps(statement).encode(), "slsa"))


@pytest.mark.parametrize("predicate", [v02, v1], ids=["v0.2", "v1"])
@pytest.mark.parametrize(
    ("context", "vcs", "commit"),
    [(GIT, None, COMMIT), (GIT, VCS, COMMIT), (None, VCS, TOLD), ({"uri": "x"}, VCS, TOLD)],
    ids=["seen", "seen-before-told", "told", "local-context"],
)
def test_what_the_builder_saw_goes_before_what_it_was_told(predicate, context, vcs, commit):
    assert read(predicate(context, vcs)) == Claims((Claim(APP, commit),))


@pytest.mark.parametrize("predicate", [v02(), v1(), {}, None, [], {"invocation": []}])
def test_a_statement_that_names_no_source_claims_nothing(predicate):
    assert read(predicate) == Claims()


def test_a_dirty_tree_is_said_to_be_one():
    assert read(v1(vcs={**VCS, "revision": f"{TOLD}-dirty"})).dirty


def test_a_context_that_is_no_repository_is_a_problem_and_hides_what_was_told():
    claims = read(v1({"uri": "pkg:docker/golang", "digest": {"sha256": "3" * 64}}, VCS))
    assert claims.usable == ()
    assert "not a repository URL" in claims.problems[0]


def test_a_statement_about_another_image_claims_nothing():
    assert read(v1(GIT), subject=digest("other")) == Claims(
        problems=("the build's provenance is about another image",)
    )


def about(*subjects, predicate=None):
    named = [{"digest": {"sha256": one.hex}} for one in subjects]
    kind = "https://in-toto.io/Statement/v1"
    return json.dumps({"_type": kind, "subject": named, "predicate": predicate}).encode()


@pytest.mark.parametrize(
    ("subjects", "named"),
    [((), ""), (("a",), "a"), (("a", "x", "b"), "ab"), (("x",), "")],
)
def test_a_statement_says_which_of_several_it_is_about(subjects, named):
    candidates = [digest("a"), digest("b"), digest("c")]
    found = subjects_among(about(*map(digest, subjects)), candidates)
    assert found == {digest(name) for name in named}


def test_what_is_no_statement_is_about_nothing():
    with pytest.raises(MalformedError, match="provenance statement"):
        subjects_among(b"{", [IMAGE])


@pytest.mark.parametrize(("subject", "counts"), [("index", True), ("image", True), ("x", False)])
def test_what_is_attached_to_an_index_may_be_about_that_or_about_the_image(subject, counts):
    body = about(digest(subject), predicate=v1(GIT))
    claims = read_provenance(Attestation(IMAGE, body, "slsa", digest("index")))
    assert bool(claims.usable) is counts


@pytest.mark.parametrize("subject", [None, {}, ["x"], [{"digest": []}]])
def test_a_statement_without_a_subject_is_about_another_image(subject):
    body = json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": subject}).encode()
    assert read_provenance(Attestation(IMAGE, body, "slsa")).problems


def test_what_is_no_statement_claims_nothing():
    assert read(v1(GIT), kind="else").problems == (
        "the build's provenance is no in-toto statement",
    )
    assert read_provenance(Attestation(IMAGE, b"{", "slsa")).problems


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(body):
    assert read_provenance(Attestation(IMAGE, body, "slsa")).usable == ()


@pytest.mark.parametrize("key", ["_type", "subject", "predicate"])
@pytest.mark.parametrize("value", [None, [], {}, 1, [[]], [{"digest": []}], {"digest": {}}])
def test_a_statement_with_something_else_in_a_place_claims_nothing(key, value):
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"digest": {"sha256": IMAGE.hex}}],
        "predicate": v1(GIT),
    }
    body = json.dumps(statement | {key: value}).encode()
    assert not read_provenance(Attestation(IMAGE, body, "https://slsa.dev/provenance/v1")).usable


@pytest.mark.parametrize(
    ("uri", "commit"),
    [
        ("https://github.com/acme/app/archive/refs/tags/v1.2.tar.gz", None),
        ("https://github.com/acme/app.git#refs/heads/main", "3" * 64),
        ("ssh://git@github.com/acme/app", "3" * 64),
    ],
)
def test_the_hash_of_an_archive_is_no_commit(uri, commit):
    claims = read(v1({"uri": uri, "digest": {"sha256": "3" * 64}}))
    assert [claim.revision for claim in claims.usable] == ([commit] if commit else [])
