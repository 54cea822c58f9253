"""Alerts drawn for the terminal from what the channels took; real messages, hostile ones too."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from watchdog.demo.alerts import matrix_panel, slack_panel
from watchdog.demo.receiver import Received

FIXTURES = Path(__file__).parents[1] / "fixtures" / "notify"
PANELS = {"slack": slack_panel, "matrix": matrix_panel}


def drawn(channel, body, width=200):
    out = io.StringIO()
    panel = PANELS[channel](Received(channel, "", {}, body))
    Console(file=out, width=width, highlight=False).print(panel)
    return out.getvalue()


def fixture(name, channel):
    return json.loads((FIXTURES / f"{name}.{channel}.json").read_text())


@pytest.mark.parametrize("channel", PANELS)
def test_an_alert_shows_its_title_facts_advice_and_time(channel):
    text = drawn(channel, fixture("unexpected-source", channel))
    for part in (
        "🟥 Critical: acquacotta:latest was moved to an image from another source",
        "unexpected-source, unrelated-history",
        "`watchdog approve quay.io/crunchtools/acquacotta:latest`",
        "2026-03-02T04:31:07Z",
    ):
        assert part in text


def test_slack_shows_neither_its_marks_nor_its_entities():
    text = drawn("slack", fixture("unexpected-source", "slack"))
    assert "Found " in text
    assert "*Found*" not in text
    assert "Open in the watchdog" in text
    assert "<http" not in text


@pytest.mark.parametrize("channel", PANELS)
def test_markup_of_the_terminal_in_an_alert_is_only_text(channel):
    text = "[bold red]It[/] is &lt;wrong&gt;"
    body = {
        "slack": {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": text}}]},
        "matrix": {"body": text},
    }[channel]
    shown = "[bold red]It[/] is <wrong>" if channel == "slack" else text
    assert shown in drawn(channel, body)


@pytest.mark.parametrize("channel", PANELS)
def test_nothing_is_cut_off_where_it_is_narrow(channel):
    text = drawn(channel, fixture("unexpected-source", channel), width=40)
    digest = "sha256:9b45" + "0" * 60
    letters = "".join(text.replace("│", "").split())
    assert digest in letters
    assert max(map(len, text.splitlines())) <= 40
