import contextlib
import os
import shutil
import subprocess
import threading

import pytest
import requests

from watchdog.core.oci import DOCKER_MANIFEST, OCI_MANIFEST
from watchdog.core.reference import Digest
from watchdog.demo.images import build_index
from watchdog.demo.registry import RegistrySimulator


def test_a_pushed_image_can_be_read_with_all_its_parts(simulator, http, read, image, url):
    tag = simulator.tag("acme/app")
    built = image()
    assert simulator.push(built, tag) == built.digest == simulator.digest(tag)
    answer = read(simulator)
    assert answer.content == built.manifest.body
    assert answer.headers["Content-Type"] == OCI_MANIFEST
    assert answer.headers["Docker-Content-Digest"] == str(built.digest)
    for blob in built.blobs:
        assert http.get(url(simulator, f"blobs/{Digest.of(blob)}")).content == blob
    assert http.get(url(simulator, "tags/list")).json() == {"name": "acme/app", "tags": ["latest"]}


def test_head_answers_as_get_without_the_body(simulator, tag, read, image):
    simulator.push(image(), tag)
    head, get = read(simulator, method="HEAD"), read(simulator)
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(get.content))


@pytest.mark.parametrize("accept", ["*/*", DOCKER_MANIFEST])
def test_a_client_that_does_not_accept_the_type_gets_another_digest(
    simulator, tag, accept, read, image
):
    simulator.push(image(), tag)
    answer = read(simulator, accept=accept)
    assert answer.headers["Docker-Content-Digest"] != str(image().digest)
    assert answer.headers["Docker-Content-Digest"] == str(Digest.of(answer.content))


def test_unknown_things_are_not_found(simulator, http, read, image, url):
    assert read(simulator).json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"
    assert http.get(url(simulator, "tags/list")).status_code == 404
    assert http.get(url(simulator, f"blobs/{image().digest}")).status_code == 404
    assert http.get(url(simulator, "blobs/nonsense")).status_code == 400
    assert http.get(f"http://{simulator.host}/elsewhere").status_code == 404


def test_a_displaced_manifest_cannot_be_read_but_moved_back_to(simulator, tag, read, image):
    first = simulator.push(image(1), tag)
    simulator.push(image(2), tag)
    assert read(simulator, first).status_code == 404
    simulator.move(tag, first)
    assert read(simulator).headers["Docker-Content-Digest"] == str(first)


def test_a_tag_cannot_be_moved_to_what_was_never_pushed(simulator, tag, image):
    with pytest.raises(KeyError):
        simulator.move(tag, image().digest)


def test_a_deleted_tag_is_gone(simulator, http, read, image, url):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    simulator.delete_tag(tag)
    assert read(simulator).status_code == 404
    simulator.push(image(), tag)
    assert http.delete(url(simulator, "manifests/latest")).status_code == 202
    assert read(simulator).status_code == 404


def test_stale_reads_answer_what_the_tag_was_before(simulator, tag, read, image):
    first = simulator.push(image(1), tag)
    second = simulator.push(image(2), tag)
    simulator.stale_reads(2)
    seen = [read(simulator).headers["Docker-Content-Digest"] for _ in range(3)]
    assert seen == [str(first), str(first), str(second)]


def test_a_stale_read_of_a_new_tag_finds_nothing(simulator, tag, read, image):
    simulator.push(image(), tag)
    simulator.stale_reads(1)
    assert [read(simulator).status_code for _ in range(2)] == [404, 200]


def test_the_next_requests_fail_as_told(simulator, tag, read, image):
    simulator.push(image(), tag)
    simulator.fail_next(503, times=2, retry_after="3")
    first = read(simulator)
    assert (first.status_code, first.headers["Retry-After"]) == (503, "3")
    assert [read(simulator).status_code for _ in range(2)] == [503, 200]


def test_a_request_whose_answer_is_lost_is_done(simulator, tag, http, image):
    older = image(1)
    for built in (older, image(2)):
        simulator.push(built, tag)
    path = "/v2/acme/app/manifests/latest"
    simulator.lose_answer("PUT", path)
    said = {"Content-Type": older.manifest.media_type}
    answers = [
        http.put(f"http://{simulator.host}{path}", data=older.manifest.body, headers=said)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [504, 201]
    assert simulator.digest(tag) == older.digest


def test_requests_are_counted(simulator, tag, http, read, image):
    simulator.push(image(), tag)
    read(simulator, method="HEAD")
    http.get(f"http://{simulator.host}/v2/?x=1")
    assert simulator.requests == [("HEAD", "/v2/acme/app/manifests/latest"), ("GET", "/v2/")]


def test_a_manifest_without_its_parts_is_refused(simulator, http, read, image, url):
    built = image()
    headers = {"Content-Type": OCI_MANIFEST}
    put = http.put(url(simulator, "manifests/latest"), data=built.manifest.body, headers=headers)
    assert put.json()["errors"][0]["code"] == "MANIFEST_INVALID"
    assert read(simulator).status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"config": {"digest": "x"}}'])
def test_what_is_no_manifest_is_refused(simulator, http, body, url):
    put = http.put(url(simulator, "manifests/x"), data=body, headers={"Content-Type": OCI_MANIFEST})
    assert put.status_code == 400


def test_a_manifest_is_not_taken_under_another_digest(simulator, tag, http, image, url):
    simulator.push(image(1), tag)
    put = http.put(url(simulator, f"manifests/{image(2).digest}"), data=image(1).manifest.body)
    assert put.json()["errors"][0]["code"] == "DIGEST_INVALID"


def upload(http, simulator, blob, how):
    opened = f"http://{simulator.host}/v2/acme/app/blobs/uploads/"
    query = {"digest": str(Digest.of(blob))}
    if how == "one request":
        return http.post(opened, params=query, data=blob)
    location = http.post(opened).headers["Location"]
    at = f"http://{simulator.host}{location}"
    if how == "post then put":
        return http.put(at, params=query, data=blob)
    http.patch(at, data=iter([blob[:1], blob[1:]]))
    return http.put(at, params=query)


@pytest.mark.parametrize("how", ["one request", "post then put", "chunks"])
def test_blobs_can_be_uploaded(simulator, http, how, url):
    assert upload(http, simulator, b"blob", how).status_code == 201
    assert http.get(url(simulator, f"blobs/{Digest.of(b'blob')}")).content == b"blob"


def test_an_upload_that_hashes_otherwise_is_refused(simulator, http, url):
    opened = url(simulator, "blobs/uploads/")
    wrong = http.post(opened, params={"digest": str(Digest.of(b"other"))}, data=b"blob")
    assert wrong.status_code == 400
    assert http.put(f"{opened}unknown").status_code == 404


def test_stopping_leaves_no_thread_behind_and_does_not_wait_for_clients(http, read):
    def ask():
        with contextlib.suppress(requests.RequestException):
            read(simulator)

    before = set(threading.enumerate())
    with RegistrySimulator() as simulator:
        http.get(f"http://{simulator.host}/v2/")
        simulator.hang_next(60)
        caller = threading.Thread(target=ask)
        caller.start()
        while len(simulator.requests) < 2:
            threading.Event().wait(0.01)
    caller.join()
    assert set(threading.enumerate()) == before


def test_a_port_can_be_chosen_and_used_again():
    with RegistrySimulator() as first:
        port = int(first.host.rpartition(":")[2])
    with RegistrySimulator(port) as second:
        assert second.host == first.host


@pytest.mark.skipif(
    shutil.which("skopeo") is None and os.environ.get("CI") != "true",
    reason="skopeo is not installed",
)
def test_skopeo_can_push_and_pull(simulator, tag, tmp_path, image):
    index = build_index([image(1)])
    simulator.push(index, tag)
    simulator.require_token("acme+ci", "secret")

    def copy(side, source, target):
        options = [f"--{side}-tls-verify=false", f"--{side}-creds=acme+ci:secret"]
        command = ["skopeo", "copy", "--all", "--preserve-digests", "--insecure-policy", *options]
        subprocess.run([*command, source, target], check=True, capture_output=True, timeout=30)

    copy("src", f"docker://{tag}", f"oci:{tmp_path}/layout:x")
    copied = simulator.tag("acme/copy")
    copy("dest", f"oci:{tmp_path}/layout:x", f"docker://{copied}")
    assert simulator.digest(copied) == index.digest
