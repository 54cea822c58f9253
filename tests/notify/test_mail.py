"""Mail that is handed in to a real SMTP server, in real TLS."""

import socket
import threading
import traceback
from contextlib import contextmanager, suppress

import pytest
import trustme

from tests.notify.examples import EXAMPLES, message
from tests.notify.mailserver import ACCOUNT, MailServer, server_tls
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify import smtp
from watchdog.notify.mail import from_environment

# aiosmtpd's own warnings, in its thread, where they would be errors.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Session.login_data is deprecated"),
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def settings(authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return {
        "WATCHDOG_EMAIL_FROM": "watchdog@example.org",
        "WATCHDOG_EMAIL_TO": "ops@example.org, dev@example.net",
        "WATCHDOG_EMAIL_CA": str(tmp_path / "ca.pem"),
    }


@pytest.fixture
def account(settings):
    user, password = ACCOUNT
    return settings | {"WATCHDOG_EMAIL_USER": user, "WATCHDOG_EMAIL_PASSWORD": password}


def channel(settings, scheme, port, host="127.0.0.1"):
    address = {"WATCHDOG_EMAIL_SERVER": f"{scheme}://{host}:{port}"}
    return from_environment((settings | address).get)


def refusal(told):
    with pytest.raises(RemoteError) as caught:
        told.send(message())
    shown = "".join(traceback.format_exception(caught.value))
    assert ACCOUNT[1] not in shown + repr(told)
    return caught.value


@pytest.mark.parametrize("example", EXAMPLES)
def test_a_message_arrives_for_everybody_as_one_letter(settings, example):
    with MailServer() as server:
        channel(settings, "smtp+plain", server.port).send(EXAMPLES[example])
    everybody = ("ops@example.org", "dev@example.net")
    assert server.envelopes == [("watchdog@example.org", everybody, False)]
    assert server.read[0]["To"] == "ops@example.org, dev@example.net"


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_the_account_is_named_in_tls(account, authority, scheme):
    tls = server_tls(authority)
    with MailServer(tls, at_once=scheme == "smtps", account=True) as server:
        channel(account, scheme, server.port).send(message())
    assert [in_tls for _, _, in_tls in server.envelopes] == [True]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_is_refused(account, scheme):
    tls = server_tls(trustme.CA())
    with MailServer(tls, at_once=scheme == "smtps", account=True) as server:
        error = refusal(channel(account, scheme, server.port))
    assert "certificate verify failed: unable to get local issuer certificate" in str(error)
    assert server.letters == []


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_for_another_name_is_refused(account, authority, scheme):
    tls = server_tls(authority, "mail.example.org")
    with MailServer(tls, at_once=scheme == "smtps", account=True) as server:
        error = refusal(channel(account, scheme, server.port))
    assert "certificate verify failed: IP address mismatch" in str(error)


def test_a_server_without_tls_gets_neither_letter_nor_password(account):
    with MailServer() as server:
        error = refusal(channel(account, "smtp", server.port))
    assert "STARTTLS extension not supported" in str(error)
    assert not error.retryable
    assert server.letters == []


def test_a_wrong_password_is_permanent(account, authority):
    wrong = account | {"WATCHDOG_EMAIL_PASSWORD": "other-pass-secret"}
    with MailServer(server_tls(authority), account=True) as server:
        error = refusal(channel(wrong, "smtp", server.port))
    assert "answered 535" in str(error)
    assert not error.retryable


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [("451 try later", True), ("552 full", False), ("421 going down", True), ("554 no", False)],
)
def test_a_refusal_of_the_letter_says_whether_it_passes(settings, answer, retryable):
    with MailServer() as server:
        server.answers["DATA"] = answer
        error = refusal(channel(settings, "smtp+plain", server.port))
    assert f"the mail server 127.0.0.1:{server.port} answered {answer[:3]}: {answer[4:]}" in str(
        error
    )
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("answer", "retryable"), [("550 unknown", False), ("450 greylisted", True)]
)
def test_when_nobody_is_known_the_refusal_says_whether_it_passes(settings, answer, retryable):
    with MailServer() as server:
        server.answers |= {"ops@example.org": answer, "dev@example.net": "550 unknown"}
        error = refusal(channel(settings, "smtp+plain", server.port))
    assert error.retryable is retryable
    assert server.letters == []


def test_one_address_that_is_gone_keeps_nobody_else_from_being_told(settings, caplog):
    with MailServer() as server:
        server.answers["dev@example.net"] = "550 unknown"
        channel(settings, "smtp+plain", server.port).send(message())
    assert [to for _, to, _ in server.envelopes] == [("ops@example.org",)]
    assert "answered 550 about dev@example.net: unknown; the others got" in caplog.text


def test_an_address_that_is_put_off_is_tried_again_with_the_same_letter(settings):
    with MailServer() as server:
        told = channel(settings, "smtp+plain", server.port)
        server.answers["dev@example.net"] = "450 greylisted"
        assert refusal(told).retryable
        server.answers.clear()
        told.send(message())
    first, second = server.letters
    assert first == second


def test_an_unreachable_server_is_worth_a_retry(settings):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = refusal(channel(settings, "smtp+plain", port))
    assert error.retryable
    assert (
        str(error) == f"the mail server 127.0.0.1:{port} could not be reached: Connection refused"
    )


@contextmanager
def raw_server(*pieces, forever=False):
    """Say these pieces to one client, the last for ever, and never listen."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            accepted = listener.accept()[0]
            with accepted:
                for piece in pieces:
                    accepted.sendall(piece)
                while forever and not ended.wait(0.02):
                    accepted.sendall(pieces[-1])

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        ended.set()
        thread.join()
        listener.close()


def test_a_greeting_that_never_ends_ends_at_the_deadline():
    with (
        raw_server(b"220-wait\r\n", forever=True) as port,
        pytest.raises(TimeoutError),
        smtp.conversation("smtp+plain", "127.0.0.1", port, None, total_s=0.3),
    ):
        pytest.fail("the greeting ended")


def test_a_server_that_goes_on_for_ever_within_tls_is_ended_as_well(authority, settings):
    ended = threading.Event()

    def serve():
        with suppress(OSError):
            accepted = listener.accept()[0]
            for said in (b"220 hello\r\n", b"250-hello\r\n250 STARTTLS\r\n", b"220 go\r\n"):
                accepted.sendall(said)
                accepted.recv(4096) if said != b"220 go\r\n" else None
            with server_tls(authority).wrap_socket(accepted, server_side=True) as within:
                while not ended.wait(0.02):
                    within.sendall(b"250-wait\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        tls = channel(settings, "smtp", 1).server.tls
        try:
            with (
                pytest.raises(TimeoutError),
                smtp.conversation("smtp", *listener.getsockname(), tls, total_s=0.5),
            ):
                pytest.fail("the server came to an end")
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize(
    ("said", "expected", "retryable"),
    [
        (b"554 no service here\r\n", "answered 554: no service here", False),
        (b"421 too many\r\n", "answered 421: too many", True),
        (b"", "could not be reached: it hung up", True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "answered -1", False),
    ],
)
def test_a_server_that_does_not_want_us_is_told_apart(settings, said, expected, retryable):
    with raw_server(said) as port:
        error = refusal(channel(settings, "smtp+plain", port))
    assert expected in str(error)
    assert error.retryable is retryable


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"WATCHDOG_EMAIL_SERVER": ""}, "e-mail also need WATCHDOG_EMAIL_SERVER"),
        ({"WATCHDOG_EMAIL_FROM": "", "WATCHDOG_EMAIL_TO": ""}, "FROM and WATCHDOG_EMAIL_TO"),
        ({"WATCHDOG_EMAIL_TO": " , "}, "WATCHDOG_EMAIL_TO is not an address"),
        ({"WATCHDOG_EMAIL_TO": "a@b.c, Ops <d@e.f>"}, "WATCHDOG_EMAIL_TO is not an address"),
        ({"WATCHDOG_EMAIL_TO": "a@b.c\r\nBcc: x@y.z"}, "WATCHDOG_EMAIL_TO is not an address"),
        ({"WATCHDOG_EMAIL_TO": ",".join(["a@b.c"] * 51)}, "WATCHDOG_EMAIL_TO is not an address"),
        ({"WATCHDOG_EMAIL_FROM": "a@b.c, d@e.f"}, "WATCHDOG_EMAIL_FROM is not an address"),
        ({"WATCHDOG_EMAIL_SERVER": "mail.example.org"}, "SERVER is not smtps://HOST"),
        ({"WATCHDOG_EMAIL_SERVER": "smtps://u:pass-secret@h"}, "the account belongs in"),
        ({"WATCHDOG_EMAIL_SERVER": "smtps://h:0"}, "SERVER is not smtps://HOST"),
        ({"WATCHDOG_EMAIL_SERVER": "smtps://[::1"}, "SERVER is not smtps://HOST"),
        ({"WATCHDOG_EMAIL_USER": ""}, "belong together"),
        ({"WATCHDOG_EMAIL_SERVER": "smtp+plain://localhost"}, "never carries a password"),
        ({"WATCHDOG_EMAIL_CA": "/nowhere.pem"}, "WATCHDOG_EMAIL_CA names: No such file"),
        ({"WATCHDOG_EMAIL_CA": __file__}, "WATCHDOG_EMAIL_CA names: "),
    ],
)
def test_settings_that_cannot_be_right_are_refused_without_secrets(account, changes, said):
    values = {"WATCHDOG_EMAIL_SERVER": "smtps://h"} | account | changes
    with pytest.raises(ConfigurationError) as caught:
        from_environment(values.get)
    assert said in str(caught.value)
    assert "pass-secret" not in str(caught.value)


def test_without_settings_there_is_no_channel():
    assert from_environment({}.get) is None


@pytest.mark.parametrize(("scheme", "port"), [("smtps", 465), ("smtp", 587), ("smtp+plain", 25)])
def test_the_port_is_the_usual_one(settings, scheme, port):
    address = {"WATCHDOG_EMAIL_SERVER": f"{scheme}://mail.example.org"}
    assert from_environment((settings | address).get).server.port == port
