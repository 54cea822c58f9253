"""Hostile answers of a registry: each ends in time, and the next push is judged."""

import gzip
import json
from dataclasses import replace

import pytest

from watchdog.core.verdict import Code
from watchdog.demo.registry_http import Answer
from watchdog.registry.client import RegistryClient
from watchdog.registry.credentials import AuthFile, Credentials
from watchdog.registry.exchange import HostSettings
from watchdog.registry.login import Login
from watchdog.registry.transport import Transport

DEADLINE_S = 0.5
BOMB = gzip.compress(b" " * 50_000_000)
PASSWORD = "hunter2"


@pytest.fixture
def answers(house):
    """Let a function change the registry's answers; it gives None for one that may stay."""
    honest = house.registry._server.answer
    changed = []

    def answer(asked):
        said = changed[0](asked) if changed else None
        return said or honest(asked)

    house.registry._server.answer = answer
    return changed


@pytest.fixture
def impatient(house, stack):
    """A client whose exchanges last at most DEADLINE_S, logged in at the registry."""
    house.registry.require_token("alice", PASSWORD)
    client = RegistryClient(
        Transport({house.registry.host: HostSettings(plain_http=True)}, timeout_s=DEADLINE_S),
        Credentials((AuthFile({house.registry.host: Login("alice", PASSWORD)}),)),
    )
    stack.callback(client.close)
    house.tools.registry = client


def for_part(part, answer):
    """Answer so for manifests or blobs, wherever they are asked for."""
    parts = (f"/{part}/", f"/{part.removesuffix('s')}/")
    return lambda asked: answer if any(one in asked.path for one in parts) else None


def redirect(location):
    return Answer(302, {"Location": location})


UNREADABLE = {
    "gzip-bomb": Answer(200, {"Content-Encoding": "gzip"}, BOMB),
    "deflate": Answer(200, {"Content-Encoding": "deflate, gzip"}, b"x"),
    "to-a-file": redirect("file:///etc/passwd"),
    "to-a-script": redirect("javascript:alert(1)"),
    "to-gopher": redirect("gopher://127.0.0.1:6379/_FLUSHALL"),
    "to-another-plain-host": redirect("http://localhost:1/"),
    "to-a-host-without-a-scheme": redirect("//localhost:1/"),
    "to-a-user": redirect(f"https://alice:{PASSWORD}@localhost:1/"),
    "to-itself": redirect("?again"),
    "to-a-port-that-is-none": redirect("https://localhost:99999/"),
    "other-content": Answer(200, {"Content-Type": "text/html"}, b"<html>log in</html>"),
    "no-content": Answer(204),
    "a-digest-that-is-not-its-own": Answer(
        200, {"Docker-Content-Digest": "sha256:" + "0" * 64}, b"{}"
    ),
    "a-hostile-error": Answer(
        400,
        {},
        json.dumps({"errors": [{"code": "\x1b[2J", "message": "<!channel>" * 900}]}).encode(),
    ),
    "a-hostile-type": Answer(200, {"Content-Type": "\x1b[2J" + "x" * 5000}, b"{}"),
}


def test_a_hostile_answer_is_unreadable_and_the_next_push_is_judged(house, first, answers):
    for number, (name, answer) in enumerate(UNREADABLE.items()):
        for part in ("manifests", "blobs"):
            fix = house.repository.commit(f"fix {number} {part}")
            house.push(fix)
            answers[:] = [for_part(part, answer)]
            house.look()
            said = [finding.code for finding in house.memory.findings]
            assert (name, part, *said) == (name, part, Code.UNREADABLE)
            (finding,) = house.memory.findings
            assert len(finding.detail) < 1000
            assert finding.detail.isprintable()
            assert PASSWORD not in finding.detail
            answers.clear()
            house.look()
            assert (name, *house.memory.verdict.codes) == (name, Code.NEWER)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("part", ["manifests", "blobs"])
def test_a_body_that_drips_ends_at_the_deadline_and_stops_nothing(
    house, first, answers, raw_server, part
):
    def drip(connection, stopping):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n")
        while not stopping.wait(0.05):
            connection.sendall(b" ")

    fix = house.repository.commit("fix")
    house.push(fix)
    answers[:] = [for_part(part, redirect(f"http://{raw_server(drip)}/slow"))]
    house.look()
    assert house.memory.verdict.codes == (Code.REGISTRY_UNREACHABLE,)
    assert house.memory.trusted.revision == first
    answers.clear()
    house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)


@pytest.mark.usefixtures("impatient")
def test_nothing_secret_follows_a_redirect_to_another_server(house, first, answers, serve):
    seen = []

    def elsewhere(asked):
        seen.append(str(asked.headers))
        return Answer(200, {}, b"{}")

    other = serve(elsewhere)

    def answer(asked):
        if "/blobs/" in asked.path:
            return redirect(f"http://{other}/stolen")
        return None

    honest = house.registry._server.answer
    house.registry._server.answer = lambda asked: with_cookie(honest(asked))
    house.push(house.repository.commit("fix"))
    answers[:] = [answer]
    house.look()
    assert house.memory.verdict.codes == (Code.UNREADABLE,)
    assert len(seen) == 1
    for secret in ("authorization", "cookie", "bearer", "basic", PASSWORD, "netrc"):
        assert secret not in seen[0].lower()


def with_cookie(answer):
    return replace(answer, headers={**answer.headers, "Set-Cookie": "session=secret; Path=/"})
