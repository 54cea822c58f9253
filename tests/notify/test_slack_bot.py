"""An incident in Slack by a bot token: one message that is edited, and the rest in its thread.

The real client library over real HTTP, against a simulated workspace.
"""

import json

import pytest

from tests.notify.examples import ACKNOWLEDGED, OPENED, RESOLVED, later, message
from watchdog.notify import slack_bot


@pytest.fixture
def channel(settings):
    return slack_bot.from_environment(settings.get)


@pytest.fixture
def messages(receiver):
    """What stands in the channel, as a person sees it."""
    return receiver.workspace.messages


def refused(receiver, code, times=1):
    receiver.fail_next(200, times=times, body=json.dumps({"ok": False, "error": code}))


def head(posted):
    return posted.content["blocks"][0]["text"]["text"]


def test_the_first_message_is_kept_up_to_date_and_the_rest_goes_into_its_thread(channel, messages):
    remembered = None
    for each in (OPENED, ACKNOWLEDGED, RESOLVED):
        remembered = channel.send(each, remembered)
    first, *rest = messages
    assert [(each.thread, head(each)) for each in rest] == [
        (first.ts, f"🟧 Warning, acknowledged: {ACKNOWLEDGED.title}"),
        (first.ts, f"🟩 Resolved: {RESOLVED.title}"),
    ]
    assert (first.thread, first.edits) == (None, 2)
    assert head(first) == f"🟩 Resolved: {RESOLVED.title}"
    said = json.dumps(first.content)
    assert OPENED.title in said
    assert OPENED.facts[0][1] in said


def test_the_first_message_says_at_each_stage_how_it_stands(channel, messages):
    remembered = channel.send(OPENED)
    assert head(messages[0]) == f"🟥 Critical, open: {OPENED.title}"
    remembered = channel.send(ACKNOWLEDGED, remembered)
    assert head(messages[0]) == f"🟧 Warning, acknowledged: {ACKNOWLEDGED.title}"
    assert messages[0].content["text"].startswith(f"🟧 Warning, acknowledged: {ACKNOWLEDGED.title}")


def test_a_message_of_no_incident_stands_alone_and_nothing_is_remembered(channel, messages):
    assert channel.send(message()) is None
    assert channel.send(message()) is None
    assert [(each.thread, each.edits) for each in messages] == [(None, 0)] * 2


def test_two_incidents_have_two_threads(channel, messages):
    one = channel.send(OPENED)
    other = channel.send(later("wrong", 0, thread="another"))
    channel.send(ACKNOWLEDGED, one)
    channel.send(later("right", 1, thread="another"), other)
    assert [each.thread for each in messages] == [None, None, messages[0].ts, messages[1].ts]


def test_where_a_person_deleted_the_first_message_the_next_one_takes_its_place(
    receiver, channel, messages
):
    remembered = channel.send(OPENED)
    receiver.workspace.delete(messages[0].ts)
    remembered = channel.send(ACKNOWLEDGED, remembered)
    channel.send(RESOLVED, remembered)
    assert [each.thread for each in messages] == [None, messages[0].ts]
    assert head(messages[0]) == f"🟩 Resolved: {RESOLVED.title}"


def test_no_answer_is_put_beneath_a_first_message_of_which_only_the_place_is_left(
    receiver, channel, messages
):
    remembered = channel.send(ACKNOWLEDGED, channel.send(OPENED))
    receiver.workspace.delete(messages[0].ts)
    channel.send(RESOLVED, remembered)
    assert [each.thread for each in messages] == [None, messages[0].ts, None]


def test_an_answer_to_what_was_deleted_that_very_moment_becomes_the_first(
    receiver, channel, messages
):
    remembered = channel.send(OPENED)
    receiver.workspace.delete(messages[0].ts)
    receiver.fail_next(200, body='{"ok": true}')  # it was updated, and is gone before the post
    remembered = channel.send(ACKNOWLEDGED, remembered)
    channel.send(RESOLVED, remembered)
    assert [each.thread for each in messages] == [None, messages[0].ts]


def test_a_thread_that_is_gone_is_begun_anew(receiver, channel, messages):
    remembered = channel.send(OPENED)
    receiver.fail_next(200, body='{"ok": true}')
    refused(receiver, "thread_not_found")
    assert channel.send(ACKNOWLEDGED, remembered)
    assert [each.thread for each in messages] == [None, None]


def test_a_first_message_that_may_not_be_edited_keeps_nothing_from_its_thread(
    receiver, channel, messages
):
    remembered = channel.send(OPENED)
    receiver.workspace.editable = False
    channel.send(ACKNOWLEDGED, remembered)
    assert [each.thread for each in messages] == [None, messages[0].ts]


def test_another_channel_has_threads_of_its_own(receiver, settings, messages):
    remembered = slack_bot.from_environment(settings.get).send(OPENED)
    other = slack_bot.from_environment((settings | {"WATCHDOG_SLACK_CHANNEL": "#other"}).get)
    assert other.send(ACKNOWLEDGED, remembered) != remembered
    assert [(each.channel, each.thread) for each in messages] == [
        ("C0ALERTS", None),
        ("C0OTHER", None),
    ]


@pytest.mark.parametrize("remembered", ["", "{", "[]", '{"ts": "1"}', "\ufffd"])
def test_what_is_remembered_and_damaged_is_as_nothing(channel, messages, remembered):
    assert channel.send(ACKNOWLEDGED, remembered)
    assert [each.thread for each in messages] == [None]
