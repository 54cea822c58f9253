import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.examples import HOSTILE, OPENED, ROOT, message
from watchdog.core.message import Severity
from watchdog.demo.receiver import ALIAS
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify import matrix, matrix_event


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names, self.links = set(), []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.links += attrs


def test_the_same_message_twice_is_one_message(receiver, settings):
    channel = matrix.from_environment(settings.get)
    channel.send(message(id="a/b?c#1"))
    channel.send(message(id="a/b?c#1"))
    assert [each.id for each in receiver.received] == ["a/b?c#1"]
    assert receiver.requests == 2


def test_an_alias_is_resolved_once(receiver, settings):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": ALIAS}).get)
    for number in range(3):
        channel.send(message(id=f"m{number}"))
    assert len(receiver.received) == 3
    assert receiver.requests == 4


def test_an_alias_that_moved_to_another_room_is_resolved_anew(receiver, settings):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": ALIAS}).get)
    channel.send(message(id="before"))
    receiver.move_alias("!upgraded:demo")
    channel.send(message(id="after"))
    assert [each.id for each in receiver.received] == ["before", "after"]


def test_an_alias_that_nobody_has_is_permanent(settings):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": "#nobody:demo"}).get)
    with pytest.raises(RemoteError, match=r"answered 404: .*M_NOT_FOUND") as caught:
        channel.send(message())
    assert not caught.value.retryable


@pytest.mark.parametrize("body", ["", "[]", '{"room_id": 5}', '{"room_id": "x"}', "[" * 60000])
def test_a_directory_that_names_no_room_is_an_error(receiver, settings, body):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": ALIAS}).get)
    receiver.fail_next(200, body=body)
    with pytest.raises(RemoteError, match="named no room for #alerts:demo"):
        channel.send(message())


def test_a_room_that_we_are_not_in_is_permanent(settings):
    channel = matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": "!other:demo"}).get)
    with pytest.raises(RemoteError, match=r"M_FORBIDDEN.*not in room !other:demo") as caught:
        channel.send(message())
    assert not caught.value.retryable


def test_a_wrong_token_is_permanent_and_not_shown(settings):
    channel = matrix.from_environment(
        (settings | {"WATCHDOG_MATRIX_ACCESS_TOKEN": "syt_wrong_one"}).get
    )
    with pytest.raises(RemoteError, match=r"answered 401: .*M_UNKNOWN_TOKEN") as caught:
        channel.send(message())
    assert not caught.value.retryable
    assert "syt_wrong_one" not in str(caught.value) + repr(channel)


def test_the_token_travels_in_its_header_only(receiver, settings):
    matrix.from_environment(settings.get).send(message())
    (received,) = receiver.received
    assert received.headers["authorization"] == f"Bearer {settings['WATCHDOG_MATRIX_ACCESS_TOKEN']}"
    assert settings["WATCHDOG_MATRIX_ACCESS_TOKEN"] not in json.dumps(received.body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 2500}', 2.5),
        ('{"retry_after_ms": -1}', 0),
        (f'{{"retry_after_ms": {10**400}}}', 3600),
        ('{"retry_after_ms": "soon"}', None),
        ("not json", None),
    ],
)
def test_the_wait_is_read_from_the_body(receiver, settings, body, expected):
    receiver.fail_next(429, body=body)
    with pytest.raises(RemoteError) as caught:
        matrix.from_environment(settings.get).send(message())
    assert (caught.value.retryable, caught.value.retry_after) == (True, expected)


def test_the_header_s_wait_outranks_the_body_s(receiver, settings):
    receiver.fail_next(429, retry_after="9", body='{"retry_after_ms": 2500}')
    with pytest.raises(RemoteError) as caught:
        matrix.from_environment(settings.get).send(message())
    assert caught.value.retry_after == 9


@pytest.mark.parametrize("severity", Severity)
def test_only_information_is_a_notice(severity):
    expected = "m.notice" if severity is Severity.INFO else "m.text"
    assert matrix_event.render(message(severity=severity))["msgtype"] == expected


def test_nobody_is_called():
    content = matrix_event.render(
        message(title=HOSTILE, facts=((HOSTILE, HOSTILE),), advice=(HOSTILE,))
    )
    assert content["m.mentions"] == {}
    assert "@room" not in json.dumps(content)


@given(st.text(alphabet="<>&\"'/script=a`\n", max_size=60))
def test_no_text_from_outside_becomes_html(text):
    content = matrix_event.render(
        message(title=text, facts=((text, text),), advice=(text,), link=f"https://w/{text}")
    )
    tags = Tags(content["formatted_body"])
    assert tags.names <= {"p", "strong", "ul", "ol", "li", "b", "a", "code"}
    assert tags.links == [("href", f"https://w/{text}")]


@pytest.mark.parametrize("text", ["x" * 5000, "\U0001f4a5" * 5000, '"' * 5000, "\\" * 5000])
def test_a_long_message_fits_into_an_event(text):
    long = message(
        title=text, subject=text, facts=((text, text),) * 100, advice=(text,) * 30, thread="1"
    )
    content, edited = (
        matrix_event.render(long),
        matrix_event.edit(replace(ROOT, opening=long), long),
    )
    most = matrix_event.CONTENT_MAX_BYTES
    assert len(json.dumps(content, ensure_ascii=False).encode()) <= most
    assert len(json.dumps(edited, ensure_ascii=False).encode()) <= most + 4096


def test_a_room_that_is_neither_id_nor_alias_is_refused(settings):
    with pytest.raises(ConfigurationError, match="WATCHDOG_MATRIX_ROOM"):
        matrix.from_environment((settings | {"WATCHDOG_MATRIX_ROOM": "ops"}).get)


def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(settings):
    with pytest.raises(ConfigurationError) as caught:
        matrix.from_environment((settings | {"WATCHDOG_MATRIX_ACCESS_TOKEN": "syt_a\nb"}).get)
    assert "syt_a" not in str(caught.value)


@pytest.mark.parametrize("missing", ["HOMESERVER", "ACCESS_TOKEN", "ROOM"])
def test_half_a_configuration_names_what_is_missing(settings, missing):
    with pytest.raises(ConfigurationError, match=f"need WATCHDOG_MATRIX_{missing}$"):
        matrix.from_environment((settings | {f"WATCHDOG_MATRIX_{missing}": None}).get)


def test_a_homeserver_may_end_with_a_slash(receiver, settings):
    slashed = settings | {"WATCHDOG_MATRIX_HOMESERVER": f"{receiver.address}/"}
    matrix.from_environment(slashed.get).send(message())
    assert [each.id for each in receiver.received] == [message().id]


def test_links_are_links():
    content = matrix_event.render(OPENED)
    assert Tags(content["formatted_body"]).links == [
        ("href", OPENED.link),
        ("href", OPENED.links[0][1]),
    ]
    assert f"{OPENED.links[0][0]}: {OPENED.links[0][1]}" in content["body"]
    assert "javascript" not in json.dumps(content)
