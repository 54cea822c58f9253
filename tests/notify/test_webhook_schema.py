"""The body's JSON Schema, which receivers rely on."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.notify.examples import AT, EXAMPLES, message
from watchdog.cli import cli
from watchdog.core.message import Message, Severity, Stage
from watchdog.notify import webhook

VALIDATOR = Draft202012Validator(webhook.schema())
TEXTS = st.text(max_size=40)
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=5).map(tuple)
TIMES = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2999, 1, 1)).map(  # noqa: DTZ001  (made aware in the next line)
    lambda at: at.replace(tzinfo=UTC)
)
MESSAGES = st.builds(
    Message,
    id=st.text(min_size=1, max_size=20),
    subject=TEXTS,
    kind=st.just("wrong"),
    severity=st.sampled_from(Severity),
    title=TEXTS,
    facts=PAIRS,
    advice=st.lists(TEXTS, max_size=3).map(tuple),
    at=TIMES,
    link=st.none() | TEXTS,
    links=PAIRS,
    thread=st.none() | st.text(min_size=1, max_size=9),
    since=st.none() | TIMES,
    stage=st.none() | st.sampled_from(Stage),
)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(webhook.schema())


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_keeps_the_promise(example):
    VALIDATOR.validate(webhook.render(EXAMPLES[example]))


@given(MESSAGES)
def test_whatever_a_message_holds_its_body_keeps_the_promise(any_message):
    VALIDATOR.validate(webhook.render(any_message))


def test_the_schema_is_printed():
    printed = CliRunner().invoke(cli, ["notify", "schema"])
    assert printed.exit_code == 0
    assert json.loads(printed.output) == webhook.schema()


def test_each_field_of_the_body_is_described():
    assert list(webhook.schema()["properties"]) == list(webhook.render(message()))
    assert webhook.schema()["required"] == list(webhook.render(message()))


def test_a_message_of_an_incident_says_which_since_when_and_how_it_stands():
    links = (("Compare", "https://forge.example/a...b"), ("Run", "javascript:alert(1)"))
    body = webhook.render(
        message(thread="t1", since=AT, stage=Stage.ACKNOWLEDGED, links=links),
    )
    assert (body["thread"], body["since"], body["stage"]) == (
        "t1",
        "2026-03-02T04:31:07Z",
        "acknowledged",
    )
    assert body["links"] == [{"name": "Compare", "url": "https://forge.example/a...b"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("version", 1),
        ("severity", "fatal"),
        ("stage", "closed"),
        ("since", "yesterday"),
        ("at", None),
        ("links", [{"name": "a", "url": "javascript:b"}]),
        ("facts", {"a": 1}),
    ],
)
def test_the_schema_refuses_what_is_no_message(field, value):
    assert not VALIDATOR.is_valid(webhook.render(message()) | {field: value})
