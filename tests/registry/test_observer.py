"""What an observer is told of each exchange: never a secret."""

import pytest

from watchdog.demo.registry_http import Answer
from watchdog.errors import WatchdogError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@pytest.fixture
def steps():
    return []


def test_each_exchange_is_told_with_its_bytes(serve, make_client, tag_of, steps):
    host = serve(lambda _: Answer(200, {"Content-Type": MANIFEST}, b"[" + b" " * 99))
    tag = tag_of(host)
    with pytest.raises(WatchdogError):
        make_client(host, transport={"observer": steps.append}).observe(tag)
    (step,) = steps
    assert (step.by, step.result, step.size_bytes) == ("GET", "200", 100)
    assert step.what == f"http://{host}/v2/{tag.repository.path}/manifests/{tag.name}"
    assert step.took_ms > 0


def test_redirects_are_told_one_by_one_without_their_query(serve, make_client, tag_of, steps):
    def answer(asked):
        moved = {"Location": "/elsewhere?X-Signature=secret"}
        return Answer(404, {}, b"") if "elsewhere" in asked.path else Answer(307, moved, b"")

    host = serve(answer)
    with pytest.raises(WatchdogError):
        make_client(host, transport={"observer": steps.append}).observe(tag_of(host))
    assert [step.result for step in steps] == ["307", "404"]
    assert steps[1].what == f"http://{host}/elsewhere"


def test_a_host_that_does_not_answer_is_told(raw_server, make_client, tag_of, steps):
    host = raw_server(lambda connection, _: connection.close())
    with pytest.raises(WatchdogError):
        make_client(host, transport={"observer": steps.append}).observe(tag_of(host))
    assert {(step.result, step.size_bytes) for step in steps} == {("no answer", 0)}
