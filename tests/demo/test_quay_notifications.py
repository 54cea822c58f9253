"""A simulated Quay's notifications: made, sent, tried again, given up and reset."""

import json
import time
from types import SimpleNamespace

import pytest

from tests.demo.quay_asking import Asking
from watchdog.demo.quay.template import TemplateError, parse_template
from watchdog.demo.registry_http import Answer, Server


@pytest.fixture
def receiver():
    """What came, and what is answered: a status, or an Answer by path."""
    receiver = SimpleNamespace(status=200, came=[], answers={})

    def answer(asked):
        receiver.came.append(asked)
        return receiver.answers.get(asked.path, Answer(receiver.status))

    server = Server(("127.0.0.1", 0), answer)
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    receiver.bodies = lambda: [json.loads(asked.body) for asked in receiver.came if asked.body]
    server.start()
    yield receiver
    server.stop()


@pytest.fixture
def quay(simulator):
    simulator.quay.create("acme/app")
    simulator.quay.grant("ADMIN", scope="repo:admin")
    simulator.quay.grant("WRITE", scope="repo:write")
    simulator.quay.notifications.refused_hosts.clear()
    return simulator


@pytest.fixture
def admin(quay):
    return Asking(quay, "ADMIN")


@pytest.fixture
def install(admin):
    """Make a notification; returns its uuid."""

    def make(url, **config):
        answer = admin("POST", "notification/", body(url, **config))
        assert answer.status_code == 201
        return answer.json()["uuid"]

    return make


@pytest.fixture
def settle(quay):
    return quay.quay.notifications.sender.settle


@pytest.fixture
def push(quay, image, settle):
    """Push tags of acme/app, and wait for what is told of each."""

    def do(*names):
        for name in names or ("latest",):
            quay.push(image(), quay.tag("acme/app", name))
            settle()

    return do


def body(url, **config):
    config = {"url": url, **config}
    return {"event": "repo_push", "method": "webhook", "config": config, "eventConfig": {}}


def failures(admin):
    rows = admin("GET", "notification/").json()["notifications"]
    return [row["number_of_failures"] for row in rows]


def test_every_notification_of_the_repository_is_told_of_a_push(
    quay, receiver, install, settle, image
):
    for where in ("one", "two"):
        install(f"{receiver.url}/{where}")
    quay.push(image(), quay.tag("acme/app"))
    quay.push(image(), quay.tag("acme/other"))
    settle()
    assert [(asked.method, asked.path) for asked in receiver.came] == [
        ("POST", "/one"),
        ("POST", "/two"),
    ]


def test_a_test_looks_like_a_push_of_latest_but_for_its_last_key(receiver, admin, install, settle):
    uuid = install(receiver.url)
    assert admin("POST", f"notification/{uuid}/test").json() == {}
    settle()
    (sent,) = receiver.bodies()
    assert (sent["updated_tags"], sent["pruned_image_count"]) == (["latest", "foo"], 3)


def test_a_template_shapes_the_body_and_userinfo_the_header(quay, receiver, install, settle, image):
    shape = {"text": "${repository} pushed", "tags": "${updated_tags}", "n": 1, "no": ["${x.y}"]}
    address = receiver.url.replace("://", "://quay:s3cret@")
    install(address, template=json.dumps(shape))
    quay.push(image(), quay.tag("acme/app"))
    settle()
    assert receiver.bodies() == [
        {"text": "acme/app pushed", "tags": ["latest"], "n": 1, "no": [None]}
    ]
    assert receiver.came[0].headers["Authorization"] == "Basic cXVheTpzM2NyZXQ="


def test_a_template_joins_lists_within_text_and_says_what_is_missing():
    shape = parse_template('{"${name}": "${tags} ${tags[0]} ${$.tags[1]} ${nope} ${tags[9]}"}')
    assert shape({"name": "n", "tags": ["a", "b"]}) == {"n": "a,b a b (none) (none)"}


@pytest.mark.parametrize("text", ["{bad", '"${}"', '"${a b}"'])
def test_a_template_that_cannot_be_parsed_is_refused(admin, text):
    with pytest.raises(TemplateError):
        parse_template(text)
    refused = admin("POST", "notification/", body("http://127.0.0.2/", template=text))
    assert (refused.status_code, refused.json()["error_type"]) == (400, "invalid_request")


@pytest.mark.parametrize("url", ["http://localhost:9/", "http://127.0.0.1/", "ftp://x/", "x", ""])
def test_a_url_that_quay_will_not_send_to_is_refused(simulator, admin, url):
    simulator.quay.notifications.refused_hosts |= {"localhost", "127.0.0.1"}
    assert admin("POST", "notification/", body(url)).status_code == 400


def test_what_is_asked_wrongly_is_refused_or_crashes(quay, admin):
    assert admin("POST", "notification/", {"event": "repo_push"}).status_code == 400
    crashed = admin("POST", "notification/", body("http://x/") | {"event": "nonsense"})
    assert (crashed.status_code, crashed.text[:6]) == (500, "<html>")
    assert Asking(quay, "WRITE")("GET", "notification/").status_code == 403
    assert Asking(quay)("GET", "notification/").status_code == 401


def test_three_failures_disable_a_notification_until_it_is_reset_and_nothing_is_replayed(
    receiver, admin, install, settle, push
):
    uuid = install(receiver.url)
    receiver.status = 500
    push("one")
    assert (len(receiver.came), failures(admin)) == (3, [3])
    receiver.status = 200
    push("two")
    assert admin("POST", f"notification/{uuid}").status_code == 204
    settle()
    assert (len(receiver.came), failures(admin)) == (3, [0])
    push("three")
    assert [sent["updated_tags"] for sent in receiver.bodies()[3:]] == [["three"]]


def test_three_pushes_while_the_receiver_is_down_count_one_failure_each(
    quay, admin, install, settle, image
):
    install("http://127.0.0.1:1/")
    sender = quay.quay.notifications.sender
    sender.pace = 1.0
    sender.hold()
    for name in "xyz":
        quay.push(image(), quay.tag("acme/app", name))
    sender.release()
    deadline = time.monotonic() + 5
    while failures(admin) != [3] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert failures(admin) == [3]


def test_a_success_forgets_the_failures(quay, receiver, admin, install, push):
    uuid = install(receiver.url)
    quay.quay.notifications.rows["acme/app"][uuid].hook.failures = 2
    push()
    assert failures(admin) == [0]


@pytest.mark.parametrize(("status", "then"), [(302, ("GET", b"")), (307, ("POST", b"{"))])
def test_redirects_are_followed_as_requests_does(receiver, install, push, status, then):
    receiver.answers["/moved"] = Answer(status, {"Location": f"{receiver.url}/there"})
    install(f"{receiver.url}/moved")
    push()
    last = receiver.came[-1]
    assert (last.method, last.body[:1], last.path) == (*then, "/there")


def test_events_that_wait_may_come_in_another_order(quay, receiver, install, settle, image):
    install(receiver.url)
    sender = quay.quay.notifications.sender
    sender.hold()
    for name in "xyz":
        quay.push(image(), quay.tag("acme/app", name))
    sender.release(reverse=True)
    settle()
    assert [sent["updated_tags"] for sent in receiver.bodies()] == [["z"], ["y"], ["x"]]


def test_a_deleted_notification_is_gone(receiver, admin, install, push):
    uuid = install(receiver.url)
    assert admin("GET", f"notification/{uuid}").json()["uuid"] == uuid
    assert admin("DELETE", f"notification/{uuid}").status_code == 204
    for method, rest in (("GET", ""), ("POST", ""), ("POST", "/test"), ("DELETE", "")):
        assert admin(method, f"notification/{uuid}{rest}").status_code == 404
    push()
    assert receiver.came == []
