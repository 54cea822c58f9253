import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.examples import HOSTILE, message
from watchdog.demo.services import slack_fault
from watchdog.errors import RemoteError
from watchdog.notify import slack


def texts(document):
    """Every text object of a payload."""
    if isinstance(document, dict):
        if isinstance(document.get("text"), str):
            yield document
        for value in document.values():
            yield from texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from texts(value)


def shown(payload):
    return "\n".join(text["text"] for text in texts(payload))


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": tuple((f"name {n}", f"text {n}") for n in range(60))},
        {"facts": tuple((f"name {n}", "&" * 5000) for n in range(200)), "link": "http://a/"},
        {"title": "<" * 5000},
        {"title": "\U0001f4a5" * 5000},
        {"advice": tuple("`&` " * 1250 for _ in range(60)), "facts": (("a", "b"),) * 100},
        {"subject": "x" * 5000, "link": "https://example.org/"},
        {"facts": (("", ""),), "title": "", "advice": ("",), "subject": ""},
    ],
    ids=["60-facts", "200-facts", "long-title", "emoji", "advice", "subject", "empty"],
)
def test_a_message_of_any_size_keeps_slack_s_limits(changes):
    assert slack_fault(slack.render(message(**changes))) == ""


def test_sixty_facts_are_all_shown():
    facts = tuple((f"name-{n}", f"text-{n}") for n in range(60))
    blocks = json.dumps(slack.render(message(facts=facts))["blocks"])
    assert not [text for pair in facts for text in pair if text not in blocks]


def test_facts_over_the_limit_are_counted():
    payload = slack.render(message(facts=(("name", "text"),) * 75))
    assert "16 more" in shown({"blocks": payload["blocks"]})
    assert "16 more" in payload["text"]


@given(st.text(alphabet="&<>a;\u00e9"), st.integers(2, 40))
def test_an_escaped_text_is_never_cut_within_an_entity(text, most):
    safe = slack.escaped(text, most)
    assert len(safe) <= most
    assert not re.search("&(?!(amp|lt|gt);)|[<>]", safe)


@given(st.text(alphabet="<>&!here@ `*_~|\n\u202ea", max_size=60))
def test_no_text_from_outside_calls_anyone_or_is_marked_up(text):
    payload = slack.render(message(title=text, facts=((text, text),), advice=(text,)))
    for each in texts(payload):
        assert not re.search("<|@(here|channel|everyone)", each["text"])
        assert "\u202e" not in each["text"]
        if each.get("type") == "mrkdwn":
            without_code = re.sub("`[^`]+`", "", each["text"])
            inner = without_code.removeprefix("*").removesuffix("*")
            assert not re.search("(^|[^a-zA-Z0-9])[*_~`]", inner)


def test_a_link_is_the_only_markup_that_points_anywhere():
    payload = slack.render(message(title=HOSTILE, link="https://w.example/?a=1&b=<2>|3"))
    assert re.findall("<.*?>", shown(payload)) == [
        "<https://w.example/?a=1&amp;b=&lt;2&gt;%7C3|Open in the watchdog>"
    ]


def test_commands_in_advice_are_code_whatever_is_in_them():
    payload = slack.render(message(advice=("Run `a *b* <c>` then *d*",)))
    assert "• Run `a *b* &lt;c&gt;` then \N{ASTERISK OPERATOR}d\N{ASTERISK OPERATOR}" in shown(
        payload
    )


def test_a_layout_that_slack_refuses_is_sent_as_text_alone(receiver, settings):
    receiver.fail_next(400, body="invalid_blocks")
    slack.from_environment(settings.get).send(message(facts=(("Source", "https://a.example"),)))
    (received,) = receiver.received
    assert "blocks" not in received.body
    assert "Source: https://a.example" in received.body["text"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "invalid_payload"),
        (403, "action_prohibited"),
        (404, "no_service"),
        (410, "channel_is_archived"),
    ],
)
def test_the_error_repeats_what_slack_said(receiver, settings, status, said):
    receiver.fail_next(status, times=2, body=said)
    with pytest.raises(RemoteError, match=f"Slack at 127.0.0.1:[0-9]+ answered {status}: {said}$"):
        slack.from_environment(settings.get).send(message())
    assert receiver.requests == (2 if status == 400 else 1)


def test_links_are_not_unfolded(receiver, settings):
    slack.from_environment(settings.get).send(message())
    assert receiver.received[0].body["unfurl_links"] is False
