"""Provenance that no index names: it refers to the image, or to its index; and what may pretend."""

import json

import pytest

from watchdog.core.artifact import ATTESTATION_TYPE, BUNDLE_TYPE
from watchdog.core.observation import Attestation
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST, Platform
from watchdog.core.reference import Digest
from watchdog.demo.images import BuiltIndex, build_artifact, build_attestation, build_index
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import DISTRIBUTION, GITLAB, QUAY
from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.attached import ARTIFACTS_MAX
from watchdog.registry.statements import ATTESTATION_MAX_BYTES, ATTESTATIONS_MAX, REMARKS_MAX

V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
SPDX = "https://spdx.dev/Document"
OTHER = Platform("linux", "s390x")


def statement(text="", predicate=V1, about=()):
    subjects = [{"digest": {"sha256": digest.hex}} for digest in about]
    return json.dumps({"predicateType": predicate, "is": text, "subject": subjects}).encode()


@pytest.fixture(params=[QUAY, DISTRIBUTION], ids=["api", "fallback"])
def registry(request):
    with RegistrySimulator(habits=request.param) as simulator:
        yield simulator


@pytest.fixture
def attached(registry, make_client):
    """Push an image or index, attach attestations, and look at it with what refers to it."""

    def look(built, *attestations, **options):
        tag, client = registry.tag("acme/app"), make_client(registry.host, **options)
        registry.push(built, tag)
        for attestation in attestations:
            registry.attach(attestation, tag)
        seen = client.observe(tag)
        registry.requests.clear()
        return client.with_attached(seen, tuple(one.manifest for one in seen.images))

    return look


def fetched(registry, kind):
    return [path.rpartition("/")[2] for _, path in registry.requests if f"/{kind}/" in path]


@pytest.mark.parametrize("predicate", [V1, V02])
def test_a_statement_that_refers_to_the_image_is_read_byte_for_byte(attached, image, predicate):
    body = statement("a", predicate)
    seen = attached(image(), build_attestation(image().manifest, body))
    assert seen.attestations == (Attestation(image().digest, body, predicate),)
    assert (seen.remarks, seen.referrers_read) == ((), True)


def test_each_platform_has_its_own(attached, image):
    images = [image(1), image(2, platform=OTHER)]
    each = [build_attestation(one.manifest, statement(str(n))) for n, one in enumerate(images)]
    seen = attached(build_index(images), *each)
    assert [(one.manifest, one.statement) for one in seen.attestations] == [
        (one.digest, statement(str(n))) for n, one in enumerate(images)
    ]


def test_without_any_the_observation_says_that_they_were_looked_for(attached, image):
    seen = attached(build_index([image()]))
    assert (seen.attestations, seen.remarks, seen.referrers_read) == ((), (), True)


def test_an_sbom_and_artifacts_of_other_types_are_not_even_fetched(registry, attached, image):
    sbom, bundle = statement("sbom", SPDX), b"bundle"
    others = build_artifact(image().manifest, BUNDLE_TYPE, bundle)
    seen = attached(image(), build_attestation(image().manifest, sbom), others)
    assert (seen.attestations, seen.remarks) == ((), ())
    assert fetched(registry, "blobs") == []


def test_what_the_index_names_as_well_is_not_read_twice(registry, attached, image):
    built = build_attestation(image().manifest, statement("a"))
    index = json.loads(build_index([image()]).manifest.body)
    index["manifests"].append(
        {
            "mediaType": OCI_MANIFEST,
            "digest": str(built.digest),
            "size": len(built.manifest.body),
            "platform": {"os": "unknown", "architecture": "unknown"},
        }
    )
    body = json.dumps(index).encode()
    whole = type(built.manifest)(Digest.of(body), OCI_INDEX, body)
    seen = attached(BuiltIndex(whole, (image(), built)), built)
    assert [one.statement for one in seen.attestations] == [statement("a")]
    assert fetched(registry, "blobs") == []


# Attached to the index


@pytest.mark.parametrize(
    ("about", "expected"), [("first", [0]), ("second", [1]), ("index", [0, 1]), ("both", [0, 1])]
)
def test_a_statement_on_the_index_counts_for_the_images_that_it_names(
    attached, image, about, expected
):
    images = [image(1), image(2, platform=OTHER)]
    index = build_index(images)
    named = {
        "first": [images[0].digest],
        "second": [images[1].digest],
        "index": [index.digest],
        "both": [one.digest for one in images],
    }[about]
    body = statement(about=named)
    seen = attached(index, build_attestation(index.manifest, body))
    assert seen.attestations == tuple(
        Attestation(images[n].digest, body, V1, index.digest) for n in expected
    )
    assert seen.remarks == ()


@pytest.mark.parametrize("about", [[], [Digest.of(b"elsewhere")]])
def test_a_statement_on_the_index_about_something_else_is_left_out(attached, image, about):
    index = build_index([image()])
    seen = attached(index, build_attestation(index.manifest, statement(about=about)))
    assert seen.attestations == ()
    (remark,) = seen.remarks
    assert "names neither the index nor an image of it" in remark


def test_the_index_is_not_asked_about_where_every_image_has_a_statement(registry, attached, image):
    index = build_index([image()])
    attached(index, build_attestation(image().manifest, statement("a")))
    assert not [path for _, path in registry.requests if index.digest.hex in path]


# What a registry or a stranger might do


def test_another_images_attestation_is_not_found(attached, image):
    seen = attached(
        build_index([image(1), image(2, platform=OTHER)]),
        build_attestation(image(2, platform=OTHER).manifest, statement("2")),
    )
    assert [one.manifest for one in seen.attestations] == [image(2, platform=OTHER).digest]


def test_so_many_attestations_are_read_and_the_rest_is_named(registry, attached, image):
    empty = [
        build_attestation(image().manifest, statement(str(n), SPDX))
        for n in range(ARTIFACTS_MAX + 2)
    ]
    seen = attached(image(), *empty)
    assert len(set(fetched(registry, "manifests")) & {str(one.digest) for one in empty}) == 32
    assert seen.remarks == (f"2 more attestations of {image().digest.short} were not read",)


def test_so_many_statements_are_read_those_of_the_index_included(attached, image):
    many = [statement(str(n)) for n in range(ATTESTATIONS_MAX + REMARKS_MAX + 5)]
    within = build_index([image()], attestation=statement("of the index"))
    seen = attached(within, build_attestation(image().manifest, *many))
    assert len(seen.attestations) == ATTESTATIONS_MAX
    assert seen.attestations[0].statement == statement("of the index")
    assert len(seen.remarks) == REMARKS_MAX
    assert "more than 16 statements" in seen.remarks[0]


def test_statements_have_a_limit_together(attached, image):
    padding = "x" * (ATTESTATION_MAX_BYTES - 200)
    large = [statement(f"{n}{padding}") for n in range(5)]
    seen = attached(image(), build_attestation(image().manifest, *large))
    assert len(seen.attestations) == 4
    assert "more than 16777216 bytes" in seen.remarks[0]


def test_a_statement_that_is_too_large_is_not_asked_for(registry, attached, image):
    large = statement("x" * ATTESTATION_MAX_BYTES)
    seen = attached(image(), build_attestation(image().manifest, large))
    assert seen.attestations == ()
    assert f"at most {ATTESTATION_MAX_BYTES} are read" in seen.remarks[0]
    assert fetched(registry, "blobs") == []


def test_an_image_that_its_fallback_tag_resolves_to_has_no_attestation(make_client, image):
    with RegistrySimulator(habits=GITLAB) as registry:
        tag, client = registry.tag("acme/app"), make_client(registry.host)
        registry.push(image(), tag)
        seen = client.with_attached(client.observe(tag), (image().digest,))
    assert (seen.attestations, seen.remarks) == ((), ())


def test_reading_them_ends_when_the_time_is_over(registry, image, make_client):
    tag = registry.tag("acme/app")
    registry.push(image(), tag)
    seen = make_client(registry.host).observe(tag)
    late = make_client(registry.host, observe_timeout_s=-1.0)
    with pytest.raises(RemoteError, match="too slow to read its provenance") as caught:
        late.with_attached(seen, (image().digest,))
    assert caught.value.retryable


@pytest.fixture
def ask(serve, make_client, tag_of, simulator, image):
    """Ask a registry whose referrers API answers as given, and which has these parts besides."""

    def ask(listed, **parts):
        def reply(request):
            if "/referrers/" in request.path:
                return listed
            return parts.get(request.path.rpartition("/")[2], Answer(404))

        simulator.push(image(), simulator.tag("acme/app"))
        seen = make_client(simulator.host).observe(simulator.tag("acme/app"))
        host = serve(reply)
        moved = type(seen)(tag_of(host), *(getattr(seen, f) for f in seen.__slots__[1:]))
        return make_client(host).with_attached(moved, (image().digest,))

    return ask


def listing(built, **changes):
    entry = {
        "mediaType": OCI_MANIFEST,
        "digest": str(built.digest),
        "size": len(built.manifest.body),
        "artifactType": ATTESTATION_TYPE,
    } | changes
    return Answer(200, {"Content-Type": OCI_INDEX}, json.dumps({"manifests": [entry]}).encode())


def part(built):
    return {str(built.digest): Answer(200, {"Content-Type": OCI_MANIFEST}, built.manifest.body)}


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda image: build_attestation(image(2).manifest, statement()), "not BuildKit's"),
        (lambda image: build_artifact(image().manifest, BUNDLE_TYPE, b"x"), "not BuildKit's"),
        (lambda image: image(3), "not BuildKit's"),
        (lambda image: build_attestation(image().manifest, statement()), "answered 404"),
    ],
    ids=["of-another-image", "a-bundle", "an-image", "statement-gone"],
)
def test_a_list_that_lies_is_not_believed(ask, image, build, words):
    built = build(image)
    seen = ask(listing(built), **part(built))
    assert seen.attestations == ()
    (remark,) = seen.remarks
    assert words in remark


@pytest.mark.parametrize(
    ("answer", "changes", "words"),
    [
        (Answer(404), {}, "answered 404"),
        (Answer(200, {}, b"other"), {}, "other content"),
        (None, {"size": 7}, "its descriptor says 7"),
        (None, {"size": 2**40}, "at most"),
        (None, {"artifactType": BUNDLE_TYPE}, None),
    ],
    ids=["gone", "other-content", "other-size", "huge", "other-type"],
)
def test_an_attestation_that_cannot_be_read_is_left_out_and_named(
    ask, image, answer, changes, words
):
    built = build_attestation(image().manifest, statement())
    seen = ask(
        listing(built, **changes), **({str(built.digest): answer} if answer else part(built))
    )
    assert seen.attestations == ()
    assert [words in remark for remark in seen.remarks] == ([True] if words else [])


def test_a_registry_in_trouble_is_not_mistaken_for_one_without_attestations(ask):
    with pytest.raises(RemoteError, match=r"what refers to sha256:.*answered 503") as caught:
        ask(Answer(503))
    assert caught.value.retryable


def test_a_list_that_is_malformed_is_no_empty_list(ask):
    with pytest.raises(MalformedError, match="what refers to sha256:"):
        ask(Answer(200, {"Content-Type": OCI_INDEX}, b'{"manifests": 7}'))
