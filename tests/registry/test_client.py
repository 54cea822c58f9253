import json
import threading

import pytest

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST, Platform
from watchdog.core.reference import Digest
from watchdog.demo.images import AMD64, ARM64, BuiltIndex, build_index
from watchdog.demo.registry_http import Answer
from watchdog.errors import DigestMismatchError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.cache import ContentCache
from watchdog.registry.reading import MANIFESTS_MAX_BYTES

STATEMENT = b'{"predicateType":"https://slsa.dev/provenance/v1"}'


def paths(simulator):
    return [f"{method} {path}" for method, path in simulator.requests]


def test_a_digest_costs_one_request(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    assert client.digest(tag) == image().digest
    assert paths(simulator) == ["HEAD /v2/acme/app/manifests/latest"]


def test_an_index_is_seen_as_itself_not_as_what_quay_converts_it_to(simulator, client, image):
    tag = simulator.tag("acme/app")
    index = build_index([image()])
    simulator.push(index, tag)
    assert client.digest(tag) == index.digest


def test_a_server_that_does_not_say_the_digest_costs_a_second_request(
    serve, make_client, tag_of, image
):
    asked = []

    def answer(request):
        asked.append(request.method)
        return Answer(200, {"Content-Type": OCI_MANIFEST}, image().manifest.body)

    host = serve(answer)
    assert make_client(host).digest(tag_of(host)) == image().digest
    assert asked == ["HEAD", "GET"]


def test_a_digest_header_that_is_no_digest_counts_as_absent(serve, make_client, tag_of, image):
    headers = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": "latest"}
    host = serve(lambda _: Answer(200, headers, image().manifest.body))
    assert make_client(host).digest(tag_of(host)) == image().digest


def test_a_single_image_is_observed_with_two_requests(simulator, client, image):
    tag = simulator.tag("acme/app")
    built = image(7, annotations={"k": "v"})
    simulator.push(built, tag)
    seen = client.observe(tag)
    assert len(simulator.requests) == 2
    assert seen.digest == built.digest
    assert seen.annotations == (("k", "v"),)
    assert seen.manifests == (built.manifest,)
    (only,) = seen.images
    assert (only.platform, only.manifest, only.labels) == (AMD64, built.digest, (("n", "7"),))
    assert only.annotations == (("k", "v"),)
    assert str(only.created) == "2026-05-18 04:30:00+00:00"
    assert len(only.diff_ids) == 1


def test_an_index_of_one_platform_is_observed_with_three_requests(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image()]), tag)
    assert len(client.observe(tag).images) == 1
    assert len(simulator.requests) == 3


def test_what_was_read_by_digest_is_not_read_again(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image()]), tag)
    client.observe(tag)
    simulator.requests.clear()
    client.observe(tag)
    assert paths(simulator) == ["GET /v2/acme/app/manifests/latest"]


def test_an_attestation_is_kept_for_a_revert_but_is_no_image(simulator, client, image):
    tag = simulator.tag("acme/app")
    index = build_index(
        [image(1), image(2, ARM64)], annotations={"on": "index"}, attestation=STATEMENT
    )
    simulator.push(index, tag)
    seen = client.observe(tag)
    assert [only.platform for only in seen.images] == [AMD64, ARM64]
    assert seen.annotations == (("on", "index"),)
    assert [kept.digest for kept in seen.manifests] == [
        *dict.fromkeys(child.digest for child in index.children),
        index.digest,
    ]


def test_the_platform_of_the_index_goes_before_the_one_of_the_config(simulator, client, image):
    tag = simulator.tag("acme/app")
    entries = json.loads(build_index([image()]).manifest.body)["manifests"]
    entries[0]["platform"] = {"os": "linux", "architecture": "arm", "variant": "v7"}
    simulator.push(index_of(entries, image()), tag)
    assert client.observe(tag).images[0].platform == Platform("linux", "arm", "v7")


def index_of(entries, *children):
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}).encode()
    return BuiltIndex(StoredManifest(Digest.of(body), OCI_INDEX, body), children)


def entries_of(*images):
    return json.loads(build_index(list(images)).manifest.body)["manifests"]


def test_a_child_without_a_platform_of_its_own_has_its_configs(simulator, client, image):
    tag = simulator.tag("acme/app")
    entries = entries_of(image(1, ARM64))
    del entries[0]["platform"]
    simulator.push(index_of(entries, image(1, ARM64)), tag)
    assert client.observe(tag).images[0].platform == ARM64


def test_sixteen_platforms_are_read(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image(n) for n in range(16)]), tag)
    assert len(client.observe(tag).images) == 16


def test_seventeen_platforms_are_refused(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image(n) for n in range(17)]), tag)
    with pytest.raises(MalformedError, match=r"acme/app:latest: its index names 17 images"):
        client.observe(tag)
    assert len(simulator.requests) == 1


def test_an_index_of_attestations_alone_is_refused(simulator, client, image):
    tag = simulator.tag("acme/app")
    built = build_index([image()], attestation=STATEMENT)
    entries = json.loads(built.manifest.body)["manifests"]
    simulator.push(index_of(entries[1:], *built.children), tag)
    with pytest.raises(MalformedError, match="names 0 images"):
        client.observe(tag)


def test_an_index_in_an_index_is_refused(simulator, client, image):
    tag = simulator.tag("acme/app")
    entries = entries_of(image())
    entries[0]["mediaType"] = OCI_INDEX
    simulator.push(index_of(entries, image()), tag)
    with pytest.raises(MalformedError, match="names another index"):
        client.observe(tag)


def test_the_manifests_of_an_index_have_a_limit_together(simulator, client, image):
    tag = simulator.tag("acme/app")
    entries = entries_of(image(1), image(2), image(3))
    for entry in entries:
        entry["size"] = MANIFESTS_MAX_BYTES // 3 + 1
    simulator.push(index_of(entries, image(1), image(2), image(3)), tag)
    with pytest.raises(MalformedError, match=f"exceed {MANIFESTS_MAX_BYTES} bytes"):
        client.observe(tag)


def test_a_size_that_differs_from_the_descriptors_is_refused(simulator, client, image):
    tag = simulator.tag("acme/app")
    entries = entries_of(image())
    entries[0]["size"] += 1
    simulator.push(index_of(entries, image()), tag)
    with pytest.raises(MalformedError, match="its descriptor says"):
        client.observe(tag)


def test_a_manifest_that_is_not_the_digest_its_server_says_is_refused(
    serve, make_client, tag_of, image
):
    headers = {"Content-Type": OCI_MANIFEST, "Docker-Content-Digest": str(image(2).digest)}
    host = serve(lambda _: Answer(200, headers, image(1).manifest.body))
    with pytest.raises(DigestMismatchError, match=r"acme/app:latest: .* as it says it is"):
        make_client(host).observe(tag_of(host))


def test_a_config_with_other_content_is_refused(serve, make_client, tag_of, image):
    def answer(request):
        body = b"{}" if "/blobs/" in request.path else image().manifest.body
        return Answer(200, {"Content-Type": OCI_MANIFEST}, body)

    host = serve(answer)
    with pytest.raises(DigestMismatchError, match=r"acme/app:latest \(blob sha256:"):
        make_client(host).observe(tag_of(host))


def test_a_child_with_other_content_is_refused(serve, make_client, tag_of, image):
    def answer(request):
        if request.path.endswith("/latest"):
            return Answer(200, {"Content-Type": OCI_INDEX}, build_index([image(1)]).manifest.body)
        return Answer(200, {"Content-Type": OCI_MANIFEST}, image(2).manifest.body)

    host = serve(answer)
    with pytest.raises(DigestMismatchError, match="other content"):
        make_client(host).observe(tag_of(host))


def test_a_config_too_large_by_its_descriptor_is_not_even_asked_for(
    serve, make_client, tag_of, image
):
    asked = []
    manifest = json.loads(image().manifest.body)
    manifest["config"]["size"] = 1024 * 1024 + 1

    def answer(request):
        asked.append(request.path)
        return Answer(200, {"Content-Type": OCI_MANIFEST}, json.dumps(manifest).encode())

    host = serve(answer)
    with pytest.raises(MalformedError, match="at most 1048576"):
        make_client(host).observe(tag_of(host))
    assert len(asked) == 1


def test_an_unsupported_media_type_is_named_with_its_tag(serve, make_client, tag_of):
    host = serve(lambda _: Answer(200, {"Content-Type": "text/html; charset=utf-8"}, b"{}"))
    with pytest.raises(MalformedError, match=r"acme/app:latest: .*'text/html'"):
        make_client(host).observe(tag_of(host))


def test_a_tag_that_is_not_there_is_not_found(simulator, client):
    with pytest.raises(NotFoundError, match=r"acme/app:latest: 127\.0\.0\.1:\d+ answered 404"):
        client.digest(simulator.tag("acme/app"))
    with pytest.raises(NotFoundError, match="MANIFEST_UNKNOWN: manifest unknown"):
        client.observe(simulator.tag("acme/app"))


def test_a_missing_part_never_reads_as_a_missing_tag(serve, make_client, tag_of, image):
    def answer(request):
        if "/blobs/" in request.path:
            return Answer(404)
        return Answer(200, {"Content-Type": OCI_MANIFEST}, image().manifest.body)

    host = serve(answer)
    with pytest.raises(RemoteError, match="may have moved meanwhile") as caught:
        make_client(host).observe(tag_of(host))
    assert not isinstance(caught.value, NotFoundError)
    assert caught.value.retryable


def test_a_look_ends_when_its_time_is_over(simulator, make_client, image):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    with pytest.raises(RemoteError, match="too slow") as caught:
        make_client(simulator.host, observe_timeout_s=-1.0).observe(tag)
    assert caught.value.retryable


def test_one_client_serves_several_threads(simulator, client, image):
    tags = [simulator.tag("acme/app", f"t{n}") for n in range(8)]
    for n, tag in enumerate(tags):
        simulator.push(image(n), tag)
    seen = {}

    def look(tag):
        seen[tag] = client.observe(tag).images[0].labels

    threads = [threading.Thread(target=look, args=(tag,)) for tag in tags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [seen[tag] for tag in tags] == [(("n", str(n)),) for n in range(8)]


def test_the_memory_for_content_is_bounded(simulator, make_client, image):
    client = make_client(simulator.host, cache=ContentCache(1))
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    client.observe(tag)
    client.observe(tag)
    assert len(simulator.requests) == 4
