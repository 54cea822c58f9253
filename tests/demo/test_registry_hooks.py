import json
from types import SimpleNamespace

import pytest

from watchdog.core.oci import OCI_MANIFEST
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_hooks import FAILURES_MAX
from watchdog.demo.registry_http import Answer, Server


@pytest.fixture
def hooks():
    """A receiver of hooks: its URL, what came, and the status that it answers with."""
    receiver = SimpleNamespace(status=200, came=[])

    def answer(asked):
        receiver.came.append(asked)
        return Answer(receiver.status)

    server = Server(("127.0.0.1", 0), answer)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hooks/quay?token=x"
    server.start()
    yield receiver
    server.stop()


def test_a_push_sends_quays_hook(hooks, image):
    with RegistrySimulator() as simulator:
        simulator.hook_url = hooks.url
        simulator.push(image(), simulator.tag("acme/app"))
    (hook,) = hooks.came
    host = simulator.host
    expected = (
        f'{{"repository": "acme/app", "namespace": "acme", "name": "app", '
        f'"docker_url": "{host}/acme/app", "homepage": "http://{host}/repository/acme/app", '
        f'"updated_tags": ["latest"]}}'
    )
    assert hook.body.decode() == expected
    assert (hook.method, hook.path, hook.query) == ("POST", "/hooks/quay", {"token": "x"})
    sent = {name: value for name, value in hook.headers.items() if name != "Host"}
    assert sent.pop("User-Agent").startswith("python-requests/")
    assert sent == {
        "Accept-Encoding": "gzip, deflate",
        "Accept": "*/*",
        "Connection": "keep-alive",
        "Content-type": "application/json",
        "Content-Length": str(len(expected)),
    }


def test_only_the_put_of_a_tag_sends_a_hook(hooks, http, image, url):
    with RegistrySimulator() as simulator:
        tag = simulator.tag("acme/app")
        digest = simulator.push(image(), tag)
        simulator.hook_url = hooks.url
        headers = {"Content-Type": OCI_MANIFEST}
        for reference in (digest, "other"):
            put = http.put(
                url(simulator, f"manifests/{reference}"),
                data=image().manifest.body,
                headers=headers,
            )
            assert put.status_code == 201
        simulator.move(tag, digest)
        simulator.delete_tag(tag)
    assert [json.loads(hook.body)["updated_tags"] for hook in hooks.came] == [["other"]]


def test_three_failures_turn_the_hook_off(hooks, image):
    hooks.status = 500
    with RegistrySimulator() as simulator:
        simulator.hook_url = hooks.url
        for _ in range(FAILURES_MAX + 2):
            simulator.push(image(), simulator.tag("acme/app"))
    assert len(hooks.came) == FAILURES_MAX


def test_a_receiver_that_is_down_does_not_disturb_a_push(image):
    with RegistrySimulator() as simulator:
        simulator.hook_url = "http://127.0.0.1:1/"
        simulator.push(image(), simulator.tag("acme/app"))
