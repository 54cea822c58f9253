"""How fast one Quay is asked by all that one process asks of it, and who goes first."""

import threading

import pytest

from watchdog.core.reference import Repository
from watchdog.errors import RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.pace import WAIT_MAX_S, YIELD_MAX_S, Pace, Turn
from watchdog.registry.quay.repositories import repository_info
from watchdog.registry.quay.restoring import restore
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.registry.transport import Transport

HOST = "quay.io"


class Time:
    """A clock that only goes forward while somebody sleeps, and a pace that goes by it."""

    def __init__(self, **rates):
        self.now, self.slept = 1000.0, []
        self.pace = Pace(rates.get("rates"), clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, times, turn=Turn.NEXT, host=HOST):
        for _ in range(times):
            self.pace.wait(host, turn, "acme/app:latest")


@pytest.fixture
def time():
    return Time()


def test_twenty_go_at_once_and_then_four_a_second(time):
    time.wait(20)
    assert time.slept == []
    time.wait(8)
    assert time.slept == [0.25] * 8


def test_what_was_not_asked_for_a_while_may_be_asked_at_once_again(time):
    time.wait(20)
    time.now += 2
    time.wait(8)
    assert time.slept == []
    time.now += 3600
    time.wait(21)
    assert time.slept == [0.25]


def test_each_host_has_its_own_pace():
    time = Time(rates={"q.corp": 40.0})
    time.wait(20)
    time.wait(200, host="q.corp")
    time.wait(20, host="quay.example")
    assert time.slept == []
    time.wait(1, host="q.corp")
    assert time.slept == [pytest.approx(0.025)]


def test_who_would_wait_too_long_is_sent_away_and_takes_no_turn(time):
    time.pace = Pace(clock=lambda: time.now, sleep=lambda _: None)
    time.wait(20 + round(4 * WAIT_MAX_S))
    for _ in range(2):
        with pytest.raises(RemoteError, match="acme/app:latest: too much is asked") as caught:
            time.wait(1)
        assert caught.value.retryable
        assert caught.value.retry_after == WAIT_MAX_S + 0.25
    time.now += 0.25
    time.wait(1)


def test_what_rests_on_a_reading_waits_for_nobody(time):
    time.wait(20)
    time.wait(3, Turn.AT_ONCE)
    assert time.slept == []
    time.wait(1)
    assert time.slept == [1.0]


def test_a_chore_leaves_half_of_it_to_looks(time):
    time.wait(10, Turn.LATER)
    assert time.slept == []
    time.wait(1, Turn.LATER)
    assert time.slept == [0.25]
    time.wait(10)
    assert time.slept == [0.25]


def test_a_chore_waits_while_looks_go_on_but_not_for_ever(time):
    def look_meanwhile(seconds):
        time.sleep(seconds)
        time.pace.wait(HOST, Turn.AT_ONCE, "a look")

    pace = time.pace = Pace(clock=lambda: time.now, sleep=look_meanwhile)
    time.wait(30, Turn.AT_ONCE)
    began = time.now
    pace.wait(HOST, Turn.LATER, "a chore")
    assert YIELD_MAX_S <= time.now - began <= YIELD_MAX_S + WAIT_MAX_S


def test_many_threads_share_one_pace():
    slept, lock = [], threading.Lock()

    def sleep(seconds):
        with lock:
            slept.append(seconds)

    pace = Pace(clock=lambda: 0.0, sleep=sleep)
    threads = [threading.Thread(target=pace.wait, args=(HOST, Turn.NEXT, "x")) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(slept) == [0.25, 0.5, 0.75, 1.0]


def test_looks_and_chores_of_one_api_share_it_and_a_restore_does_not_wait(simulator, image, time):
    transport = Transport({simulator.host: HostSettings(plain_http=True)})
    simulator.quay.grant("a-token", scope="repo:admin")
    api = QuayApi(transport, {simulator.host: "a-token"}, pace=time.pace)
    tag = simulator.tag("acme/app")
    digest = simulator.push(image(), tag)
    repository = Repository(simulator.host, "acme/app")
    for _ in range(10):
        repository_info(api.after_others(), repository)
    assert time.slept == []
    repository_info(api.after_others(), repository)
    assert time.slept == [0.25]
    for _ in range(10):
        repository_info(api, repository)
    assert time.slept == [0.25]
    read_tag_history(api.before_others(), tag)
    restore(api, tag, digest)
    assert time.slept == [0.25]
    read_tag_history(api, tag)
    assert time.slept == [0.25, 0.75]
    api.close()
