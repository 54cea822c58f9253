"""Lanes: what leaves them when, and when they are tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.channel_health import ChannelState
from watchdog.core.message import Message, Severity
from watchdog.core.routing import Route, Routes
from watchdog.store import keys
from watchdog.store.channels import Channels, channels_writes
from watchdog.store.due import DueSet
from watchdog.store.outbox import Outbox, post

AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


def message(subject, number=1):
    return Message(f"m{number}", subject, "wrong", Severity.CRITICAL, "wrong", (), (), AT)


@pytest.fixture
def lanes(redis_client):
    return DueSet(redis_client, keys.LANES)


@pytest.fixture
def outbox(redis_client, lanes):
    return Outbox(redis_client, lanes)


@pytest.fixture
def posted(redis_client, lanes):
    """Put messages about these subjects into the lanes of channels."""

    def put(channels, *subjects):
        posting = post([message(name, n) for n, name in enumerate(subjects)], Routes(channels))
        for write in posting.writes:
            redis_client.execute_command(*write)
        for _, member in posting.announce:
            lanes.announce(member)

    return put


@pytest.fixture
def claimed(redis_client, lanes):
    """Claim a lane, whenever it is due."""

    def claim(lane="slack|a"):
        redis_client.zadd(keys.due_keys(keys.LANES)[0], {lane: 0})
        return lanes.claim()

    return claim


@pytest.fixture
def states(redis_client):
    return lambda: {state.name: state for state in Channels(redis_client).states()}


def test_a_message_goes_into_the_lanes_of_the_channels_that_its_route_names():
    routes = Routes(("slack", "ops"), (Route(("ops",), severities=(Severity.CRITICAL,)),))
    assert post([message("a")], routes).announce == [(keys.LANES, "ops|a")]


def test_what_is_settled_leaves_the_lane_wherever_it_stands(outbox, posted, claimed):
    posted(["slack"], "a", "a", "a", "a")
    claim = claimed()
    lane = outbox.lane(claim)
    outbox.delivered(claim, (), [lane.packed[0], lane.packed[2]])
    assert [left.id for left in outbox.lane(claimed()).messages] == ["m1", "m3"]


def test_of_two_that_are_alike_one_leaves(redis_client, outbox, posted, claimed):
    posted(["slack"], "a")
    posted(["slack"], "a")
    claim = claimed()
    outbox.delivered(claim, (), outbox.lane(claim).packed[:1])
    assert redis_client.llen(keys.lane("slack|a")) == 1


@pytest.mark.parametrize(
    ("how", "waits"),
    [
        ({}, [1, 5, 15, 60, 300, 600, 600]),
        ({"refused": True}, [60, 600, 3600, 3600]),
    ],
)
def test_the_next_attempt_is_later_each_time(outbox, posted, claimed, how, waits):
    posted(["slack"], "a")
    assert [outbox.failed(claimed(), "busy", None, **how) for _ in waits] == waits


@pytest.mark.parametrize(("asked", "waits"), [(30, 30), (0.5, 1), (900, 900), (1e9, 3600)])
def test_what_the_far_side_asks_for_is_waited_for_within_an_hour(
    lanes, outbox, posted, asked, waits
):
    posted(["slack"], "a")
    assert outbox.failed(lanes.claim(), "busy", asked) == waits
    assert lanes.next_due_ms() == pytest.approx(waits * 1000, abs=900)


def test_a_failure_is_kept_with_its_beginning_until_a_delivery(outbox, posted, claimed):
    posted(["slack"], "a", "a")
    first = claimed()
    outbox.failed(first, "busy", None)
    outbox.failed(claimed(), "gone", None, refused=True)
    later = replace(claimed(), now_ms=first.now_ms + 90_000)
    outbox.failed(later, "still gone", None, refused=True)
    claim = claimed()
    failure = outbox.lane(claim).failure
    assert (failure.attempts, failure.reason) == (3, "still gone")
    assert failure.since.timestamp() * 1000 == pytest.approx(first.now_ms, abs=1)
    assert timedelta() <= failure.refused_since - failure.since < timedelta(seconds=60)
    outbox.delivered(claim)
    assert outbox.lane(claimed()).failure is None


def test_a_channel_that_is_away_again_no_longer_refuses(outbox, posted, claimed):
    posted(["slack"], "a")
    outbox.failed(claimed(), "gone", None, refused=True)
    outbox.failed(claimed(), "busy", None)
    assert outbox.lane(claimed()).failure.refused_since is None


def test_what_is_given_up_is_counted_and_leaves_no_failure_behind(
    redis_client, outbox, posted, claimed, states
):
    posted(["slack"], "a", "a")
    outbox.failed(claimed(), "gone", None)
    for left in (1, 0):
        claim = claimed()
        outbox.given_up(claim, outbox.lane(claim).packed[:1])
        assert bool(outbox.failing()) is bool(left)
    redis_client.hset(keys.CHANNELS, "slack", "slack")
    assert states() == {"slack": ChannelState("slack", "slack", given_up=2)}


def test_what_was_not_tried_yet_waits_without_a_reason(posted, states):
    assert states() == {}
    posted(["slack"], "a", "b")
    assert states() == {"slack": ChannelState("slack", waiting=2)}


def test_every_message_of_a_channel_waits_whatever_its_lane(lanes, outbox, posted, states):
    posted(["slack", "matrix"], "a", "a", "b", "c")
    for claim in iter(lanes.claim, None):
        if claim.member == "slack|b":
            outbox.failed(claim, "gone", None, refused=True)
        elif claim.member in {"slack|a", "matrix|b"}:
            outbox.failed(claim, "busy", None)
    found = states()
    assert {name: state.waiting for name, state in found.items()} == {"matrix": 4, "slack": 4}
    assert found["slack"].failure.reason == "gone"
    assert found["matrix"].failure.reason == "busy"


def test_what_was_delivered_after_all_waits_no_more(redis_client, outbox, posted, claimed, states):
    for write in channels_writes({"slack": "slack", "ops": "matrix"}):
        redis_client.execute_command(*write)
    posted(["slack"], "a")
    outbox.failed(claimed(), "busy", None)
    claim = claimed()
    outbox.delivered(claim)
    assert set(states()) == {"slack", "ops"}
    assert states()["ops"] == ChannelState("ops", "matrix")
    slack = states()["slack"]
    assert (slack.waiting, slack.failure) == (0, None)
    assert slack.delivered_at.timestamp() * 1000 == pytest.approx(claim.now_ms, abs=1)


def test_a_failure_that_was_noted_too_late_is_forgotten_with_the_empty_lane(
    redis_client, outbox, posted, claimed, states
):
    posted(["slack"], "a")
    claim = claimed()
    redis_client.delete(keys.lane(claim.member))  # another worker delivered it meanwhile
    outbox.failed(claim, "busy", None)
    outbox.empty(claimed())
    assert states() == {}


def test_a_channel_that_no_worker_has_any_more_is_not_named(redis_client, states):
    for kinds in ({"ops": "slack"}, {}):
        for write in channels_writes(kinds):
            redis_client.execute_command(*write)
        assert set(states()) == set(kinds)
