"""BuildKit's provenance that only refers to the image: read where it can change the verdict."""

import json

import pytest

from tests.work.conftest import APP
from watchdog.core.case import Case
from watchdog.core.memory import TagMemory
from watchdog.core.oci import Platform
from watchdog.core.reference import Digest
from watchdog.core.verdict import Code
from watchdog.demo.images import build_attestation, build_index
from watchdog.work.assess import judge_observation

V02, V1 = "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"
FRONTEND = "docker-image://docker.io/docker/dockerfile@sha256:" + "e" * 64


def v02(source, revision, mode):
    """SLSA v0.2 as BuildKit 0.20 wrote it for a git context (slsa-definitions.md)."""
    context = {"uri": f"{source}.git#refs/heads/main", "digest": {"sha1": revision}}
    metadata = {
        "buildInvocationID": "x",
        "completeness": {"parameters": mode == "max", "environment": True, "materials": False},
    }
    most = {"source": {"locations": {}, "infos": [{"filename": "Dockerfile"}]}, "layers": {}}
    return {
        "builder": {"id": ""},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": [{"uri": FRONTEND, "digest": {"sha256": "e" * 64}}, context],
        "invocation": {
            "configSource": context | {"entryPoint": "Dockerfile"},
            "parameters": {"frontend": "gateway.v0"}
            | ({"args": {"A": "1"}} if mode == "max" else {}),
            "environment": {"platform": "linux/amd64"},
        },
        "metadata": metadata
        | {"https://mobyproject.org/buildkit@v1#metadata": most if mode == "max" else {}},
    } | ({"buildConfig": {"llbDefinition": [{"id": "step0"}]}} if mode == "max" else {})


def v1(source, revision, mode):
    """SLSA v1 as BuildKit writes it for a local context: what the client told of its folder."""
    told = {"vcs": {"source": f"{source}.git", "revision": revision, "localdir:context": "."}}
    most = {"source": {"locations": {}}, "layers": {}} if mode == "max" else {}
    internal = {"buildConfig": {"llbDefinition": [{"id": "step0"}]}} if mode == "max" else {}
    return {
        "buildDefinition": {
            "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa.md",
            "externalParameters": {
                "configSource": {"path": "Dockerfile"},
                "request": {"frontend": "dockerfile.v0", "locals": [{"name": "context"}]},
            },
            "internalParameters": {"builderPlatform": "linux/amd64"} | internal,
            "resolvedDependencies": [{"uri": FRONTEND, "digest": {"sha256": "e" * 64}}],
        },
        "runDetails": {
            "builder": {"id": ""},
            "metadata": {"invocationID": "x", "buildkit_metadata": told | most},
        },
    }


PREDICATES = {V02: v02, V1: v1}


@pytest.fixture
def attach(house):
    """Attach BuildKit's statement about a digest to a manifest of the tag's repository."""

    def attach(subject, revision, *, source=None, kind=V1, mode="max", about=None):
        digest = about or subject.digest
        said = {
            "_type": "https://in-toto.io/Statement/v0.1",
            "subject": [{"name": "pkg:docker/app@latest", "digest": {"sha256": digest.hex}}],
            "predicateType": kind,
            "predicate": PREDICATES[kind](source or house.source(), revision, mode),
        }
        built = build_attestation(subject.manifest, json.dumps(said).encode())
        house.registry.attach(built, house.tag)

    return attach


def codes(house):
    return set(house.memory.verdict.codes)


def asked_for_referrers(house):
    return sum("/referrers/" in path for _, path in house.registry.requests)


@pytest.mark.parametrize("kind", [V02, V1], ids=["v0.2", "v1"])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_an_unlabelled_build_is_known_by_a_statement_that_only_refers_to_it(
    house, attach, kind, mode
):
    first = house.repository.commit("first")
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    attach(image, first, kind=kind, mode=mode)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert (house.memory.basis, house.memory.revision) == ("buildkit", first)


def test_a_statement_on_the_index_makes_the_platform_known_that_it_names(house, attach):
    first = house.repository.commit("first")
    image = house.build("", labels={})
    index = build_index([image])
    house.registry.push(index, house.tag)
    attach(index, first, about=image.digest)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert house.memory.basis == "buildkit"


def test_one_platform_without_a_statement_leaves_the_index_unidentified(house, attach):
    first = house.repository.commit("first")
    other = Platform("linux", "arm64")
    one, two = house.build("", labels={}), house.build("", labels={}, platform=other)
    house.registry.push(build_index([one, two]), house.tag)
    attach(one, first)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}


def test_where_the_policy_requires_buildkit_labels_of_its_own_do_not_keep_it_from_asking(
    house, attach
):
    house.policy({"require": "buildkit"})
    first = house.repository.commit("first")
    image = house.build(first)
    house.registry.push(image, house.tag)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}
    attach(image, first)
    house.look()
    assert codes(house) == {Code.FIRST_SEEN}
    assert house.memory.basis == "buildkit"


def test_what_refers_to_a_build_goes_before_labels_that_accuse_it(house, attach, first):
    fix = house.repository.commit("fix")
    image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    digest = house.registry.push(image, house.tag)
    attach(image, fix)
    house.look()
    assert codes(house) == {Code.NEWER}
    assert (house.memory.basis, house.held) == ("buildkit", digest)


def test_what_refers_to_an_unlabelled_build_may_accuse_it_and_it_is_put_back(house, attach, first):
    good = house.held
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    attach(image, house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.look()
    rows = house.tools.records.history(house.tag)
    assert [f.code for f in rows[1].findings] == [Code.UNEXPECTED_SOURCE]
    assert house.held == good


def test_labels_of_its_own_cost_no_question(house, first):
    house.pushed(house.repository.commit("fix"))
    assert codes(house) == {Code.NEWER}
    assert asked_for_referrers(house) == 0


def test_under_signatures_nobody_asks_for_buildkit(house, attach):
    house.policy({"require": "signed"})
    first = house.repository.commit("first")
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    attach(image, first)
    house.look()
    assert Code.UNVERIFIABLE in codes(house)
    assert house.memory.basis is None
    assert asked_for_referrers(house) == 1  # for the bundles


def test_an_approved_build_needs_no_claim(house, first):
    digest = house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}
    house.registry.requests.clear()
    house.approve(digest, "for now")
    house.look()
    assert codes(house) == {Code.APPROVED}
    assert asked_for_referrers(house) == 0


def test_an_observation_that_is_judged_again_is_not_asked_about_again(house, attach):
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    rule = house.tools.policy.rule_for(house.tag)
    case = Case(rule, TagMemory(), image.digest)
    found = judge_observation(house.tools, case, house.tools.registry.observe(house.tag))
    attach(image, house.repository.commit("first"))
    again = judge_observation(house.tools, case, found.observation)
    assert again.verdict == found.verdict
    assert asked_for_referrers(house) == 1


# What a stranger might attach, and a registry that is in trouble


def test_a_statement_about_another_image_identifies_nothing(house, attach):
    first = house.repository.commit("first")
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    attach(image, first, about=house.build(first).digest)
    house.look()
    assert codes(house) == {Code.UNIDENTIFIED}


def test_two_statements_that_disagree_are_conflicting_claims(house, attach):
    first, second = house.repository.commit("first"), house.repository.commit("second")
    image = house.build("", labels={})
    house.registry.push(image, house.tag)
    attach(image, first)
    attach(image, second)
    house.look()
    assert codes(house) == {Code.CONFLICTING_CLAIMS}


@pytest.fixture
def troubled(house):
    """Look at an image while the registry answers the question for its referrers with a status."""

    def look(image, status):
        before = f"/v2/{APP}/blobs/{Digest.of(image.blobs[0])}"
        house.registry.before_next("GET", before, lambda: house.registry.fail_next(status))
        house.registry.push(image, house.tag)
        house.look()
        assert asked_for_referrers(house) == 1

    return look


def test_an_unlabelled_build_is_not_rejected_while_the_registry_cannot_be_asked(house, troubled):
    troubled(house.build("", labels={}), 500)
    assert codes(house) == {Code.REGISTRY_UNREACHABLE}
    assert "what refers to" in house.memory.findings[0].detail


def test_nor_is_one_that_labels_accuse(house, first, troubled):
    theirs = house.sibling.commit("x")
    troubled(house.build(theirs, source=house.source(f"{APP}-old")), 500)
    assert codes(house) == {Code.REGISTRY_UNREACHABLE}


def test_nor_one_whose_policy_requires_buildkit(house, troubled):
    house.policy({"require": "buildkit"})
    troubled(house.build(house.repository.commit("first")), 500)
    assert codes(house) == {Code.REGISTRY_UNREACHABLE}


def test_labels_that_name_the_source_are_judged_though_it_cannot_be_asked(house, first, troubled):
    fix = house.repository.commit("fix")
    labels = {
        "org.opencontainers.image.source": house.source(),
        "org.opencontainers.image.revision": fix,
    }
    troubled(house.build("", labels=labels), 500)
    assert codes(house) == {Code.NEWER}


def test_a_registry_that_refuses_for_good_leaves_the_build_what_it_is(house, troubled):
    troubled(house.build("", labels={}), 403)
    assert codes(house) == {Code.UNIDENTIFIED}
