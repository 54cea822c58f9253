"""The bounds of an exchange, against servers that misbehave."""

import logging
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from itertools import chain

import pytest
import requests
import trustme

from watchdog.errors import RemoteError
from watchdog.notify import post
from watchdog.notify.post import Call, demand, exchange


@contextmanager
def raw_server(*pieces, then=(), pause_s=0.0, forever=False, tls=None):
    """Answer one connection with these bytes, one piece after the other, then close."""
    ended = threading.Event()

    def answer(connection):
        request = part = connection.recv(65536)
        # The body too: a close with bytes unread is a reset, and what was answered is lost.
        while part and request.startswith(b"POST") and not request.endswith(b"\r\n\r\n{}"):
            part = connection.recv(65536)
            request += part
        while True:
            for piece in chain(pieces, then):
                connection.sendall(piece)
                ended.wait(pause_s)
            if not forever or ended.is_set():
                return

    def serve():
        with listener, suppress(OSError):
            accepted = listener.accept()[0]
            with tls.wrap_socket(accepted, server_side=True) if tls else accepted as connection:
                answer(connection)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve)
    thread.start()
    try:
        address = f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        yield f"{address}/services/secret-secret?key=secret-key"
    finally:
        ended.set()
        thread.join()


def call(url):
    return Call("Slack", "POST", url, {})


def test_an_answer_that_never_begins_ends_at_the_deadline():
    with (
        raw_server(b"HTTP/1.1 100 Continue\r\n\r\n", pause_s=0.05, forever=True) as url,
        pytest.raises(RemoteError, match=r"no answer within 0\.3 s") as caught,
    ):
        exchange(call(url), total_s=0.3)
    assert caught.value.retryable


def test_headers_that_drip_forever_end_at_the_deadline_and_nothing_is_logged(caplog):
    caplog.set_level(logging.DEBUG)
    with raw_server(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", pause_s=0.05, forever=True) as url:
        assert exchange(call(url), total_s=0.3).took
    assert caplog.records == []


def test_what_urllib3_logs_outside_an_exchange_is_still_logged(caplog):
    caplog.set_level(logging.DEBUG)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with raw_server(head) as url:
        exchange(call(url))
    with raw_server(head) as url, requests.Session() as session:
        session.get(url)
    assert any("secret-secret" in record.getMessage() for record in caplog.records)


def test_a_body_that_drips_forever_ends_at_the_deadline_and_the_status_counts():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"
    with raw_server(head, *([b"x"] * 9), pause_s=0.05, forever=True) as url:
        answer = exchange(call(url), total_s=0.4)
    assert answer.took
    assert len(answer.body) < post.ANSWER_MAX_BYTES


def test_no_thread_outlives_an_exchange():
    before = threading.active_count()
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as url:
        exchange(call(url))
    assert threading.active_count() == before


def test_a_body_is_read_to_a_limit():
    head = b"HTTP/1.1 500 Oh\r\nContent-Length: 9999999\r\n\r\n"
    with raw_server(head, b"x" * 500_000) as url:
        assert len(exchange(call(url)).body) == post.ANSWER_MAX_BYTES


def test_a_server_cannot_make_us_read_more_than_the_limit():
    body = [b"x" * 1_000_000] * 64
    left = iter(body)
    with raw_server(b"HTTP/1.1 500 Oh\r\nContent-Length: 64000000\r\n\r\n", then=left) as url:
        exchange(call(url))
    assert list(left)


def test_a_compressed_body_is_not_inflated():
    head = b"HTTP/1.1 500 Oh\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    with raw_server(head) as url:
        assert exchange(call(url)).body == b"abc"


@pytest.mark.parametrize("rubbish", [b"", b"HTTP", b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00" * 100])
def test_what_is_not_http_is_worth_a_retry(rubbish):
    with (
        raw_server(rubbish) as url,
        pytest.raises(RemoteError, match="could not be reached") as caught,
    ):
        exchange(call(url))
    assert caught.value.retryable
    assert "secret" not in str(caught.value)


def test_a_server_without_tls_is_named_as_such():
    with (
        raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url,
        pytest.raises(RemoteError, match=r"could not be reached: .*SSL") as caught,
    ):
        exchange(call(url.replace("http:", "https:")))
    assert "secret" not in str(caught.value)


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def tls(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


def test_a_certificate_that_nobody_vouches_for_is_refused(tls):
    with (
        raw_server(b"HTTP/1.1 200 OK\r\n\r\n", tls=tls) as url,
        pytest.raises(RemoteError, match="certificate verify failed") as caught,
    ):
        exchange(call(url))
    assert "secret" not in str(caught.value)


def test_an_own_authority_is_trusted_through_the_environment_and_tls_is_bounded_too(
    authority, tls, tmp_path, monkeypatch
):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with raw_server(b"HTTP/1.1 204 Fine\r\n\r\n", tls=tls) as url:
        assert exchange(call(url)).took
    drip = b"HTTP/1.1 100 Continue\r\n\r\n"
    with (
        raw_server(drip, pause_s=0.05, forever=True, tls=tls) as url,
        pytest.raises(RemoteError, match="no answer within"),
    ):
        exchange(call(url), total_s=0.5)


def test_a_host_that_cannot_be_is_not_worth_a_retry():
    with pytest.raises(RemoteError) as caught:
        exchange(call("https://*.example/services/secret"))
    assert not caught.value.retryable
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://h/services/s3cr3t-piece",
        "https://h/x?key=s3cr3t-piece",
        "https://ops:s3cr3t-piece@h/",
        "https://h/s3cr3t%2Dpiece",
    ],
)
def test_a_body_that_repeats_the_address_is_shown_without_it(url):
    answer = post.Answer(404, f"{url} s3cr3t-piece was not found".encode(), None)
    with pytest.raises(RemoteError) as caught:
        demand(call(url), answer)
    assert "was not found" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert "s3cr3t" not in repr(call(url)) + repr(answer)


@pytest.mark.parametrize("header", [b"Mon, 01 Jan 99999999999 00:00:00 GMT", b"\xff\xfe", b"1e9"])
def test_a_wait_that_is_none_is_none(header):
    with raw_server(b"HTTP/1.1 503 No\r\nRetry-After: " + header + b"\r\n\r\n") as url:
        assert exchange(call(url)).retry_after is None
