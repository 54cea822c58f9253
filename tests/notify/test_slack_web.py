"""Slack's Web API as the channel uses it: what it refuses, what is bounded and kept secret."""

import json
import logging
import socket
import sys
import threading
import traceback
from contextlib import contextmanager, suppress

import pytest

from tests.notify.examples import ACKNOWLEDGED, OPENED
from watchdog.demo.receiver import BOT_TOKEN
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify import slack_bot

PERMANENT = ("invalid_auth", "channel_not_found", "is_archived", "not_in_channel", "a_new_one")
PASSING = ("ratelimited", "internal_error", "fatal_error", "service_unavailable")


@pytest.fixture
def channel(settings):
    return slack_bot.from_environment(settings.get)


@pytest.fixture
def messages(receiver):
    """What stands in the channel, as a person sees it."""
    return receiver.workspace.messages


def refused(receiver, code, times=1):
    receiver.fail_next(200, times=times, body=json.dumps({"ok": False, "error": code}))


@pytest.mark.parametrize("code", PERMANENT)
def test_an_error_is_permanent_and_named(receiver, channel, code):
    refused(receiver, code)
    with pytest.raises(RemoteError, match=f"refused the message: {code}") as caught:
        channel.send(OPENED)
    assert not caught.value.retryable


@pytest.mark.parametrize("code", PASSING)
def test_an_error_that_passes_is_worth_a_retry(receiver, channel, messages, code):
    remembered = channel.send(OPENED)
    refused(receiver, code)
    with pytest.raises(RemoteError, match=code) as caught:
        channel.send(ACKNOWLEDGED, remembered)
    assert caught.value.retryable
    assert len(messages) == 1


def test_what_slack_asks_to_wait_is_said_and_nothing_was_posted(receiver, channel, messages):
    remembered = channel.send(OPENED)
    receiver.fail_next(429, retry_after="30", body='{"ok": false, "error": "ratelimited"}')
    with pytest.raises(RemoteError) as caught:
        channel.send(ACKNOWLEDGED, remembered)
    assert (caught.value.retryable, caught.value.retry_after) == (True, 30)
    assert len(messages) == 1
    channel.send(ACKNOWLEDGED, remembered)
    assert [each.thread for each in messages] == [None, messages[0].ts]


def test_an_archived_channel_is_permanent_and_says_what_to_do(receiver, channel):
    receiver.workspace.archived.add("C0ALERTS")
    with pytest.raises(RemoteError, match=r"is_archived; .*name another one") as caught:
        channel.send(OPENED)
    assert not caught.value.retryable


def test_a_wrong_token_is_permanent_and_in_no_error(settings):
    wrong = slack_bot.from_environment((settings | {"WATCHDOG_SLACK_BOT_TOKEN": "xoxb-oops"}).get)
    with pytest.raises(RemoteError, match="invalid_auth") as caught:
        wrong.send(OPENED)
    assert not caught.value.retryable
    assert caught.value.__context__ is None
    assert "xoxb-oops" not in "".join(traceback.format_exception(caught.value)) + repr(wrong)


def test_neither_the_token_nor_a_message_is_in_any_log(receiver, channel, caplog):
    caplog.set_level(logging.DEBUG)
    channel.send(OPENED, channel.send(OPENED))
    refused(receiver, "invalid_auth")
    with pytest.raises(RemoteError):
        channel.send(OPENED)
    assert caplog.records == []


def test_a_layout_that_slack_refuses_is_sent_as_text_alone(receiver, channel, messages):
    refused(receiver, "invalid_blocks")
    remembered = channel.send(OPENED)
    refused(receiver, "msg_blocks_too_long")
    channel.send(ACKNOWLEDGED, remembered)
    assert "blocks" not in channel_post(receiver, 0)
    assert OPENED.facts[0][1] in channel_post(receiver, 0)["text"]
    assert messages[0].content["blocks"] == []
    assert ACKNOWLEDGED.title in messages[0].content["text"]
    assert messages[1].thread == messages[0].ts


def channel_post(receiver, number):
    return receiver.received[number].body


def test_links_and_names_stay_text(receiver, channel):
    channel.send(OPENED)
    body = channel_post(receiver, 0)
    assert (body["unfurl_links"], body["link_names"]) == (False, False)


def test_an_answer_that_repeats_a_long_message_is_read_to_its_end(receiver, channel):
    told = {"message": {"text": "x" * 500_000}, "ok": True, "channel": "C0ALERTS", "ts": "1.2"}
    receiver.fail_next(200, body=json.dumps(told))
    assert '"1.2"' in channel.send(OPENED)


@pytest.mark.parametrize("body", ["", "<html>Sign in to this hotel", "[]", "null"])
def test_what_is_no_answer_of_the_api_is_worth_a_retry(receiver, channel, body):
    receiver.fail_next(200, body=body)
    with pytest.raises(RemoteError, match="no answer of its API") as caught:
        channel.send(OPENED)
    assert caught.value.retryable


@pytest.mark.parametrize("body", ['{"ok": true}', '{"ok": true, "ts": 5, "channel": "C1"}'])
def test_an_answer_without_a_place_is_not_repeated(receiver, channel, body):
    receiver.fail_next(200, body=body)
    with pytest.raises(RemoteError, match="did not say where") as caught:
        channel.send(OPENED)
    assert not caught.value.retryable


@contextmanager
def closing_server():
    """Take each request, answer none; yields the address and what came."""
    taken = []

    def serve():
        with suppress(OSError):
            while True:
                connection = listener.accept()[0]
                with connection:
                    taken.append(connection.recv(65536))

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/", taken
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def test_a_post_whose_answer_is_lost_is_not_repeated_by_the_library(settings):
    with closing_server() as (address, taken):
        channel = slack_bot.from_environment((settings | {"WATCHDOG_SLACK_API_URL": address}).get)
        with pytest.raises(RemoteError, match="could not be reached") as caught:
            channel.send(OPENED)
    assert caught.value.retryable
    assert len(taken) == 1


def test_the_token_travels_in_its_header_only(receiver, channel):
    channel.send(OPENED)
    (received,) = receiver.received
    assert received.headers["authorization"] == f"Bearer {BOT_TOKEN}"
    assert BOT_TOKEN not in json.dumps(received.body)


@pytest.mark.parametrize("missing", ["BOT_TOKEN", "CHANNEL"])
def test_half_a_configuration_names_what_is_missing(settings, missing):
    with pytest.raises(ConfigurationError, match=f"need WATCHDOG_SLACK_{missing}$"):
        slack_bot.from_environment((settings | {f"WATCHDOG_SLACK_{missing}": None}).get)


@pytest.mark.parametrize("channel", ["ops", "#", "# ops", "c0123", "@someone"])
def test_what_is_no_channel_is_refused(settings, channel):
    with pytest.raises(ConfigurationError, match="WATCHDOG_SLACK_CHANNEL is neither"):
        slack_bot.from_environment((settings | {"WATCHDOG_SLACK_CHANNEL": channel}).get)


@pytest.mark.parametrize("token", ["xoxb a", "xoxb\na", "xoxb-ä"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(settings, token):
    with pytest.raises(ConfigurationError) as caught:
        slack_bot.from_environment((settings | {"WATCHDOG_SLACK_BOT_TOKEN": token}).get)
    assert "xoxb" not in str(caught.value)


def test_without_the_library_the_way_to_it_is_named(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "slack_sdk", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'registry-watchdog\[slack\]'"):
        slack_bot.from_environment(settings.get)


def test_slack_s_own_address_is_the_default(settings):
    named = settings | {"WATCHDOG_SLACK_API_URL": None}
    assert slack_bot.from_environment(named.get).api_url == "https://slack.com/api/"
