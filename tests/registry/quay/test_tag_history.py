"""What Quay's own API tells of a tag's past."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.reference import Tag
from watchdog.core.tag_history import Mark
from watchdog.demo.images import build_image
from watchdog.demo.registry_http import Answer, Server
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.tag_history import (
    PAGE_ROWS,
    PAGES_MAX,
    ROWS_MAX,
    read_back_to,
    read_tag_history,
)
from watchdog.registry.transport import Transport

AT = datetime(2026, 1, 1, tzinfo=UTC)
DIGEST = f"sha256:{'a' * 64}"


def push(simulator, tag, layer):
    return simulator.push(build_image({}, created=AT, layers=[layer]), tag)


def digests(rows):
    return [row.digest for row in rows]


def test_a_tag_held_its_digests_in_the_order_of_the_list_not_of_the_seconds(simulator, asking):
    tag = simulator.tag("acme/app")
    pushed = [push(simulator, tag, layer) for layer in (b"1", b"2", b"3")]
    push(simulator, simulator.tag("acme/app", "other"), b"4")
    assert digests(read_tag_history(asking(), tag)) == list(reversed(pushed))


def test_a_row_says_from_when_to_when_and_whether_a_person_restored_it(simulator, asking):
    tag = simulator.tag("acme/app")
    first, began = push(simulator, tag, b"1"), simulator.clock.now.replace(microsecond=0)
    simulator.clock.advance(61)
    push(simulator, tag, b"2")
    simulator.quay.restore_by("alice", tag, first)
    restored, _, row = read_tag_history(asking(), tag)
    assert (row.digest, row.since, row.until) == (first, began, began + timedelta(seconds=61))
    assert (restored.digest, restored.restored, restored.until) == (first, True, None)
    assert not row.restored


COUNTS = {PAGE_ROWS - 1: 1, PAGE_ROWS: 2, PAGE_ROWS + 1: 2, ROWS_MAX + 1: 3}


@pytest.mark.parametrize(("count", "requests"), COUNTS.items())
def test_a_history_is_read_back_to_its_mark_page_by_page(simulator, asking, count, requests):
    tag = simulator.tag("acme/app")
    push(simulator, tag, b"marked")
    mark = Mark(simulator.clock.now.replace(microsecond=0), 1)
    simulator.clock.advance(5)
    pushed = [push(simulator, tag, f"{number}".encode()) for number in range(count)]
    simulator.requests.clear()
    rows, reached = read_back_to(asking(), tag, mark)
    assert reached
    assert digests(rows)[:count] == list(reversed(pushed))
    assert len(simulator.requests) == requests


def test_without_a_mark_one_page_is_enough(simulator, asking):
    tag = simulator.tag("acme/app")
    for number in range(PAGE_ROWS + 1):
        push(simulator, tag, f"{number}".encode())
    simulator.requests.clear()
    assert len(read_tag_history(asking(), tag)) == PAGE_ROWS
    assert len(simulator.requests) == 1


def test_an_unknown_tag_has_no_history(simulator, asking):
    push(simulator, simulator.tag("acme/app"), b"1")
    assert read_tag_history(asking(), simulator.tag("acme/app", "nope")) == ()


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_history_that_cannot_be_read_is_not_taken_for_nothing(simulator, asking, status):
    tag = simulator.tag("acme/app")
    push(simulator, tag, b"1")
    simulator.fail_next(status)
    with pytest.raises((MalformedError, RemoteError)):
        read_tag_history(asking(), tag)


def test_a_private_repository_is_read_with_a_token(simulator, asking):
    tag = simulator.tag("acme/secret")
    simulator.quay.create("acme/secret", public=False)
    digest = push(simulator, tag, b"1")
    simulator.quay.grant("a-token", scope="repo:read")
    with pytest.raises(DeniedError, match="WATCHDOG_QUAY_TOKEN"):
        read_tag_history(asking(), tag)
    assert digests(read_tag_history(asking("a-token"), tag)) == [digest]
    with pytest.raises(NotFoundError):
        read_tag_history(asking("a-token"), simulator.tag("acme/nope"))


def row(**changes):
    return {"name": "latest", "start_ts": 1, "manifest_digest": DIGEST, **changes}


HOSTILE = {
    "no-list": {"tags": 1},
    "a-row-is-none": {"tags": ["row"]},
    "another-tag": {"tags": [row(name="other")]},
    "no-digest": {"tags": [row(manifest_digest="sha256:junk")]},
    "no-time": {"tags": [row(start_ts="soon")]},
    "a-bool-for-a-time": {"tags": [row(start_ts=True)]},
    "before-all-time": {"tags": [row(start_ts=-1)]},
    "after-all-time": {"tags": [row(end_ts=10**30)]},
    "too-many": {"tags": [row()] * 101},
}


@pytest.fixture
def hostile():
    """Makes a tag of a registry that gives one answer to everything, and counts."""
    servers = []

    def make(document):
        body = json.dumps(document).encode()
        asked = []
        server = Server(("127.0.0.1", 0), lambda one: asked.append(one) or Answer(200, {}, body))
        server.start()
        servers.append(server)
        return f"127.0.0.1:{server.server_port}", asked

    yield make
    for server in servers:
        server.stop()


def ask(host, read=read_tag_history, *arguments):
    api = QuayApi(Transport({host: HostSettings(plain_http=True)}))
    try:
        return read(api, Tag.parse(f"{host}/acme/app"), *arguments)
    finally:
        api.close()


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_a_history_that_is_none_is_malformed(hostile, document):
    host, _ = hostile(document)
    with pytest.raises(MalformedError, match="acme/app:latest"):
        ask(host)


def test_a_history_without_an_end_is_read_so_far(hostile):
    host, asked = hostile({"tags": [row(start_ts=9)], "has_additional": True})
    rows, reached = ask(host, read_back_to, Mark(AT.replace(year=1969), 1))
    assert not reached
    assert len(rows) == 1
    assert len(asked) == PAGES_MAX + 1
