"""How Quay's own API is asked, and what its refusals are taken for."""

import json

import pytest

from watchdog.core.reference import Repository
from watchdog.demo.registry_http import Answer, Server
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import Call, QuayApi, error_type
from watchdog.registry.transport import Transport

CSRF_BODY = b'{"error": "CSRF token was invalid or missing."}'
CSRF = Answer(403, {"Content-Type": "text/html"}, CSRF_BODY)


def problem(status, kind, words):
    """A refusal as Quay words it."""
    body = {"detail": words, "error_message": words, "error_type": kind, "status": status}
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


class Quay:
    """Answers everything with one answer, and remembers what was asked."""

    def __init__(self):
        self.answer = Answer(200, {}, b"{}")
        self.asked = []
        self.server = Server(("127.0.0.1", 0), self._answer)
        self.host = f"127.0.0.1:{self.server.server_port}"

    def _answer(self, asked):
        self.asked.append(asked)
        return self.answer

    def api(self, *, token=None, prefix=None):
        return QuayApi(
            Transport({self.host: HostSettings(plain_http=True)}),
            {self.host: token} if token else {},
            {self.host: prefix} if prefix else {},
        )

    def call(self, **more):
        return Call(self.host, "repository/acme/app", "the app", **more)


@pytest.fixture
def quay():
    quay = Quay()
    quay.server.start()
    yield quay
    quay.server.stop()


def test_a_question_goes_to_the_api_with_its_token(quay):
    body = {"manifest_digest": "sha256:1"}
    quay.api(token="a-token").ask(quay.call(method="POST", query={"n": 1}, body=body))
    (asked,) = quay.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/repository/acme/app")
    assert asked.query == {"n": "1"}
    assert asked.headers["Authorization"] == "Bearer a-token"
    assert asked.headers["Content-Type"] == "application/json"
    assert json.loads(asked.body) == body


def test_without_a_token_nobody_asks(quay):
    quay.api().ask(quay.call())
    assert "Authorization" not in quay.asked[0].headers


def test_a_quay_behind_a_path_has_its_api_and_its_names_behind_it(quay):
    api = quay.api(prefix="registry")
    api.ask(quay.call())
    assert quay.asked[0].path == "/registry/api/v1/repository/acme/app"
    repository = Repository(quay.host, "registry/acme/app")
    assert api.path_of(repository) == "acme/app"
    assert api.repository_of(quay.host, "acme/app") == repository


REFUSALS = {
    "nobody-writes": (CSRF, None, DeniedError, "takes a token with the scope repo:write"),
    "bad-token": (CSRF, "expired-token", DeniedError, "is not valid for"),
    "private": (problem(401, "invalid_token", "Requires authentication"), None, DeniedError, "401"),
    "scope": (
        problem(403, "insufficient_scope", "Unauthorized"),
        "a-read-token",
        DeniedError,
        "scope repo:write",
    ),
    "unknown": (problem(404, "not_found", "Not Found"), None, NotFoundError, "(Not Found)"),
    "immutable": (problem(409, "tag_immutable", "Immutable"), None, RemoteError, "(Immutable)"),
    "wrong": (problem(400, "invalid_request", "Bad URL"), None, RemoteError, "(Bad URL)"),
}


@pytest.mark.parametrize(("answer", "token", "error", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_says_what_to_do_and_never_the_token(quay, answer, token, error, words):
    quay.answer = answer
    with pytest.raises(error) as caught:
        quay.api(token=token).read(quay.call(needs="repo:write"))
    assert words in str(caught.value)
    assert not caught.value.retryable
    assert token is None or token not in str(caught.value)


def test_a_mirror_is_not_asked_again_and_a_busy_quay_is(quay):
    read_only = b'{"message": "Repository is in read only or mirror mode: 1"}'
    for answer, retryable in (
        (Answer(503, {}, read_only), False),
        (Answer(503, {}, b'{"message": "", "is_readonly": true}'), False),
        (Answer(503, {}, b""), True),
        (Answer(429, {}, b"<html>"), True),
    ):
        quay.answer = answer
        with pytest.raises(RemoteError) as caught:
            quay.api().read(quay.call())
        assert caught.value.retryable is retryable


def test_quay_s_own_word_for_a_refusal_is_read():
    reply = problem(409, "tag_immutable", "…")
    assert error_type(reply) == "tag_immutable"
    assert error_type(Answer(409, {}, b"<html>")) == ""


def test_tokens_are_told_apart_without_being_said(quay):
    marks = [quay.api(token=token).token_mark(quay.host) for token in ("one", "two", "one", None)]
    assert marks[0] == marks[2] != marks[1]
    assert marks[3] == ""
    assert "one" not in marks[0]


def test_an_answer_that_is_no_object_is_malformed(quay):
    quay.answer = Answer(200, {}, b"[]")
    with pytest.raises(MalformedError, match="the app"):
        quay.api().read(quay.call())
