import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from watchdog.core.oci import MANIFEST_MAX_BYTES, OCI_MANIFEST
from watchdog.core.reference import Repository, Tag
from watchdog.demo.registry_http import Answer
from watchdog.errors import (
    ConfigurationError,
    DeniedError,
    MalformedError,
    NotFoundError,
)
from watchdog.registry.exchange import HostSettings
from watchdog.registry.failures import RETRY_AFTER_MAX_S
from watchdog.registry.transport import Transport

DEADLINE_S = 0.4
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip(stopping, connection, text):
    for byte in text:
        if stopping.wait(DEADLINE_S / 4):
            return
        connection.sendall(bytes([byte]))


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX: ",
        HEAD + b"Content-Length: 4000\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 4000\r\n\r\n",
    ],
    ids=["status", "header", "body", "chunk-size", "trailer", "error-body"],
)
def test_a_server_that_drips_is_left_at_the_deadline(
    raw_server, make_client, tag_of, start, failing
):
    # It drips ten deadlines long and then hangs up, which would be another error.
    def talk(connection, stopping):
        connection.sendall(start)
        drip(stopping, connection, b"1" * 40)

    host = raw_server(talk)
    error = failing(make_client(host, transport={"timeout_s": DEADLINE_S}), tag_of(host))
    assert "no complete answer within 0.4 s" in str(error)
    assert error.retryable


def test_a_byte_does_not_lengthen_the_deadline(raw_server, make_client, tag_of, failing):
    def talk(connection, stopping):
        for part in (HEAD + b"Content-Length: 2\r\n\r\n{", b"}"):
            stopping.wait(DEADLINE_S * 0.75)
            connection.sendall(part)

    host = raw_server(talk)
    error = failing(make_client(host, transport={"timeout_s": DEADLINE_S}), tag_of(host))
    assert "no complete answer" in str(error)


def test_a_server_that_never_answers_is_left_at_the_deadline(
    simulator, make_client, image, failing
):
    tag = simulator.tag("acme/app")
    simulator.push(image(), tag)
    simulator.hang_next(60)
    error = failing(make_client(simulator.host, transport={"timeout_s": DEADLINE_S}), tag)
    assert error.retryable


def test_redirects_share_one_deadline(serve, make_client, tag_of, failing):
    hops = []

    def answer(request):
        hops.append(request.path)
        return Answer(302, {"Location": "/next"})

    host = serve(answer)
    error = failing(make_client(host, transport={"timeout_s": 0.0}), tag_of(host))
    assert error.retryable
    assert hops == []


def test_a_compressed_answer_is_refused(serve, make_client, tag_of, failing):
    host = serve(lambda _: Answer(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b"))
    assert "compressed" in str(failing(make_client(host), tag_of(host), MalformedError))


def test_only_identity_is_asked_for(serve, make_client, tag_of, image):
    asked = []

    def answer(request):
        asked.append(request.headers["Accept-Encoding"])
        return Answer(200, {"Content-Type": OCI_MANIFEST}, image().manifest.body)

    host = serve(answer)
    make_client(host).digest(tag_of(host))
    assert asked == ["identity", "identity"]


def test_an_oversize_answer_is_refused(serve, make_client, tag_of, failing):
    host = serve(lambda _: Answer(200, {}, b" " * (MANIFEST_MAX_BYTES + 1)))
    error = failing(make_client(host), tag_of(host), MalformedError)
    assert f"more than {MANIFEST_MAX_BYTES} bytes" in str(error)


def test_an_answer_without_end_is_refused(raw_server, make_client, tag_of, failing):
    def talk(connection, stopping):
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        while not stopping.is_set():
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    host = raw_server(talk)
    failing(make_client(host), tag_of(host), MalformedError)


def test_a_shorter_answer_than_announced_is_retryable(raw_server, make_client, tag_of, failing):
    def talk(connection, _):
        connection.sendall(HEAD + b"Content-Length: 400\r\n\r\n{}")

    host = raw_server(talk)
    assert failing(make_client(host), tag_of(host)).retryable


def test_what_is_no_http_is_retryable(raw_server, make_client, tag_of, failing):
    host = raw_server(lambda connection, _: connection.sendall(b"SSH-2.0-OpenSSH_9\r\n"))
    assert failing(make_client(host), tag_of(host)).retryable


def test_a_refused_connection_is_retryable(make_client, tag_of, failing):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
    error = failing(make_client(host), tag_of(host))
    assert error.retryable
    assert "Connection refused" in str(error)


def test_a_host_without_an_address_is_retryable(make_client, failing):
    client = make_client("registry.invalid")
    tag = Tag(Repository("registry.invalid", "acme/app"), "latest")
    error = failing(client, tag)
    assert error.retryable
    assert "its name has no address" in str(error)


def test_connections_are_kept_alive(serve, make_client, tag_of):
    seen = set()

    def answer(request):
        seen.add(request.client)
        return Answer(404)

    host = serve(answer)
    client = make_client(host)
    for _ in range(3):
        with pytest.raises(NotFoundError):
            client.digest(tag_of(host))
    assert len(seen) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_retryable(simulator, client, status, failing):
    simulator.fail_next(status, retry_after="7")
    error = failing(client, simulator.tag("acme/app"))
    assert (error.retryable, error.retry_after) == (True, 7.0)
    assert f"{simulator.host} answered {status}" in str(error)


@pytest.mark.parametrize("status", [304, 400, 405, 406, 409, 410])
def test_a_lasting_refusal_is_not_retryable(simulator, client, status, failing):
    simulator.fail_next(status)
    assert not failing(client, simulator.tag("acme/app")).retryable


def test_a_forbidden_tag_is_denied(simulator, client, failing):
    simulator.fail_next(403)
    failing(client, simulator.tag("acme/app"), DeniedError)


def wait_asked(simulator, client, text, failing):
    simulator.fail_next(429, retry_after=text)
    return failing(client, simulator.tag("acme/app")).retry_after


def test_retry_after_may_be_a_date(simulator, client, failing):
    past = format_datetime(datetime.now(UTC) - timedelta(days=9), usegmt=True)
    assert wait_asked(simulator, client, past, failing) == 0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 0 < wait_asked(simulator, client, soon, failing) <= 100


@pytest.mark.parametrize("text", ["99999999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_has_a_limit(simulator, client, text, failing):
    assert wait_asked(simulator, client, text, failing) == RETRY_AFTER_MAX_S


@pytest.mark.parametrize("text", ["-1", "soon", "1.5", "Fri, 99 Dec 2026 23:59:59 GMT"])
def test_an_unusable_retry_after_is_none(simulator, client, text, failing):
    assert wait_asked(simulator, client, text, failing) is None


def test_a_registrys_own_words_are_quoted_without_control_characters(
    serve, make_client, tag_of, failing
):
    body = b'{"errors":[{"code":"DENIED","message":"quota\\u001b[31m exceeded"}]}'
    host = serve(lambda _: Answer(400, {}, body))
    assert "answered 400 (DENIED: quota [31m exceeded)" in str(
        failing(make_client(host), tag_of(host))
    )


@pytest.mark.parametrize("body", [b"<html>", b'{"errors":[]}', b'{"errors":{}}', b'{"errors":[1]}'])
def test_an_error_without_words_is_still_an_error(serve, make_client, tag_of, body, failing):
    host = serve(lambda _: Answer(418, {}, body))
    assert str(failing(make_client(host), tag_of(host))).endswith("answered 418")


def test_a_certificate_of_an_unknown_authority_is_not_accepted(
    serve, make_client, tag_of, tls_hosts, failing
):
    host = serve(lambda _: Answer(200), tls=True)
    tls_hosts.clear()
    error = failing(make_client(), tag_of(host))
    assert "ca_file" in str(error)
    assert not error.retryable


def test_a_ca_file_that_is_missing_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="no CA file"):
        Transport({"registry.example": HostSettings(ca_file=Path("/nowhere/ca.pem"))})


def test_an_unlisted_host_is_asked_over_tls(raw_server, make_client, tag_of, failing):
    greetings = []

    def talk(connection, _):
        greetings.append(1)
        connection.sendall(b"\x15\x03\x01\x00\x02\x02\x28")

    host = raw_server(talk)
    failing(make_client(), tag_of(host))
    assert greetings
