"""How one look is printed, for a person, a program and Nagios."""

import io
import json
from datetime import UTC, datetime

import pytest
from rich.console import Console

from watchdog.core.memory import Condition
from watchdog.core.reference import Tag
from watchdog.core.verdict import Code, ConditionCode, Finding, Outcome
from watchdog.report import Report, as_json, as_nagios, as_table

TAG = Tag.parse("quay.io/acme/app:latest")
NASTY = Finding(Code.UNEXPECTED_SOURCE, "built from [bold]a|b[/] \x1b[31m<x>")
SINCE = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
LAG = Condition(ConditionCode.LAGGING, "k", SINCE, "main is 3 | 4 commits ahead", in_force=True)
LAGGING = Report(TAG, Outcome.WARNING, (Finding(Code.UNCHANGED, "still it"),), (LAG,))
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


def test_the_table_shows_why_it_warns_and_since_when():
    out = io.StringIO()
    as_table(LAGGING, Console(file=out, width=200))
    (line,) = [line for line in out.getvalue().splitlines() if line.startswith("lagging")]
    assert line.strip().split(maxsplit=2) == [
        "lagging",
        "warning",
        "main is 3 | 4 commits ahead, since 2026-03-02 04:30 UTC",
    ]


def test_the_json_shows_why_it_warns_and_since_when():
    assert json.loads(as_json(LAGGING))["conditions"] == [
        {"code": "lagging", "since": "2026-03-02T04:30:00.000Z", "detail": LAG.detail}
    ]


def test_nagios_is_told_why_it_warns_and_since_when():
    assert as_nagios(LAGGING) == (
        f"WATCHDOG WARNING - {TAG} warning: unchanged, lagging: main is 3 / 4 commits ahead,"
        " since 2026-03-02 04:30 UTC | rejected=0;;1;0 inconclusive=0;;1;0"
    )


def test_what_is_rejected_is_the_reason_though_it_lags_too():
    line = as_nagios(Report(TAG, Outcome.REJECTED, (NASTY,), (LAG,)))
    assert "unexpected-source, lagging: built from" in line


def test_the_json_names_everything():
    document = json.loads(as_json(Report(TAG, Outcome.REJECTED, (NASTY,), digest="sha256:x")))
    assert document["tag"] == str(TAG)
    assert document["outcome"] == "rejected"
    assert document["findings"][0]["code"] == "unexpected-source"
    assert set(document) >= {"digest", "source", "revision", "basis", "trusted", "note"}
