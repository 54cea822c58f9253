"""The Matrix channel against a real homeserver, read back as a client reads it."""

import time

import pytest

from tests.e2e.synapse import DOMAIN, MESSAGES_AT_ONCE, Synapse
from tests.notify.examples import ACKNOWLEDGED, EXAMPLES, OPENED, RESOLVED, ROOT, message
from watchdog.errors import RemoteError
from watchdog.notify.matrix import MatrixChannel
from watchdog.notify.matrix_event import render

pytestmark = pytest.mark.timeout(900)  # the first time on a machine it is installed


@pytest.fixture(scope="module")
def synapse(tmp_path_factory):
    running = Synapse(tmp_path_factory.mktemp("synapse")).start()
    yield running
    running.close()


@pytest.fixture(scope="module")
def person(synapse):
    """Who makes the rooms, and reads them."""
    return synapse.user("person", admin=True)


@pytest.fixture(scope="module")
def bot(synapse, person):
    """The watchdog's account."""
    account = synapse.user("watchdog")
    person.unlimited(account)
    person.unlimited(person)
    return account


@pytest.fixture
def room(person, bot):
    """A room with both in it."""
    made = person.room()
    bot.join(made)
    return made


@pytest.fixture
def channel(synapse, bot, room):
    return MatrixChannel(synapse.url, bot.token, room)


def told(channel, *messages):
    """Send messages as the outbox does; returns what is remembered in the end."""
    remembered = None
    for each in messages:
        remembered = channel.send(each, remembered)
    return remembered


@pytest.mark.parametrize("example", ["unexpected-source", "no-facts", "hostile"])
def test_a_message_stands_in_the_room_with_its_text_and_its_html(person, room, channel, example):
    channel.send(EXAMPLES[example])
    (stands,) = person.messages(room)
    assert stands["content"] == render(EXAMPLES[example])
    assert stands["sender"] == f"@watchdog:{DOMAIN}"


def test_the_largest_message_is_taken(person, room, channel):
    text = '"' * 5000
    long = message(title=text, facts=((text, text),) * 100, advice=(text,) * 30, thread="1")
    told(channel, long, long)
    root, reply = person.messages(room)
    assert reply["content"]["m.relates_to"]["event_id"] == root["event_id"]
    assert len(person.edits(room, root["event_id"])) == 1


def test_an_incident_is_one_message_with_the_rest_in_its_thread(person, room, channel):
    told(channel, OPENED, ACKNOWLEDGED, RESOLVED)
    root, first, last = person.messages(room)
    thread = person.thread(room, root["event_id"])
    assert [each["event_id"] for each in thread] == [last["event_id"], first["event_id"]]
    assert last["content"]["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": root["event_id"],
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": first["event_id"]},
    }
    assert RESOLVED.title in last["content"]["formatted_body"]


def test_the_first_message_shows_how_things_stand(person, room, channel):
    told(channel, OPENED, ACKNOWLEDGED, RESOLVED)
    root = person.messages(room)[0]["event_id"]
    bundled = person.event(room, root)["unsigned"]["m.relations"]
    shown = bundled["m.replace"]["content"]["m.new_content"]
    assert shown["body"].startswith(f"🟩 Resolved: {RESOLVED.title}")
    assert f"{OPENED.facts[0][0]} (then): {OPENED.facts[0][1]}" in shown["body"]
    assert f"<strong>🟩 Resolved: {RESOLVED.title}</strong>" in shown["formatted_body"]
    assert bundled["m.thread"]["count"] == 2


def test_what_is_sent_again_after_a_crash_makes_nothing_new(synapse, person, room, channel):
    remembered = told(channel, OPENED)
    assert channel.send(OPENED) == remembered
    after = channel.send(ACKNOWLEDGED, remembered)
    synapse.stop()
    synapse.start()
    assert channel.send(ACKNOWLEDGED, remembered) == after
    root, reply = person.messages(room)
    assert len(person.edits(room, root["event_id"])) == 1
    assert [each["event_id"] for each in person.thread(room, root["event_id"])] == [
        reply["event_id"]
    ]


def test_where_a_person_removed_the_first_message_a_thread_is_begun_anew(person, room, channel):
    remembered = told(channel, OPENED)
    person.remove(room, person.messages(room)[0]["event_id"])
    remembered = channel.send(ACKNOWLEDGED, remembered)
    channel.send(RESOLVED, remembered)
    _removed, root, reply = person.messages(room)
    assert root["content"] == render(ACKNOWLEDGED)
    assert reply["content"]["m.relates_to"]["event_id"] == root["event_id"]


def test_a_first_message_that_the_server_does_not_know_is_none(synapse, bot, person, room, channel):
    strange = ROOT.text().replace(ROOT.place, room).replace(ROOT.asked, f"{synapse.url} {room}")
    channel.send(RESOLVED, strange)
    (stands,) = person.messages(room)
    assert stands["content"] == render(RESOLVED)


def test_a_thread_cannot_hang_beneath_an_answer_and_is_begun_anew(person, room, channel):
    remembered = told(channel, OPENED, ACKNOWLEDGED)
    root, reply = (each["event_id"] for each in person.messages(room))
    beneath = remembered.replace(f'"event":"{root}"', f'"event":"{reply}"')
    assert beneath != remembered
    channel.send(RESOLVED, beneath)
    assert person.messages(room)[2]["content"] == render(RESOLVED)


def test_a_room_is_followed_through_its_upgrade_by_its_alias(synapse, person, bot):
    before = person.room(room_alias_name="alerts")
    bot.join(before)
    channel = MatrixChannel(synapse.url, bot.token, f"#alerts:{DOMAIN}")
    remembered = told(channel, OPENED)
    upgrade = person.ask("POST", f"rooms/{before}/upgrade", {"new_version": "11"})
    bot.join(upgrade["replacement_room"])
    channel.send(RESOLVED, remembered)
    assert len(person.messages(before)) == 1
    assert [each["content"] for each in person.messages(upgrade["replacement_room"])] == [
        render(RESOLVED)
    ]


def first_refusal(channel):
    """Send until the server asks for patience; returns the message and the error."""
    for number in range(MESSAGES_AT_ONCE * 20):
        eager = message(id=f"m{number}")
        try:
            channel.send(eager)
        except RemoteError as refusal:
            return eager, refusal
    return pytest.fail("the server asked for no patience")


def test_who_sends_too_much_is_told_how_long_to_wait_and_then_heard(synapse, person, room):
    eager = synapse.user("eager")
    eager.join(room)
    channel = MatrixChannel(synapse.url, eager.token, room)
    refused, refusal = first_refusal(channel)
    assert refusal.retryable
    assert 0 < refusal.retry_after < 10
    taken = len(person.messages(room))
    time.sleep(refusal.retry_after)
    channel.send(refused)
    assert len(person.messages(room)) == taken + 1


def test_a_token_that_is_no_more_is_permanent_and_not_shown(synapse, room):
    with pytest.raises(RemoteError, match=r"answered 401: .*M_UNKNOWN_TOKEN") as caught:
        MatrixChannel(synapse.url, "syt_revoked", room).send(OPENED)
    assert not caught.value.retryable
    assert "syt_revoked" not in str(caught.value)


def test_a_room_that_the_account_is_not_in_is_permanent(synapse, person, bot):
    closed = person.room(preset="private_chat")
    with pytest.raises(RemoteError, match=r"answered 403: .*M_FORBIDDEN") as caught:
        MatrixChannel(synapse.url, bot.token, closed).send(OPENED)
    assert not caught.value.retryable
