"""Idle workers wake at once."""

import threading

import pytest

from watchdog.errors import StoreError
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.due import DueSet
from watchdog.store.wake import Waker

LONG_S = 60.0


@pytest.fixture
def waker(redis_client):
    waker = Waker(redis_client)
    yield waker
    waker.close()


@pytest.fixture
def looks(redis_client):
    return DueSet(redis_client, "looks")


def scheduled_now(looks):
    looks.schedule([("a", 0)])


def completed_with_an_announcement(looks):
    looks.complete(looks.claim(), next_in_ms=None, announce=[("lanes", "slack|a")])


def committed_with_an_announcement(looks):
    looks.commit(looks.claim(), [], [("lanes", "slack|a")])


def given_back(looks):
    looks.give_back(looks.claim())


def completed_after_it_moved(looks):
    claim = looks.claim()
    looks.schedule([("before", 0)])
    looks.complete(claim, next_in_ms=None)


@pytest.mark.parametrize(
    "act",
    [
        lambda looks: looks.announce("a"),
        scheduled_now,
        completed_with_an_announcement,
        committed_with_an_announcement,
        given_back,
        completed_after_it_moved,
        lambda looks: (looks.claim(), looks.void_leases()),
    ],
)
def test_what_becomes_due_at_once_ends_the_sleep(waker, looks, act):
    looks.announce("before")
    waker.wait(LONG_S)  # subscribes
    act(looks)
    waker.wait(LONG_S)


def test_a_sleeper_is_woken_from_another_thread(waker, looks):
    waker.wait(LONG_S)
    timer = threading.Timer(0.05, looks.announce, ["a"])
    timer.start()
    waker.wait(LONG_S)
    timer.join()
    assert looks.claim().member == "a"


def test_a_burst_of_announcements_ends_one_sleep(waker, redis_client):
    waker.wait(LONG_S)
    with redis_client.pipeline(transaction=True) as burst:
        for _ in range(5):
            burst.publish(keys.WAKE_CHANNEL, "looks")
        burst.execute()
    waker.wait(LONG_S)
    assert waker._subscription.get_message(timeout=0.01) is None


def test_without_an_announcement_the_sleep_ends_by_time(waker):
    waker.wait(LONG_S)
    waker.wait(0.01)


def test_the_first_wait_returns_at_once_because_earlier_announcements_are_not_told(waker):
    waker.wait(LONG_S)


def test_a_lost_connection_is_told_and_the_next_wait_subscribes_again(waker, looks, redis_client):
    waker.wait(LONG_S)
    redis_client.client_kill_filter(_type="pubsub")
    with pytest.raises(StoreError, match="waiting"):
        waker.wait(LONG_S)
    waker.wait(LONG_S)
    looks.announce("a")
    waker.wait(LONG_S)


def test_an_unreachable_store_is_a_store_error_each_time(tmp_path):
    waker = Waker(connect(f"unix://{tmp_path}/gone.sock"))
    for _ in range(2):
        with pytest.raises(StoreError):
            waker.wait(0.01)
