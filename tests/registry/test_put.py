import pytest

from watchdog.core.observation import StoredManifest
from watchdog.core.oci import DOCKER_MANIFEST, OCI_MANIFEST
from watchdog.core.reference import Digest
from watchdog.demo.images import ARM64, build_index
from watchdog.demo.registry_http import Answer
from watchdog.errors import DigestMismatchError, MalformedError, RemoteError

STATEMENT = b'{"predicateType":"https://slsa.dev/provenance/v1"}'


def test_a_displaced_index_is_put_back_children_first(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(build_index([image(1), image(2, ARM64)], attestation=STATEMENT), tag)
    good = client.observe(tag)
    simulator.push(image("bad"), tag)
    simulator.collect_garbage()
    with pytest.raises(RemoteError, match="MANIFEST_INVALID"):
        client.put_manifest(tag.repository, "latest", good.manifests[-1])
    for child in good.manifests[:-1]:
        client.put_manifest(tag.repository, str(child.digest), child)
    client.put_manifest(tag.repository, "latest", good.manifests[-1])
    assert client.observe(tag) == good


def test_a_corrupt_saved_manifest_is_never_written(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    corrupt = StoredManifest(image().digest, OCI_MANIFEST, b"{}")
    with pytest.raises(DigestMismatchError):
        client.put_manifest(tag.repository, "latest", corrupt)
    assert simulator.requests == []


@pytest.mark.parametrize("reference", ["../../_catalog", "", "sha256:" + "0" * 64])
def test_a_reference_that_cannot_be_meant_is_refused(simulator, client, image, reference):
    with pytest.raises(MalformedError):
        client.put_manifest(simulator.tag("a").repository, reference, image().manifest)
    assert simulator.requests == []


def test_a_write_is_not_repeated(simulator, client, image):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    simulator.fail_next(503)
    with pytest.raises(RemoteError) as caught:
        client.put_manifest(tag.repository, "latest", image().manifest)
    assert caught.value.retryable
    assert len(simulator.requests) == 1


def test_a_write_that_stored_something_else_is_noticed(serve, make_client, tag_of, image):
    host = serve(lambda _: Answer(201, {"Docker-Content-Digest": str(image(2).digest)}))
    with pytest.raises(DigestMismatchError, match="instead of"):
        make_client(host).put_manifest(tag_of(host).repository, "latest", image(1).manifest)


def test_a_write_answered_with_anything_but_created_failed(serve, make_client, tag_of, image):
    host = serve(lambda _: Answer(202))
    with pytest.raises(RemoteError, match=r"writing .* answered 202") as caught:
        make_client(host).put_manifest(tag_of(host).repository, "latest", image().manifest)
    assert not caught.value.retryable


def test_a_manifest_is_written_with_its_own_media_type(serve, make_client, tag_of, image):
    types = []

    def answer(request):
        types.append(request.headers["Content-Type"])
        return Answer(201)

    host = serve(answer)
    body = image().manifest.body
    manifest = StoredManifest(Digest.of(body), DOCKER_MANIFEST, body)
    make_client(host).put_manifest(tag_of(host).repository, "latest", manifest)
    assert types == [DOCKER_MANIFEST]
