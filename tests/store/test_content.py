"""The cache of content: bounded, and a miss when the store is down."""

import os

import pytest

from watchdog.core.reference import Digest
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.content import BODY_MAX_BYTES, ContentStore

BODIES = [bytes([65 + n]) * 100 for n in range(5)]


@pytest.fixture
def content(client):
    return ContentStore(client, max_bytes=300)


def put(content, *bodies):
    for body in bodies:
        content.put(Digest.of(body), body)


def kept(content):
    return [body for body in BODIES if content.get(Digest.of(body)) == body]


def size(client):
    return int(client.get(keys.CONTENT_SIZE))


def test_a_body_is_kept(content):
    put(content, BODIES[0])
    assert content.get(Digest.of(BODIES[0])) == BODIES[0]
    assert content.get(Digest.of(BODIES[1])) is None


def test_another_process_has_it_too(content, any_server):
    put(content, BODIES[0])
    other = connect(any_server)
    assert ContentStore(other).get(Digest.of(BODIES[0])) == BODIES[0]
    other.close()


def test_the_ones_put_first_make_room(content, client):
    put(content, *BODIES)
    assert kept(content) == BODIES[2:]
    assert size(client) == 300
    assert client.hlen(keys.CONTENT) == client.zcard(keys.CONTENT_AGES) == 3


def test_a_body_put_again_counts_once_and_is_the_latest(content, client):
    put(content, BODIES[0], BODIES[1], BODIES[0])
    assert size(client) == 200
    client.zadd(keys.CONTENT_AGES, {str(Digest.of(BODIES[1])): 1})
    put(content, BODIES[2], BODIES[3])
    assert kept(content) == [BODIES[0], BODIES[2], BODIES[3]]


def test_a_body_that_is_too_old_makes_room_for_any_other(content, client):
    put(content, BODIES[0])
    client.zadd(keys.CONTENT_AGES, {str(Digest.of(BODIES[0])): 1})
    put(content, BODIES[1])
    assert kept(content) == [BODIES[1]]
    assert size(client) == 100


def test_all_of_it_goes_when_nothing_was_put_for_long(client):
    put(ContentStore(client, kept_s=100), BODIES[0])
    names = (keys.CONTENT, keys.CONTENT_AGES, keys.CONTENT_SIZE)
    assert all(0 < client.pttl(name) <= 100_000 for name in names)


def test_a_body_larger_than_all_of_it_is_not_kept(content, client):
    put(content, BODIES[0])
    put(content, b"x" * 301)
    assert kept(content) == [BODIES[0]]
    large = b"x" * (BODY_MAX_BYTES + 1)
    put(ContentStore(client), large)
    assert ContentStore(client).get(Digest.of(large)) is None


def test_real_bytes_survive(client):
    content, body = ContentStore(client), os.urandom(1024)
    put(content, body)
    assert content.get(Digest.of(body)) == body


@pytest.fixture
def down(tmp_path):
    client = connect(f"unix://{tmp_path}/absent")
    yield client
    client.close()


def test_a_store_that_is_down_is_a_miss(down):
    content = ContentStore(down, left_alone_s=0.0)
    put(content, BODIES[0])
    assert content.get(Digest.of(BODIES[0])) is None


def test_a_store_that_was_down_is_left_alone_for_a_while(client):
    content, later = ContentStore(client), ContentStore(client, left_alone_s=0.0)
    client.set(keys.CONTENT, "of another type")
    for one in (content, later):
        assert one.get(Digest.of(BODIES[0])) is None
    client.delete(keys.CONTENT)
    put(content, BODIES[0])
    assert client.exists(keys.CONTENT) == 0
    put(later, BODIES[0])
    assert content.get(Digest.of(BODIES[0])) is None
    assert later.get(Digest.of(BODIES[0])) == BODIES[0]
