"""Apprise's own code, sending to a server on a loopback port."""

import logging
import socket
import subprocess
import sys
import threading
import traceback
from contextlib import suppress

import pytest

from tests.notify.examples import EXAMPLES, HOSTILE, message
from watchdog.core.message import Severity
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.apprise import AppriseChannel, from_environment

SECRETS = ("pass-secret", "key-secret")


def channel(address):
    url = f"json://ops:pass-secret@{address.removeprefix('http://')}/alerts?+X-Key=key-secret"
    return from_environment({"WATCHDOG_APPRISE_URL": url}.get)


def refusal(told):
    with pytest.raises(RemoteError) as caught:
        told.send(message())
    shown = "".join(traceback.format_exception(caught.value)) + repr(told)
    assert not [secret for secret in SECRETS if secret in shown]
    return caught.value


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_message_arrives_as_one(receiver, example):
    channel(receiver.address).send(EXAMPLES[example])
    (received,) = receiver.received
    assert "quay.io" in received.body["message"] or "watchdog" in received.body["message"]


@pytest.mark.parametrize(
    ("severity", "kind"),
    [
        (Severity.CRITICAL, "failure"),
        (Severity.WARNING, "warning"),
        (Severity.INFO, "info"),
        (Severity.RIGHT, "success"),
    ],
)
def test_the_severity_is_said_in_apprise_s_words(receiver, severity, kind):
    channel(receiver.address).send(message(severity=severity))
    assert receiver.received[0].body["type"] == kind


def test_everything_is_said(receiver):
    links = (("Compare", "https://forge.example/a...b"),)
    channel(receiver.address).send(
        message(title="T", facts=(("F", "x"),), advice=("Do it",), links=links)
    )
    (received,) = receiver.received
    assert received.body["title"] == "🟥 Critical: T"
    assert received.body["message"].splitlines() == [
        "F: x",
        "• Do it",
        "Compare: https://forge.example/a...b",
        "quay.io/crunchtools/acquacotta:latest · rejected · 2026-03-02T04:31:07Z",
    ]


def test_text_from_outside_is_neither_cut_nor_interpreted(receiver):
    channel(receiver.address).send(message(title="a", facts=(("F", "\\n{{x}} ${HOME} %s"),)))
    assert "F: \\n{{x}} ${HOME} %s" in receiver.received[0].body["message"]
    channel(receiver.address).send(message(title=HOSTILE))
    assert "@everyone" not in receiver.received[1].body["title"]


@pytest.mark.parametrize("status", [400, 404, 429, 503])
def test_every_failure_is_tried_again_and_its_status_shown(receiver, status):
    receiver.fail_next(status)
    error = refusal(channel(receiver.address))
    assert error.retryable
    assert str(error) == f"Apprise could not tell JSON: it was answered {status}"


def test_a_failure_without_a_status_says_so():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = refusal(channel(f"127.0.0.1:{port}"))
    assert error.retryable
    assert str(error) == "Apprise could not tell JSON: it does not say why"


def test_a_service_that_takes_too_long_is_given_up(receiver):
    ended = threading.Event()

    def serve():
        with suppress(OSError):
            connection = listener.accept()[0]
            with connection:
                while not ended.wait(0.05):
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = channel(f"127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            assert refusal(AppriseChannel(told.service, total_s=0.3)).retryable
        finally:
            ended.set()
            thread.join()


def test_nothing_of_an_address_is_logged_whatever_happens(receiver, caplog):
    caplog.set_level(logging.DEBUG)
    told = channel(receiver.address)
    told.send(message())
    receiver.fail_next(500)
    refusal(told)
    with pytest.raises(ConfigurationError):
        from_environment({"WATCHDOG_APPRISE_URL": "json://:pass-secret"}.get)
    assert [record.name for record in caplog.records if record.name.startswith("apprise")] == []
    assert not [secret for secret in SECRETS if secret in caplog.text]
    logging.getLogger("apprise").warning("by somebody else")
    assert "by somebody else" in caplog.text


@pytest.mark.parametrize("url", ["nope://pass-secret", "json://", "pass-secret", " "])
def test_what_apprise_does_not_know_is_refused_and_not_shown(url):
    with pytest.raises(ConfigurationError) as caught:
        from_environment({"WATCHDOG_APPRISE_URL": url}.get)
    assert str(caught.value) == (
        "WATCHDOG_APPRISE_URL is not one URL of a service that Apprise knows"
    )


def test_without_a_url_there_is_no_channel():
    assert from_environment({}.get) is None


CODE = """
import sys
{first}
from watchdog.errors import ConfigurationError
from watchdog.notify.channels import configured
try:
    print(configured({settings}.get), "apprise" in sys.modules)
except ConfigurationError as error:
    print(error)
"""


def run(**values):
    program = [sys.executable, "-c", CODE.format(**values)]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()


def test_apprise_is_loaded_only_where_it_is_set_up():
    assert run(first="", settings={}) == "() False"


def test_without_the_library_the_setting_says_what_to_install():
    settings = {"WATCHDOG_APPRISE_URL": "json://pass-secret"}
    assert run(first="sys.modules['apprise'] = None", settings=settings) == (
        "WATCHDOG_APPRISE_URL needs Apprise: pip install 'registry-watchdog[notify]'"
    )
