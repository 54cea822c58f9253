"""What a payload says was built, in every place that a builder may say it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.provenance.examples import COMMIT, IMAGE, OTHER_COMMIT, SOURCE, statement
from watchdog.core.source import Source
from watchdog.errors import MalformedError
from watchdog.provenance.statement import contradiction, read_statement

OURS = Source("github.com", "crunchtools/acquacotta")
ELSEWHERE = "https://github.com/crunchtools/tools"
LONG = "ab" * 32


def source(uri=f"git+{SOURCE}@refs/heads/main", **digest):
    return {"uri": uri, "digest": digest}


def v1(dependencies=(), **parameters):
    return {
        "buildDefinition": {
            "externalParameters": parameters,
            "resolvedDependencies": list(dependencies),
        }
    }


SAYS = {
    "v0.2-config-source": ({"invocation": {"configSource": source(sha1=OTHER_COMMIT)}}, True),
    "v0.2-material": ({"materials": [source(sha1=OTHER_COMMIT)]}, True),
    "v1-buildkit": (v1(configSource=source(f"{SOURCE}.git#main", sha1=OTHER_COMMIT)), True),
    "v1-slsa-generator": (v1(source=source(gitCommit=OTHER_COMMIT)), True),
    "v1-dependency": (v1([source(gitCommit=OTHER_COMMIT)]), True),
    "the-same-commit": (v1([source(gitCommit=COMMIT)]), False),
    "one-dependency-of-two": (v1([source(gitCommit=OTHER_COMMIT), source(sha1=COMMIT)]), False),
    "what-is-built-decides": (
        v1([source(gitCommit=COMMIT)], source=source(gitCommit=OTHER_COMMIT)),
        True,
    ),
    "what-is-built-suffices": (
        v1([source(gitCommit=OTHER_COMMIT)], source=source(gitCommit=COMMIT)),
        False,
    ),
    "another-repository": (v1([source(f"git+{ELSEWHERE}", gitCommit=OTHER_COMMIT)]), False),
    "a-file-s-hash": (v1([source(f"{SOURCE}/releases/download/v1/x.tgz", sha256=LONG)]), False),
    "a-sha-256-repository": (v1([source(sha256=LONG)]), True),
    "a-base-image": (v1([source("pkg:docker/debian@12", sha256=LONG)]), False),
    "no-commit": (v1([source(gitCommit="main")]), False),
    "nothing": ({}, False),
    "rubbish": ({"materials": 7, "invocation": [], "buildDefinition": "x"}, False),
}


@pytest.mark.parametrize(("predicate", "contradicts"), SAYS.values(), ids=SAYS)
def test_another_commit_of_the_same_source_contradicts_the_certificate(predicate, contradicts):
    found = contradiction(read_statement(statement(predicate)), OURS, COMMIT)

    assert bool(found) is contradicts
    assert not contradicts or COMMIT[:12] in found


BUILT = {
    "github": (v1(workflow={"repository": ELSEWHERE, "path": "x.yml"}), "crunchtools/tools"),
    "buildkit": (v1(configSource=source(f"{ELSEWHERE}.git#main")), "crunchtools/tools"),
    "slsa-generator": (v1(source=source(f"git+{ELSEWHERE}@main")), "crunchtools/tools"),
    "v0.2": ({"invocation": {"configSource": source(f"git+{ELSEWHERE}")}}, "crunchtools/tools"),
    "a-local-context": (v1([source(f"git+{ELSEWHERE}")], configSource={"path": "."}), None),
}


@pytest.mark.parametrize(("predicate", "path"), BUILT.values(), ids=BUILT)
def test_what_was_built_is_read_and_a_mere_dependency_is_not(predicate, path):
    built = read_statement(statement(predicate)).built

    assert (built and built.source.path) == path


def test_every_usable_subject_counts_and_no_other():
    subjects = [
        {"digest": {"sha256": "x", "sha1": "ab" * 20}},
        {"digest": {"sha512": "cd" * 64}},
        {"digest": {"sha256": IMAGE.hex.upper()}},
        {"name": "none"},
        "rubbish",
    ]

    read = read_statement(json.dumps({"subject": subjects}).encode())

    assert {str(one) for one in read.subjects} == {str(IMAGE), f"sha512:{'cd' * 64}"}


WORDS = st.sampled_from(
    ["subject", "digest", "predicate", "materials", "uri", "sha1", "_type", SOURCE, COMMIT]
)
DOCUMENTS = st.recursive(
    WORDS | st.none() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
)


@given(DOCUMENTS)
def test_any_payload_is_read_or_malformed(document):
    try:
        read = read_statement(json.dumps(document).encode())
    except MalformedError:
        assert not isinstance(document, dict)
    else:
        assert contradiction(read, OURS, COMMIT) is None or read.materials or read.built
