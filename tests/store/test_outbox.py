"""What was not delivered is said, by channel."""

from datetime import UTC, datetime

import pytest

from watchdog.core.message import Message, Severity
from watchdog.core.routing import Routes
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.store.outbox import Outbox, Undelivered, post, undelivered

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


def test_what_was_not_tried_yet_is_not_undelivered(redis_client, posted):
    assert undelivered(redis_client) == ()
    posted(["slack"], "a")
    assert undelivered(redis_client) == ()


def test_every_message_behind_a_failed_one_waits_with_it(redis_client, lanes, outbox, posted):
    posted(["slack", "matrix"], "a", "a", "b", "c")
    for claim in iter(lanes.claim, None):
        subject = claim.member.partition("|")[2]
        if claim.member.startswith("slack"):
            outbox.failed(claim, "busy" if subject == "a" else "gone", None)
        elif subject == "b":
            outbox.failed(claim, "no room", None)
    assert undelivered(redis_client) == (
        Undelivered("matrix", 1, "no room"),
        Undelivered("slack", 4, "busy"),
    )


def test_what_was_delivered_after_all_waits_no_more(redis_client, lanes, outbox, posted):
    posted(["slack"], "a")
    outbox.failed(lanes.claim(), "busy", None)
    lanes.announce("slack|a")
    redis_client.zadd(keys.due_keys(keys.LANES)[0], {"slack|a": 0})
    outbox.delivered(lanes.claim())
    assert undelivered(redis_client) == ()


def test_a_failure_that_was_noted_too_late_is_of_no_message(redis_client, lanes, outbox, posted):
    posted(["slack"], "a")
    claim = lanes.claim()
    redis_client.delete(keys.lane(claim.member))  # another worker delivered it meanwhile
    outbox.failed(claim, "busy", None)
    assert undelivered(redis_client) == ()
