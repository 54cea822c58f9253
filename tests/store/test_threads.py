"""What channels remember of a thread stands and falls with the delivery that it came from."""

import pytest

from watchdog.errors import StaleLeaseError
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.store.outbox import Outbox
from watchdog.store.threads import REMEMBERED_S, Threads, thread_writes

LANE = "slack|quay.io/a/b:latest"


@pytest.fixture
def lanes(redis_client):
    return DueSet(redis_client, keys.LANES)


@pytest.fixture
def outbox(redis_client, lanes):
    redis_client.rpush(keys.lane(LANE), b"first", b"second")
    lanes.announce(LANE)
    return Outbox(redis_client, lanes)


@pytest.fixture
def threads(redis_client):
    return Threads(redis_client)


def test_what_a_delivery_returned_is_remembered_for_its_channel_and_thread_alone(
    lanes, outbox, threads
):
    outbox.delivered(lanes.claim(), thread_writes("slack", "incident-1", "ö\n1"))
    assert threads.recall("slack", "incident-1") == "ö\n1"
    assert threads.recall("slack", "incident-2") is None
    assert threads.recall("matrix", "incident-1") is None


def test_a_delivery_that_came_too_late_changes_nothing(redis_client, lanes, outbox, threads):
    outbox.delivered(lanes.claim(), thread_writes("slack", "incident-1", "first"))
    claim = lanes.claim()
    lanes.give_back(claim)  # its lease ran out, and somebody else has it
    with pytest.raises(StaleLeaseError):
        outbox.delivered(claim, thread_writes("slack", "incident-1", "second"))
    assert threads.recall("slack", "incident-1") == "first"
    assert redis_client.llen(keys.lane(LANE)) == 1


def test_what_is_remembered_is_kept_for_sixty_days_after_the_last_message(
    redis_client, lanes, outbox
):
    key = keys.thread("slack", "incident-1")
    outbox.delivered(lanes.claim(), thread_writes("slack", "incident-1", "first"))
    assert 0 < redis_client.ttl(key) <= REMEMBERED_S == 60 * 24 * 3600
    redis_client.expire(key, 5)
    outbox.delivered(lanes.claim(), thread_writes("slack", "incident-1", "second"))
    assert redis_client.ttl(key) > 5
