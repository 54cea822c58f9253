"""Deliveries over real HTTP: in order, again and again, one for what is over, never lost."""

import socket
import threading
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest

from tests.work.office import TAG, kinds
from tests.work.test_worker import eventually
from watchdog.core.message import Severity, Stage
from watchdog.store import keys
from watchdog.store.wake import Waker
from watchdog.work.deliver import deliver
from watchdog.work.worker import Worker


def test_each_channel_has_what_its_routes_say(office):
    office.policy(
        "ops", "team", notify=[{"channels": ["ops"], "images": ["quay.io/**"]},
                               {"channels": ["team"], "severities": ["warning"]}],
    )  # fmt: skip
    office.say("wrong")
    office.say("unreachable", severity=Severity.WARNING, subject="registry quay.io")
    office.deliver()
    assert (kinds(office.ops), kinds(office.team)) == (["wrong"], ["unreachable"])


def test_a_channel_that_is_away_delays_no_other_and_gets_each_subject_s_messages_in_order(office):
    office.ops.fail_next(503)
    office.say("wrong")
    office.say("wrong-again")
    office.say("lagging", thread="t2", subject=f"{TAG}-other")
    office.deliver()
    assert kinds(office.ops) == []
    assert sorted(kinds(office.team)) == ["lagging", "wrong", "wrong-again"]
    assert office.states["ops"].waiting == 3
    office.deliver(waiting=True)
    office.deliver(waiting=True)
    assert sorted(kinds(office.ops)) == ["lagging", "wrong", "wrong-again"]
    assert [kind for kind in kinds(office.ops) if kind != "lagging"] == ["wrong", "wrong-again"]


def test_while_a_channel_asks_for_patience_no_lane_of_it_asks_again(office):
    office.ops.fail_next(429, retry_after="120")
    for number in range(5):
        office.say("wrong", thread=f"t{number}", subject=f"quay.io/a/b:t{number}")
    office.deliver()
    assert office.ops.requests == 1
    assert office.tools.lanes.next_due_ms() > 110_000


def test_an_opening_that_was_not_told_before_the_end_is_told_with_it_in_one_message(office):
    office.ops.fail_next(503)
    office.say("wrong")
    office.deliver()
    office.say("reminder")
    office.say("right", stage=Stage.RESOLVED)
    office.deliver(waiting=True)
    assert kinds(office.team) == ["wrong", "reminder", "right"]
    (message,) = office.ops.received
    assert message.body["facts"]["What it was"] == "wrong"
    assert message.body["stage"] == "resolved"


def test_of_what_was_told_to_begin_with_the_end_is_told_alone(office):
    office.say("wrong")
    office.deliver()
    office.ops.fail_next(503)
    office.say("reminder")
    office.deliver()
    office.say("reminder")
    office.say("right", stage=Stage.RESOLVED)
    office.deliver(waiting=True)
    assert kinds(office.ops) == ["wrong", "right"]
    assert "What it was" not in office.ops.received[1].body["facts"]


def test_after_a_time_without_a_watchdog_what_is_over_is_one_message(office):
    office.say("wrong", at=office.now() - timedelta(hours=2))
    office.say("right", stage=Stage.RESOLVED)
    office.deliver()
    assert kinds(office.ops) == ["right"]


def test_an_end_between_sending_and_recording_sends_the_same_message_again(office):
    office.say("wrong")
    claim = next(c for c in iter(office.tools.lanes.claim, None) if c.member.startswith("ops"))
    office.tools.lanes.void_leases()
    with pytest.raises(Exception, match="no longer ours"):
        deliver(office.tools, claim)
    office.deliver(waiting=True)
    first, second = (taken.body["id"] for taken in office.ops.received)
    assert first == second


def test_an_end_in_the_middle_of_one_message_for_two_sends_the_same_again(office):
    office.ops.fail_next(503)
    office.say("wrong")
    office.deliver()
    office.say("right", stage=Stage.RESOLVED)
    office.client.zadd(keys.due_keys(keys.LANES)[0], {f"ops|{TAG}": 0})
    claims = {claim.member: claim for claim in iter(office.tools.lanes.claim, None)}
    office.tools.lanes.void_leases()
    with pytest.raises(Exception, match="no longer ours"):
        deliver(office.tools, claims[f"ops|{TAG}"])
    office.deliver(waiting=True)
    first, second = (taken.body for taken in office.ops.received)
    assert first == second


@contextmanager
def mute():
    """A port whose server takes requests and never answers, until the end."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        taken = []

        def accept():
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/", taken
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in taken:
                connection.close()
            thread.join()


def test_a_channel_that_hangs_in_many_lanes_leaves_the_others_their_slots(office):
    with mute() as (url, taken):
        office.setenv("OPS_URL", url)
        office.policy("ops", "team")
        worker = Worker(office.tools, lambda: Waker(office.client))
        thread = threading.Thread(target=worker.run)
        for number in range(8):
            office.say("wrong", thread=f"t{number}", subject=f"quay.io/a/b:t{number}")
        thread.start()
        try:
            eventually(lambda: len(office.team.received) == 8)
            # It still hangs: nothing was waited for.
            assert (len(taken), office.states["ops"].failure) == (1, None)
        finally:
            worker.stop()
            for connection in taken:
                connection.close()
            thread.join()
