import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.examples import HOSTILE, OPENED, message
from watchdog.demo.services import slack_fault
from watchdog.demo.slack_api import too_long
from watchdog.errors import RemoteError
from watchdog.notify import slack, slack_blocks


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
    assert slack_fault(slack_blocks.render(message(**changes))) == ""


def test_sixty_facts_are_all_shown():
    facts = tuple((f"name-{n}", f"text-{n}") for n in range(60))
    blocks = json.dumps(slack_blocks.render(message(facts=facts))["blocks"])
    assert not [text for pair in facts for text in pair if text not in blocks]


def test_facts_over_the_limit_are_counted():
    payload = slack_blocks.render(message(facts=(("name", "text"),) * 75))
    assert "16 more" in shown({"blocks": payload["blocks"]})
    assert "16 more" in payload["text"]


@given(st.text(alphabet="&<>a;\u00e9"), st.integers(2, 40))
def test_an_escaped_text_is_never_cut_within_an_entity(text, most):
    safe = slack_blocks.escaped(text, most)
    assert len(safe) <= most
    assert not re.search("&(?!(amp|lt|gt);)|[<>]", safe)


@given(st.text(alphabet="<>&!here@ `*_~|\n\u202ea", max_size=60))
def test_no_text_from_outside_calls_anyone_or_is_marked_up(text):
    payload = slack_blocks.render(message(title=text, facts=((text, text),), advice=(text,)))
    for each in texts(payload):
        assert not re.search("<|@(here|channel|everyone)", each["text"])
        assert "\u202e" not in each["text"]
        if each.get("type") == "mrkdwn":
            without_code = re.sub("`[^`]+`", "", each["text"])
            inner = without_code.removeprefix("*").removesuffix("*")
            assert not re.search("(^|[^a-zA-Z0-9])[*_~`]", inner)


def test_a_link_is_the_only_markup_that_points_anywhere():
    payload = slack_blocks.render(message(title=HOSTILE, link="https://w.example/?a=1&b=<2>|3"))
    assert re.findall("<.*?>", shown(payload)) == [
        "<https://w.example/?a=1&amp;b=&lt;2&gt;%7C3|Open in the watchdog>"
    ]


def test_places_to_look_at_are_links_and_no_buttons():
    payload = slack_blocks.render(OPENED)
    assert {"type": "section", "text": payload["blocks"][-2]["text"]} == payload["blocks"][-2]
    assert payload["blocks"][-2]["text"]["text"] == (
        "<https://watchdog.example/tags?tag=acquacotta|Open in the watchdog> · "
        "<https://github.com/crunchtools/acquacotta/compare/1a2b...9b45|Compare the commits>"
    )
    assert "button" not in json.dumps(payload)


def test_links_of_any_number_and_size_keep_slack_s_limits():
    links = tuple((f"{n} {'&' * 900}", f"https://w.example/{'&' * 900}") for n in range(40))
    payload = slack_blocks.render(message(link="https://w.example/", links=links))
    assert slack_fault(payload) == ""
    assert "Open in the watchdog" in shown(payload)


@pytest.mark.parametrize("text", ["x" * 5000, "&" * 5000, "\U0001f4a5" * 5000])
def test_a_layout_stays_below_what_chat_postmessage_takes(text):
    facts = tuple((f"{n}", text) for n in range(40))
    payload = slack_blocks.render(message(title=text, facts=facts, advice=(text,) * 10))
    assert too_long(payload) == ""
    assert slack_fault(payload) == ""


def test_commands_in_advice_are_code_whatever_is_in_them():
    payload = slack_blocks.render(message(advice=("Run `a *b* <c>` then *d*",)))
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
