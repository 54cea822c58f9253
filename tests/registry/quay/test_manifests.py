"""Manifests read by digest through Quay's own API, which writes no pull into the usage log."""

import json

import pytest

from watchdog.core.oci import OCI_INDEX, OCI_MANIFEST
from watchdog.core.reference import Digest
from watchdog.demo.images import ARM64, build_index
from watchdog.demo.registry_http import Answer
from watchdog.errors import DigestMismatchError, RemoteError
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.manifests import DESCRIPTION_MAX_BYTES, read_manifest, uncounted_on
from watchdog.registry.transport import Transport

BODY = json.dumps({"mediaType": OCI_MANIFEST, "config": {}, "layers": []})
DIGEST = Digest.of(BODY.encode())
SAID = {"manifest_data": BODY, "is_manifest_list": False}


@pytest.fixture
def pulls(simulator):
    """Counts the pulls in the usage log."""
    return lambda: sum(entry.kind == "pull_repo" for entry in simulator.quay.log.entries)


def registry(host, **hosts):
    transport = Transport({host: HostSettings(plain_http=True)})
    return RegistryClient(
        transport, Credentials(), uncounted=uncounted_on(QuayApi(transport), {host}), **hosts
    )


def test_the_images_of_an_index_are_read_without_a_pull(simulator, image, pulls):
    index = build_index([image(1), image(2, ARM64)])
    tag = simulator.tag("acme/app")
    digest = simulator.push(index, tag)
    client = registry(simulator.host)
    observed = client.observe(tag, digest)
    assert [len(observed.images), len(observed.manifests)] == [2, 3]
    assert observed.manifests[-1].media_type == OCI_INDEX
    assert pulls() == 0
    client.observe(tag)
    assert pulls() == 1, "by name there is no other way"
    client.close()


@pytest.mark.parametrize("kind", ["image", "index"])
def test_bytes_and_type_are_those_of_the_distribution_api(simulator, asking, image, kind):
    tag = simulator.tag("acme/app")
    built = image() if kind == "image" else build_index([image()])
    digest = simulator.push(built, tag)
    manifest = read_manifest(asking(), tag, digest)
    assert manifest == built.manifest
    assert manifest.media_type == (OCI_MANIFEST if kind == "image" else OCI_INDEX)


def test_what_only_a_hidden_tag_holds_is_read_by_the_distribution_api(simulator, image, pulls):
    tag = simulator.tag("acme/app")
    simulator.push(image(1), tag)
    held = image(2)
    simulator.push(held, tag)
    simulator.quay.restore_by("alice", tag, image(1).digest)
    simulator.quay.restore_by("alice", tag, held.digest)
    simulator.push(image(3), tag)
    client = registry(simulator.host)
    assert client.observe(tag, held.digest).digest == held.digest
    assert pulls() == 1
    client.close()


def said(**other):
    return Answer(200, {}, json.dumps(SAID | other).encode())


UNUSABLE = {
    "refused": Answer(401, {}, b"{}"),
    "forbidden": Answer(403, {}, b"{}"),
    "not there": Answer(404, {}, b"{}"),
    "a fault of Quay's": Answer(500, {}, b"oh"),
    "no JSON": Answer(200, {}, b"<html>"),
    "too large": Answer(200, {}, b" " * (DESCRIPTION_MAX_BYTES + 1)),
    "no bytes": said(manifest_data=None),
    "other bytes": said(manifest_data="{}"),
    "another kind": said(is_manifest_list=True),
    "no kind": said(is_manifest_list=None),
}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_what_this_api_does_not_give_is_left_to_the_other(serve, tag_of, answer):
    tag = tag_of(serve(lambda _: answer))
    api = QuayApi(Transport({tag.repository.registry: HostSettings(plain_http=True)}))
    assert read_manifest(api, tag, DIGEST) is None
    api.close()


def test_a_manifest_that_does_not_say_its_type_is_left_to_the_other(serve, tag_of):
    tag = tag_of(serve(lambda _: said(manifest_data="{}")))
    api = QuayApi(Transport({tag.repository.registry: HostSettings(plain_http=True)}))
    assert read_manifest(api, tag, Digest.of(b"{}")) is None
    api.close()


@pytest.mark.parametrize("status", [429, 503])
def test_a_quay_that_asks_for_patience_is_not_asked_by_another_door(serve, tag_of, status):
    asked = []

    def answer(request):
        asked.append(request.path)
        return Answer(status, {}, b"")

    tag = tag_of(serve(answer))
    client = registry(tag.repository.registry)
    with pytest.raises(RemoteError, match="acme/app:latest") as caught:
        client.observe(tag, DIGEST)
    assert caught.value.retryable
    assert asked == [f"/api/v1/repository/acme/app/manifest/{DIGEST}"]
    client.close()


def test_neither_door_may_send_other_bytes(serve, tag_of):
    tag = tag_of(serve(lambda _: Answer(200, {"Content-Type": OCI_MANIFEST}, b"{}")))
    client = registry(tag.repository.registry)
    with pytest.raises(DigestMismatchError):
        client.observe(tag, DIGEST)
    client.close()


def test_other_registries_are_not_asked_by_this_api(serve, tag_of):
    asked = []

    def answer(request):
        asked.append(request.path)
        return Answer(404, {}, b"")

    tag = tag_of(serve(answer))
    transport = Transport({tag.repository.registry: HostSettings(plain_http=True)})
    read = uncounted_on(QuayApi(transport), {"quay.io"})
    assert read(tag, DIGEST) is None
    assert asked == []
    transport.close()
