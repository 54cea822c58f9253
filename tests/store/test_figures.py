"""What monitoring reads of the due sets and the outbox."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.message import Message, Severity
from watchdog.core.routing import Routes
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.store.figures import Backlog, Figures
from watchdog.store.outbox import post
from watchdog.store.records import Records

AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)


@pytest.fixture
def figures(client):
    return Figures(client)


def test_an_empty_store_has_nothing_due_and_nothing_waiting(figures):
    assert {one.earliest for one in figures.due_sets().values()} == {None}
    assert {(one.waiting, one.leased) for one in figures.due_sets().values()} == {(0, 0)}
    assert figures.outbox() == {}


def test_what_nobody_claims_has_been_due_since_its_time(client, figures, looks):
    looks.schedule([("early", 0), ("late", 60_000)])
    client.zadd(keys.due_keys(keys.LOOKS)[0], {"early": 1_000})
    found = figures.due_sets()[keys.LOOKS]
    assert (found.waiting, found.leased) == (2, 0)
    assert found.earliest == datetime.fromtimestamp(1, UTC)


def test_what_a_dead_worker_held_is_late_since_its_lease_ran_out(client, figures, looks):
    looks.announce("held")
    looks.claim()
    held = figures.due_sets()[keys.LOOKS]
    assert (held.waiting, held.leased) == (0, 1)
    assert held.earliest > Records(client).now()
    client.zadd(keys.due_keys(keys.LOOKS)[1], {"held": 2_000})
    assert figures.due_sets()[keys.LOOKS].earliest == datetime.fromtimestamp(2, UTC)


def test_the_messages_of_all_lanes_of_a_channel_wait_since_the_oldest(client, figures):
    lanes = DueSet(client, keys.LANES)
    for n, (channels, subject) in enumerate(
        [(("slack",), "a"), (("slack",), "a"), (("slack", "mail"), "b")]
    ):
        at = AT - timedelta(minutes=n)
        text = Message(f"m{n}", subject, "wrong", Severity.CRITICAL, "wrong", (), (), at)
        posting = post([text], Routes(channels))
        for write in posting.writes:
            client.execute_command(*write)
        for _, member in posting.announce:
            lanes.announce(member)
    minute = timedelta(minutes=1)
    assert figures.outbox() == {
        "mail": Backlog(1, AT - 2 * minute),
        "slack": Backlog(3, AT - 2 * minute),
    }
    while lanes.claim():
        pass
    assert figures.outbox()["slack"].messages == 3
