"""Quay's hook: what a real Quay sent (quay/quay ffba0c70e), what old ones sent, and the hostile."""

import json

import pytest

from tests.receive.payloads import recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Repository, Tag
from watchdog.receive import quay
from watchdog.receive.hook import Hook
from watchdog.receive.quay import TAGS_MAX

RECORDED = (
    b'{"repository": "acme/app", "namespace": "acme", "name": "app",'
    b' "docker_url": "127.0.0.1:8380/acme/app",'
    b' "homepage": "http://127.0.0.1:8380/repository/acme/app", "updated_tags": ["latest"]}'
)
RECORDED_TEST = RECORDED.replace(b'["latest"]', b'["latest", "foo"], "pruned_image_count": 3')
OLD = {
    "repository": "acme/app",
    "docker_url": "quay.io/acme/app",
    "updated_tags": {"latest": "b750fe79269d", "v1": "b750fe79269d"},
    "pushed_image_count": 10,
    "pruned_image_count": 3,
}


def parse(sent):
    (push,) = quay.parse(Hook(sent))
    return push


def body(**changes):
    document = {"docker_url": "quay.io/acme/app", "updated_tags": ["latest"], **changes}
    return json.dumps({key: value for key, value in document.items() if value is not None}).encode()


def test_a_recorded_push_is_read():
    assert parse(RECORDED) == Push(Repository("127.0.0.1:8380", "acme/app"), ("latest",))


def test_the_documented_push_is_read():
    repository = Repository("quay.io", "mynamespace/repository")
    assert parse(recorded("quay")) == Push(repository, ("1.2.3",))


def test_a_recorded_test_of_the_hook_is_known_as_one():
    assert parse(RECORDED_TEST).test


def test_an_old_quays_object_of_tags_is_read_and_is_a_real_push():
    push = parse(json.dumps(OLD).encode())
    assert push.tags == ("latest", "v1")
    assert not push.test


def test_a_body_made_by_a_template_needs_only_two_keys():
    assert parse(body(secret="s")) == Push(Repository("quay.io", "acme/app"), ("latest",))


@pytest.mark.parametrize("count", ["(none)", False, [3]])
def test_what_does_not_count_pruned_images_is_a_push(count):
    assert not parse(body(pruned_image_count=count)).test


def test_a_template_makes_null_of_what_a_push_does_not_have():
    sent = {"docker_url": "quay.io/acme/app", "updated_tags": ["latest"]}
    assert not parse(json.dumps({**sent, "pruned_image_count": None}).encode()).test
    assert parse(json.dumps({**sent, "pruned_image_count": 0}).encode()).test


def test_several_tags_are_read_once_each():
    assert parse(body(updated_tags=["a", "b", "a"])).tags == ("a", "b")


def test_an_empty_list_of_tags_is_a_push_of_nothing():
    assert parse(body(updated_tags=[])).references() == ()


def test_a_name_may_have_slashes():
    push = parse(body(docker_url="quay.io/acme/a/b"))
    assert push.references() == (Tag.parse("quay.io/acme/a/b:latest"),)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", "not usable JSON"),
        (b"\xff", "not usable JSON"),
        (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not usable JSON"),
        (body(docker_url=None), "`docker_url` is missing"),
        (body(docker_url=7), "`docker_url` is missing or no text"),
        (body(docker_url="acme/app"), "does not start with a registry"),
        (body(docker_url="quay.io/"), "not a repository path"),
        (body(docker_url="quay.io/a/../b"), "not a repository path"),
        (body(docker_url="https://quay.io/acme/app"), "not a registry host"),
        (body(updated_tags=None), "`updated_tags` is missing"),
        (body(updated_tags="latest"), "${updated_tags}"),
        (body(updated_tags=[1]), "no text"),
        (body(updated_tags=[["latest"]]), "no text"),
        (body(updated_tags=["-x"]), "not a tag"),
        (body(updated_tags=["a\nb"]), "not a tag"),
        (body(updated_tags=["x" * 129]), "not a tag"),
        (body(updated_tags=[f"t{n}" for n in range(TAGS_MAX + 1)]), "at most 200"),
    ],
)
def test_what_quay_does_not_send_is_refused_with_the_reason(sent, reason):
    assert reason in refused(quay.parse, sent)


def test_a_quay_that_is_reached_by_another_name_is_named_by_the_url():
    body = json.dumps({"docker_url": "quay.internal/acme/app", "updated_tags": ["latest"]})
    (push,) = quay.parse(Hook(body.encode(), registry="quay.example.org:8443"))
    assert str(push.repository) == "quay.example.org:8443/acme/app"
