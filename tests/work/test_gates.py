"""One delivery at a time for each channel, and a pause for all of it after one that failed."""

import pytest

from watchdog.work.gates import BUSY_WAIT_MS, Gates


class Clock:
    """Seconds that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gates(clock):
    return Gates(clock)


def failed(gates, lane="slack|a", retry_after_s=None):
    assert gates.enter("slack", lane) == 0
    gates.failed("slack", lane, retry_after_s)
    gates.leave("slack")


def test_a_busy_channel_lets_no_other_lane_pass_and_holds_up_no_other_channel(gates):
    assert gates.enter("slack", "slack|a") == 0
    assert gates.enter("slack", "slack|b") == BUSY_WAIT_MS
    assert gates.enter("matrix", "matrix|b") == 0
    gates.leave("slack")
    assert gates.enter("slack", "slack|b") == 0


def test_after_a_failure_the_other_lanes_wait_and_the_failed_one_by_its_own_back_off(gates, clock):
    failed(gates)
    assert gates.enter("slack", "slack|b") == 1000
    clock.now += 0.4
    assert gates.enter("slack", "slack|b") == 600
    assert gates.enter("matrix", "matrix|b") == 0
    assert gates.enter("slack", "slack|a") == 0


def test_each_failure_in_a_row_makes_the_pause_longer_until_one_is_taken(gates, clock):
    pauses = []
    for _ in range(7):
        failed(gates)
        pauses.append(gates.enter("slack", "slack|b"))
        clock.now += 3600
    assert pauses == [1000, 5000, 15_000, 60_000, 300_000, 600_000, 600_000]
    assert gates.enter("slack", "slack|b") == 0
    gates.took("slack")
    gates.leave("slack")
    failed(gates)
    assert gates.enter("slack", "slack|b") == 1000


def test_what_the_far_side_asks_for_holds_for_all_lanes_within_an_hour(gates, clock):
    failed(gates, retry_after_s=90)
    assert gates.enter("slack", "slack|b") == 90_000
    clock.now += 90
    failed(gates, retry_after_s=1e6)
    assert gates.enter("slack", "slack|b") == 3_600_000
