"""An incident in Matrix: one event that is edited, and the rest in its thread."""

import pytest

from tests.notify.examples import ACKNOWLEDGED, OPENED, RESOLVED, message
from watchdog.demo.receiver import ALIAS
from watchdog.errors import RemoteError
from watchdog.notify import matrix, matrix_event


def told(channel, *messages):
    """Send messages as the outbox does; returns what is remembered in the end."""
    remembered = None
    for each in messages:
        remembered = channel.send(each, remembered)
    return remembered


@pytest.fixture
def channel(settings):
    return matrix.from_environment(settings.get)


def relations(receiver):
    return [each.body.get("m.relates_to") for each in receiver.received]


def edits(receiver):
    """Every event that puts another content into one."""
    return [each for each in receiver.events.values() if "m.new_content" in each]


def test_the_first_message_is_kept_up_to_date_and_the_rest_goes_into_its_thread(receiver, channel):
    told(channel, OPENED, ACKNOWLEDGED, RESOLVED)
    root, first, *_ = (event for event, each in receiver.events.items() if "format" in each)
    thread = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True}
    assert relations(receiver) == [
        None,
        {**thread, "m.in_reply_to": {"event_id": root}},
        {**thread, "m.in_reply_to": {"event_id": first}},
    ]
    replaced = [each["m.relates_to"] for each in edits(receiver)]
    assert replaced == [{"rel_type": "m.replace", "event_id": root}] * 2
    bodies = [each["m.new_content"]["body"] for each in edits(receiver)]
    assert bodies[0].startswith(f"🟧 Warning, acknowledged: {ACKNOWLEDGED.title}")
    assert bodies[1].startswith(f"🟩 Resolved: {RESOLVED.title}")
    assert all(OPENED.title in body and OPENED.facts[0][1] in body for body in bodies)


def test_an_edit_is_one_line_for_clients_without_edits_and_calls_nobody(receiver, channel):
    told(channel, OPENED, RESOLVED)
    (edit,) = edits(receiver)
    assert edit["body"] == f"* 🟩 Resolved: {RESOLVED.title}"
    assert edit["m.mentions"] == edit["m.new_content"]["m.mentions"] == {}


def test_a_message_of_a_thread_sent_again_is_no_second_one(receiver, channel):
    remembered = told(channel, OPENED)
    assert channel.send(OPENED) == remembered
    after = channel.send(ACKNOWLEDGED, remembered)
    assert channel.send(ACKNOWLEDGED, remembered) == after
    assert [each.id for each in receiver.received] == [OPENED.id, f"{ACKNOWLEDGED.id}.reply"]
    assert len(edits(receiver)) == 1


def test_where_the_first_message_was_removed_the_next_one_takes_its_place(receiver, channel):
    remembered = told(channel, OPENED)
    receiver.events["$event0"] = {}
    remembered = channel.send(ACKNOWLEDGED, remembered)
    channel.send(RESOLVED, remembered)
    assert [bool(each) for each in relations(receiver)] == [False, False, True]
    assert relations(receiver)[2]["event_id"] == "$event1"


def test_where_the_server_does_not_know_the_first_message_the_next_takes_its_place(
    receiver, channel
):
    remembered = told(channel, OPENED)
    receiver.events.clear()
    channel.send(ACKNOWLEDGED, remembered)
    assert relations(receiver) == [None, None]


def test_what_a_server_will_not_put_into_a_thread_begins_one(receiver, channel):
    remembered = told(channel, OPENED)
    receiver.fail_next(200, body="{}")  # it is there
    receiver.fail_next(400, times=2, body='{"errcode": "M_UNKNOWN"}')
    assert channel.send(ACKNOWLEDGED, remembered)
    assert [each.id for each in receiver.received] == [OPENED.id, ACKNOWLEDGED.id]
    assert relations(receiver) == [None, None]


@pytest.mark.parametrize("before", [0, 1, 2])
def test_what_fails_on_the_way_is_made_up_for_by_a_second_attempt(receiver, channel, before):
    remembered = told(channel, OPENED)
    for _ in range(before):
        receiver.fail_next(200, body='{"event_id": "$lost"}')
    receiver.fail_next(429, body='{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}')
    with pytest.raises(RemoteError) as caught:
        channel.send(ACKNOWLEDGED, remembered)
    assert (caught.value.retryable, caught.value.retry_after) == (True, 2.5)
    channel.send(ACKNOWLEDGED, remembered)
    assert [each.id for each in receiver.received] == [OPENED.id, f"{ACKNOWLEDGED.id}.reply"]
    assert len(edits(receiver)) == 1


def test_a_first_message_that_was_removed_between_two_attempts_loses_nothing(receiver, channel):
    remembered = told(channel, OPENED)
    receiver.fail_next(200, body="{}")  # it is there
    channel.send(ACKNOWLEDGED, remembered)
    receiver.events["$event0"] = {}
    channel.send(ACKNOWLEDGED, remembered)
    assert receiver.received[-1].id == ACKNOWLEDGED.id
    assert receiver.received[-1].body == matrix_event.render(ACKNOWLEDGED)


def test_in_an_upgraded_room_the_thread_is_begun_anew(receiver, settings):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": ALIAS}).get)
    remembered = told(channel, OPENED)
    receiver.move_alias("!upgraded:demo")
    channel.send(ACKNOWLEDGED, remembered)
    assert relations(receiver) == [None, None]
    assert receiver.received[1].id == ACKNOWLEDGED.id


def test_another_room_has_threads_of_its_own(receiver, settings, channel):
    remembered = told(channel, OPENED)
    receiver.move_alias("!another:demo")
    elsewhere = settings | {"WATCHDOG_MATRIX_ROOM": "!another:demo"}
    matrix.from_environment(elsewhere.get).send(ACKNOWLEDGED, remembered)
    assert relations(receiver) == [None, None]


def test_a_message_of_no_incident_stands_alone_and_nothing_is_remembered(receiver, channel):
    assert told(channel, message(), message(id="2")) is None
    assert relations(receiver) == [None, None]
    assert edits(receiver) == []
