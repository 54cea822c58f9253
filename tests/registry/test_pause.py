"""A host that asks for patience, or is away, is left alone as a whole."""

import threading

import pytest

from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.exchange import Origin, Reply
from watchdog.registry.pause import (
    FAILURES_IN_A_ROW,
    FIRST_BUSY_S,
    FIRST_PAUSE_S,
    HOSTS_MAX,
    LONGEST_BUSY_S,
    LONGEST_PAUSE_S,
    PROBE_WAIT_S,
    HostPause,
)

HOST = "quay.io"
WELL = None


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pause(clock):
    return HostPause(clock)


def busy(seconds, status=429):
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return Reply(status, headers, b"", Origin("https", HOST, 443))


def rest(pause, host=HOST):
    """Say how long a host is still left alone; None if it may be asked now."""
    try:
        pause.enter(host, "acme/app:latest")
    except RemoteError as error:
        return error.retry_after
    return None


def fail(pause, times, host=HOST):
    for _ in range(times):
        pause.leave_failed(host)


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_says_when_to_come_back_is_asked_then(pause, clock, status):
    pause.leave_answered(HOST, busy(30, status))
    assert rest(pause) == 30
    clock.now += 29
    assert rest(pause) == 1
    clock.now += 1
    assert rest(pause) is None


def test_other_hosts_are_asked_meanwhile(pause):
    pause.leave_answered(HOST, busy(30))
    assert rest(pause, "ghcr.io") is None


@pytest.mark.parametrize("said", [None, "soon"])
def test_a_host_that_is_asked_too_often_and_names_no_time_is_left_alone_for_a_moment(
    pause, clock, said
):
    pauses = []
    for _ in range(5):
        pause.leave_answered(HOST, busy(said))
        pauses.append(rest(pause))
        clock.now += pauses[-1]
        assert rest(pause) is None
    assert pauses == [1, 2, 4, LONGEST_BUSY_S, LONGEST_BUSY_S]
    pause.leave_answered(HOST)
    pause.leave_answered(HOST, busy(said))
    assert rest(pause) == FIRST_BUSY_S


@pytest.mark.parametrize(
    "reply", [busy(0), busy(None, 503), busy(30, 500), busy(30, 200), busy("soon", 503), None]
)
def test_other_answers_ask_for_no_patience(pause, reply):
    pause.leave_answered(HOST, reply)
    assert rest(pause) is None


def test_a_host_is_away_after_so_many_failures_in_a_row(pause):
    fail(pause, FAILURES_IN_A_ROW - 1)
    assert rest(pause) is None
    fail(pause, 1)
    assert rest(pause) == FIRST_PAUSE_S


def test_an_answer_in_between_makes_no_row(pause):
    fail(pause, FAILURES_IN_A_ROW - 1)
    pause.leave_answered(HOST)
    fail(pause, FAILURES_IN_A_ROW - 1)
    assert rest(pause) is None


def test_pauses_become_longer_up_to_a_limit(pause, clock):
    fail(pause, FAILURES_IN_A_ROW)
    pauses = []
    for _ in range(6):
        pauses.append(rest(pause))
        clock.now += pauses[-1]
        assert rest(pause) is None
        fail(pause, 1)
    assert pauses == [5, 10, 20, 40, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_after_a_pause_one_request_goes_first(pause, clock):
    pause.leave_answered(HOST, busy(30))
    clock.now += 30
    assert rest(pause) is None
    assert rest(pause) == PROBE_WAIT_S
    pause.leave_answered(HOST)
    assert [rest(pause), rest(pause)] == [WELL, WELL]


def test_the_first_request_may_find_the_host_busy_still(pause, clock):
    pause.leave_answered(HOST, busy(30))
    clock.now += 30
    assert rest(pause) is None
    pause.leave_answered(HOST, busy(60))
    assert rest(pause) == 60


def test_requests_that_began_before_a_pause_do_not_end_it(pause):
    pause.leave_answered(HOST, busy(30))
    pause.leave_answered(HOST)
    assert rest(pause) == 30


def test_requests_that_began_before_a_pause_do_not_lengthen_it(pause):
    fail(pause, FAILURES_IN_A_ROW + 5)
    assert rest(pause) == FIRST_PAUSE_S


def test_one_of_many_threads_goes_first(pause, clock):
    pause.leave_answered(HOST, busy(30))
    clock.now += 30
    found = []
    threads = [threading.Thread(target=lambda: found.append(rest(pause))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=str) == [PROBE_WAIT_S] * 7 + [None]


def test_so_many_hosts_are_remembered_and_the_latest_of_them(pause):
    for n in range(HOSTS_MAX + 1):
        pause.leave_answered(f"h{n}", busy(30))
    assert rest(pause, "h0") is None
    assert rest(pause, "h1") == 30


# The same, as it shows


def test_one_tags_refusal_spares_the_host_the_other_tags(simulator, client, failing):
    simulator.fail_next(429, retry_after="100")
    first, second = simulator.tag("acme/app"), simulator.tag("acme/other")
    assert failing(client, first).retry_after == 100
    with pytest.raises(RemoteError, match=r"acme/other:latest: .* is not asked") as caught:
        client.digest(second)
    assert caught.value.retryable
    assert 99 < caught.value.retry_after <= 100
    assert len(simulator.requests) == 1


def test_a_host_that_hangs_up_is_left_alone_after_three_tags(raw_server, make_client, tag_of):
    came = []
    host = raw_server(lambda *_: came.append(1))
    client, errors = make_client(host), []
    for _ in range(5):
        with pytest.raises(RemoteError) as caught:
            client.digest(tag_of(host))
        errors.append(caught.value)
    assert len(came) == FAILURES_IN_A_ROW
    assert all(error.retryable for error in errors)
    assert [error.retry_after is not None for error in errors] == [False, False, False, True, True]


def test_a_host_that_answers_nonsense_is_no_host_that_is_away(
    raw_server, make_client, tag_of, failing
):
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"
    host = raw_server(lambda connection, _: connection.sendall(head))
    client = make_client(host)
    for _ in range(FAILURES_IN_A_ROW + 2):
        assert "compressed" in str(failing(client, tag_of(host), MalformedError))


def test_where_a_redirect_leads_is_a_host_of_its_own(serve, make_client, tag_of, failing):
    other = serve(lambda _: busy_answer(), tls=True)
    asked = []

    def answer(request):
        asked.append(request.path)
        return redirect(other)

    host = serve(answer, tls=True)
    client = make_client()
    failing(client, tag_of(host))
    assert f"{other} is not asked" in str(failing(client, tag_of(host)))
    assert len(asked) == 2


def redirect(host):
    return Answer(302, {"Location": f"https://{host}/"})


def busy_answer():
    return Answer(503, {"Retry-After": "100"})
