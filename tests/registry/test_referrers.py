"""Bundles that refer to an image, by the API and by the fallback tag, and the guards on both."""

import json

import pytest

from watchdog.core.artifact import BUNDLE_TYPE, BUNDLED_PREDICATE_KEY, SIGNATURE_TYPE
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest, Tag
from watchdog.demo.images import build_artifact
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import DISTRIBUTION, QUAY
from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.referrers import BUNDLE_MAX_BYTES, REFERRERS_MAX

SBOM_TYPE = "application/vnd.example.sbom+json"


def typed(predicate):
    return {BUNDLED_PREDICATE_KEY: predicate}


SLSA = typed("https://slsa.dev/provenance/v1")


@pytest.fixture(params=[QUAY, DISTRIBUTION], ids=["api", "fallback"])
def registry(request):
    with RegistrySimulator(habits=request.param) as simulator:
        yield simulator


@pytest.fixture
def signed(registry, image, make_client):
    """Attach artifacts to an image; returns what the client finds about it."""
    tag, client = registry.tag("acme/app"), make_client(registry.host)
    registry.push(image(), tag)

    def signatures(*artifacts):
        for artifact in artifacts:
            registry.attach(artifact, tag)
        return client.signatures(tag, image().digest)

    return signatures


@pytest.fixture
def bundle(image):
    def build(content, annotations=SLSA, artifact_type=BUNDLE_TYPE, n=1):
        return build_artifact(image(n).manifest, artifact_type, content, annotations=annotations)

    return build


def test_bundles_are_fetched_and_other_artifacts_are_not(registry, signed, bundle):
    found = signed(
        bundle(b"provenance"),
        bundle(b"signature", typed(SIGNATURE_TYPE)),
        bundle(b"sbom", typed("https://spdx.dev/Document")),
        bundle(b"other", artifact_type=SBOM_TYPE),
    )
    assert set(found.bundles) == {b"provenance", b"signature"}
    assert (found.legacy, found.remarks) == (False, ())
    fetched = {path.rpartition("/")[2] for _, path in registry.requests if "/blobs/" in path}
    assert fetched == {str(Digest.of(b"provenance")), str(Digest.of(b"signature"))}


def test_a_bundle_that_names_no_type_is_fetched_last(signed, bundle):
    found = signed(bundle(b"unnamed", None), bundle(b"provenance"))
    assert found.bundles == (b"provenance", b"unnamed")


def test_another_images_bundle_is_not_found(registry, signed, bundle, image):
    registry.push(image(2), registry.tag("acme/app", "other"))
    registry.attach(bundle(b"other", n=2), registry.tag("acme/app"))
    assert signed().bundles == ()


def test_so_many_bundles_are_read_and_the_rest_is_named(signed, bundle):
    found = signed(*(bundle(b"%d" % n) for n in range(REFERRERS_MAX + 2)))
    assert len(found.bundles) == REFERRERS_MAX
    assert found.remarks == ("2 more bundles were not read",)


def test_bundles_have_a_limit_together(signed, bundle):
    four_mib = (bytes([65 + n]) * BUNDLE_MAX_BYTES for n in range(5))
    found = signed(*(bundle(content) for content in four_mib))
    assert len(found.bundles) == 4
    assert "more than 16777216 bytes" in found.remarks[0]


def test_any_referrers_can_be_listed(registry, make_client, image, bundle):
    tag = registry.tag("acme/app")
    registry.push(image(), tag)
    registry.attach(bundle(b"sbom", {"a": "1"}, SBOM_TYPE), tag)
    (found,) = make_client(registry.host).referrers(tag, image().digest, SBOM_TYPE)
    assert (found.artifact_type, found.annotations) == (SBOM_TYPE, (("a", "1"),))


# What a registry might answer


@pytest.fixture
def ask(serve, make_client, tag_of, image):
    """Ask for bundles where the referrers API answers as given, and all else is missing."""

    def ask(answer, **others):
        asked = []

        def reply(request):
            asked.append(request.path)
            if "/referrers/" in request.path:
                return answer(request) if callable(answer) else answer
            return others.get(request.path.removeprefix("/v2/acme/app/"), Answer(404))

        host = serve(reply)
        client, tag = make_client(host), tag_of(host)
        return lambda: (client.signatures(tag, image().digest), asked)

    return ask


def listed(*entries, **headers):
    body = json.dumps({"manifests": list(entries)}).encode()
    return Answer(200, {"Content-Type": OCI_INDEX, **headers}, body)


def entry(built, artifact_type=BUNDLE_TYPE, **changes):
    return {
        "mediaType": OCI_MANIFEST,
        "digest": str(built.digest),
        "size": len(built.manifest.body),
        "artifactType": artifact_type,
    } | changes


@pytest.mark.parametrize(
    "answer",
    [
        Answer(404),
        Answer(405),
        Answer(406),
        Answer(200, {"Content-Type": "text/html"}, b"<html>"),
    ],
    ids=["404", "405", "406", "a-page"],
)
def test_a_registry_without_the_api_is_asked_for_the_fallback_tag_and_not_again(ask, answer, image):
    look = ask(answer)
    look()
    found, asked = look()
    assert found.bundles == ()
    assert len([path for path in asked if "/referrers/" in path]) == 1
    fallback = f"/v2/acme/app/manifests/sha256-{image().digest.hex}"
    assert asked.count(fallback) == 2


@pytest.mark.parametrize("status", [400, 500, 429])
def test_an_api_in_trouble_is_not_taken_for_one_that_lists_nothing(ask, status):
    with pytest.raises(RemoteError, match=f"what refers to sha256:.*answered {status}"):
        ask(Answer(status))()


def test_a_list_that_is_malformed_is_no_empty_list(ask):
    with pytest.raises(MalformedError, match="what refers to sha256:"):
        ask(Answer(200, {"Content-Type": OCI_INDEX}, b"[]"))()


def test_pages_are_followed_with_their_query_alone(ask, bundle):
    first, second = bundle(b"1"), bundle(b"2")

    def answer(request):
        if request.query.get("next") == "2":
            return listed(entry(second))
        link = '<https://elsewhere.example/v2/x/referrers/y?next=2>; rel="next"'
        return listed(entry(first), Link=link)

    blobs = {
        f"manifests/{built.digest}": Answer(
            200, {"Content-Type": OCI_MANIFEST}, built.manifest.body
        )
        for built in (first, second)
    } | {f"blobs/{Digest.of(body)}": Answer(200, {}, body) for body in (b"1", b"2")}
    found, _ = ask(answer, **blobs)()
    assert found.bundles == (b"1", b"2")


def test_pages_without_end_are_refused(ask):
    with pytest.raises(MalformedError, match="more than 16 pages"):
        ask(listed(Link='</v2/x?last=1>; rel="next"'))()


def test_a_second_page_that_is_missing_is_a_failure(ask):
    def answer(request):
        return Answer(404) if "last" in request.query else listed(Link="</x?last=1>; rel=next")

    with pytest.raises(RemoteError, match="answered 404"):
        ask(answer)()


def test_what_the_api_lists_is_filtered_here_too(ask, bundle):
    found, asked = ask(listed(entry(bundle(b"1"), SBOM_TYPE)))()
    assert found.bundles == ()
    assert not [path for path in asked if str(bundle(b"1").digest) in path]


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (b"1", {"n": 2}, "not a Sigstore bundle about this image"),
        (b"1", {"artifact_type": SBOM_TYPE}, "not a Sigstore bundle"),
        (b"x" * (BUNDLE_MAX_BYTES + 1), {}, f"at most {BUNDLE_MAX_BYTES} are read"),
        (b"1", {}, "answered 404"),
    ],
    ids=["foreign", "not-a-bundle", "too-large", "gone"],
)
def test_a_bundle_that_cannot_be_used_is_left_out_and_named(ask, bundle, content, options, words):
    built = bundle(content, **options)
    manifest = Answer(200, {"Content-Type": OCI_MANIFEST}, built.manifest.body)
    found, _ = ask(listed(entry(built)), **{f"manifests/{built.digest}": manifest})()
    assert found.bundles == ()
    (remark,) = found.remarks
    assert built.digest.short in remark
    assert words in remark


def test_a_type_that_only_the_manifest_names_is_heeded(ask, bundle):
    built = bundle(b"sbom", typed("https://spdx.dev/Document"))
    manifest = Answer(200, {"Content-Type": OCI_MANIFEST}, built.manifest.body)
    found, asked = ask(listed(entry(built)), **{f"manifests/{built.digest}": manifest})()
    assert (found.bundles, found.remarks) == ((), ())
    assert not [path for path in asked if "/blobs/" in path]


def test_a_fallback_tag_that_is_no_index_counts_for_nothing(ask, image):
    other = Answer(200, {"Content-Type": OCI_MANIFEST}, image(2).manifest.body)
    found, _ = ask(Answer(404), **{f"manifests/sha256-{image().digest.hex}": other})()
    assert (found.bundles, found.remarks) == ((), ())


def test_a_legacy_tag_that_is_the_image_itself_is_none(registry, make_client, image):
    tag = registry.tag("acme/app")
    digest = registry.push(image(), tag)
    registry.move(Tag(tag.repository, f"sha256-{digest.hex}.att"), digest)
    assert not make_client(registry.host).signatures(tag, digest).legacy


def test_reading_signatures_ends_when_its_time_is_over(registry, make_client, image, bundle):
    tag = registry.tag("acme/app")
    registry.push(image(), tag)
    registry.attach(bundle(b"1"), tag)
    client = make_client(registry.host, observe_timeout_s=-1.0)
    with pytest.raises(RemoteError, match="too slow") as caught:
        client.signatures(tag, image().digest)
    assert caught.value.retryable
