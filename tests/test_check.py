"""How one look is printed, for a person, a program and Nagios."""

import io
import json

import pytest
from rich.console import Console

from watchdog.check import Report, as_json, as_nagios, as_table
from watchdog.core.reference import Tag
from watchdog.core.verdict import Code, Finding, Outcome

TAG = Tag.parse("quay.io/acme/app:latest")
NASTY = Finding(Code.UNEXPECTED_SOURCE, "built from [bold]a|b[/] \x1b[31m<x>")
OUTCOMES = [
    (Outcome.ACCEPTED, 0, "OK"),
    (Outcome.WARNING, 1, "WARNING"),
    (Outcome.REJECTED, 2, "CRITICAL"),
    (Outcome.INCONCLUSIVE, 3, "UNKNOWN"),
]


@pytest.mark.parametrize(("outcome", "status", "word"), OUTCOMES)
def test_each_outcome_has_its_status_and_nagios_word(outcome, status, word):
    report = Report(TAG, outcome, ())
    assert report.status == status
    assert as_nagios(report).startswith(f"WATCHDOG {word} - {TAG} {outcome}")


def test_the_nagios_line_is_one_line_with_one_bar_before_the_performance_data():
    line = as_nagios(Report(TAG, Outcome.REJECTED, (NASTY,), note="judged | alone"))
    assert "\n" not in line
    assert "\x1b" not in line
    text, _, performance = line.partition(" | ")
    assert "|" not in text
    assert performance == "rejected=1;;1;0 inconclusive=0;;1;0"


def test_the_table_shows_text_from_outside_as_it_is_and_no_escape_sequence():
    out = io.StringIO()
    as_table(Report(TAG, Outcome.REJECTED, (NASTY,), note="note"), Console(file=out, width=200))
    assert "[bold]a|b[/]" in out.getvalue()
    assert "\x1b" not in out.getvalue()


def test_the_json_names_everything():
    document = json.loads(as_json(Report(TAG, Outcome.REJECTED, (NASTY,), digest="sha256:x")))
    assert document["tag"] == str(TAG)
    assert document["outcome"] == "rejected"
    assert document["findings"][0]["code"] == "unexpected-source"
    assert set(document) >= {"digest", "source", "revision", "basis", "trusted", "note"}
