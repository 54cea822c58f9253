"""What holds for every channel alike, as far as it speaks HTTP and the receiver plays it."""

import socket
import threading
import traceback
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from tests.notify.examples import EXAMPLES, message
from watchdog.core.message import Severity
from watchdog.demo.receiver import BOT_TOKEN, MATRIX_TOKEN, Receiver
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.channels import CHANNELS, configured

# Those that the receiver plays; the others' own tests have servers of their own.
EACH = pytest.mark.parametrize("name", ["slack", "slack-bot", "matrix", "webhook"])
RETRYABLE = (408, 425, 429, 500, 502, 503, 504)
PERMANENT = (301, 302, 307, 308, 400, 401, 403, 404, 405, 410, 413, 422)
SECRETS = ("demodemodemodemodemo", "/services", "/alerts", MATRIX_TOKEN, BOT_TOKEN)


def channel(name, settings):
    return next(each for each in configured(settings.get) if each.name == name)


def refusal(name, settings):
    with pytest.raises(RemoteError) as caught:
        channel(name, settings).send(message())
    return caught.value


@EACH
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_message_arrives_as_one_message(receiver, settings, name, example):
    channel(name, settings).send(EXAMPLES[example])
    assert [each.channel for each in receiver.received] == [name]
    assert receiver.requests == 1


@EACH
def test_messages_arrive_in_the_order_in_which_they_were_sent(receiver, settings, name):
    told = channel(name, settings)
    for number in range(5):
        told.send(message(id=f"m{number}", title=f"title {number}"))
    assert [str(each.body).count(f"title {n}") > 0 for n, each in enumerate(receiver.received)] == (
        [True] * 5
    )


@EACH
@pytest.mark.parametrize("status", RETRYABLE)
def test_a_passing_failure_is_worth_a_retry(receiver, settings, name, status):
    receiver.fail_next(status)
    error = refusal(name, settings)
    assert error.retryable
    assert f"answered {status}" in str(error)
    channel(name, settings).send(message())
    assert len(receiver.received) == 1


@EACH
@pytest.mark.parametrize("status", PERMANENT)
def test_a_refusal_is_permanent(receiver, settings, name, status):
    receiver.fail_next(status, times=2)
    error = refusal(name, settings)
    assert not error.retryable
    assert f"answered {status}" in str(error)
    assert receiver.received == ()


@EACH
def test_a_redirect_is_not_followed(receiver, settings, name):
    with Receiver() as elsewhere:
        receiver.fail_next(307, location=elsewhere.slack_url)
        error = refusal(name, settings)
        assert "redirects are not followed" in str(error)
        assert elsewhere.requests == 0


@EACH
@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", 7), ("0", 0), ("999999999", 3600), ("-5", None), ("soon", None), ("", None)],
)
def test_the_wait_is_read_in_seconds(receiver, settings, name, header, expected):
    receiver.fail_next(429, retry_after=header)
    assert refusal(name, settings).retry_after == expected


@EACH
def test_the_wait_is_read_as_a_date(receiver, settings, name):
    later = datetime.now(UTC) + timedelta(seconds=600)
    receiver.fail_next(503, retry_after=format_datetime(later, usegmt=True))
    assert refusal(name, settings).retry_after == pytest.approx(600, abs=60)


@EACH
def test_a_date_that_is_past_is_no_wait(receiver, settings, name):
    receiver.fail_next(503, retry_after="Wed, 21 Oct 2015 07:28:00 -0000")
    assert refusal(name, settings).retry_after == 0


@EACH
def test_an_unreachable_host_is_worth_a_retry_and_named(settings, name):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gone = {
        "slack": settings
        | {"WATCHDOG_SLACK_WEBHOOK_URL": f"http://127.0.0.1:{port}/services/demo"},
        "slack-bot": settings | {"WATCHDOG_SLACK_API_URL": f"http://127.0.0.1:{port}/api"},
        "matrix": settings | {"WATCHDOG_MATRIX_HOMESERVER": f"http://127.0.0.1:{port}"},
        "webhook": settings
        | {"WATCHDOG_ALERT_WEBHOOK_URL": f"http://127.0.0.1:{port}/alerts?k=demo"},
    }
    error = refusal(name, gone[name])
    assert error.retryable
    assert f"127.0.0.1:{port} could not be reached: Connection refused" in str(error)
    assert_no_secret("".join(traceback.format_exception(error)))
    assert_no_secret(repr(error.__cause__), repr(error.__context__))


@EACH
def test_a_refusal_shows_what_the_service_said_and_no_secret(receiver, settings, name):
    tokens = f"{MATRIX_TOKEN} {BOT_TOKEN}"
    said = f"no\x1b[31m {receiver.slack_url} {receiver.webhook_url} {tokens} {'x' * 500}"
    receiver.fail_next(403, body=said)
    error = str(refusal(name, settings))
    assert "answered 403: no [31m http://127.0.0.1" in error
    assert len(error) < 400
    secrets = {
        "slack": ("demodemodemodemodemo",),
        "slack-bot": (BOT_TOKEN,),
        "matrix": (MATRIX_TOKEN,),
        "webhook": (),
    }
    assert not [secret for secret in secrets[name] if secret in error]


@EACH
def test_no_secret_shows_in_a_channel(settings, name):
    assert_no_secret(repr(channel(name, settings)))


def test_nothing_is_configured_by_default():
    assert configured({}.get) == ()


def test_the_table_s_keys_are_the_channels_names(settings):
    assert tuple(each.name for each in configured(settings.get)) == tuple(CHANNELS)


def test_all_faults_of_the_configuration_are_named_at_once_without_secrets():
    wrong = {
        "WATCHDOG_SLACK_WEBHOOK_URL": "hooks.slack.com/services/demodemodemodemodemo",
        "WATCHDOG_MATRIX_HOMESERVER": "https://matrix.example",
        "WATCHDOG_ALERT_WEBHOOK_URL": "ftp://example.org/alerts",
    }
    with pytest.raises(ConfigurationError) as caught:
        configured(wrong.get)
    assert str(caught.value) == (
        "WATCHDOG_SLACK_WEBHOOK_URL is not a URL that starts with https:// and a host; "
        "alerts to Matrix also need WATCHDOG_MATRIX_ACCESS_TOKEN and WATCHDOG_MATRIX_ROOM; "
        "WATCHDOG_ALERT_WEBHOOK_URL is not a URL that starts with https:// and a host"
    )


@pytest.mark.parametrize(
    "address", ["", "https://", "https://[::1", "https://a:0/", "https://a:99999/", "https://a/ b"]
)
def test_what_cannot_be_an_address_is_refused(address):
    if not address:
        assert configured({"WATCHDOG_ALERT_WEBHOOK_URL": address}.get) == ()
        return
    with pytest.raises(ConfigurationError):
        configured({"WATCHDOG_ALERT_WEBHOOK_URL": address}.get)


@EACH
@pytest.mark.parametrize("severity", Severity)
def test_the_severity_is_said_in_a_word(receiver, settings, name, severity):
    channel(name, settings).send(message(severity=severity))
    assert f"{severity}" in str(receiver.received[0].body).lower()


def test_a_receiver_leaves_no_thread_behind(settings):
    before = threading.active_count()
    with Receiver() as other:
        channel("slack", settings | {"WATCHDOG_SLACK_WEBHOOK_URL": other.slack_url}).send(message())
    assert threading.active_count() == before


def assert_no_secret(*texts):
    assert not [secret for secret in SECRETS for text in texts if secret in text]
