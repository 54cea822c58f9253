"""The facts of a message that stand beside the verdict: times, links, and when hosts pull."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from tests.core.examples import NOW, OURS, SIBLING, TAG, digest, incident, memory, revision, rule
from watchdog.core.facts import facts, links
from watchdog.core.memory import Flapping
from watchdog.core.message import Severity, Stage
from watchdog.core.occasion import Occasion
from watchdog.core.pulls import Pulls
from watchdog.core.source import parse_source
from watchdog.core.telling import Telling
from watchdog.core.verdict import Code, Finding
from watchdog.core.wording import tag_message

OLDER = memory(
    digest=digest("bad"),
    revision=revision("older"),
    findings=(Finding(Code.OLDER_COMMIT, "older"),),
    since=NOW - timedelta(minutes=7),
    built=NOW - timedelta(hours=3),
)
GITHUB = "https://github.com/crunchtools/acquacotta"


def occasion(after=OLDER, **changes):
    values = {"tag": TAG, "before": memory(), "after": after, "now": NOW, "rule": rule()}
    return Occasion(**(values | changes))


def told(telling, **changes):
    return dict(facts(telling, occasion(**changes)))


def test_a_bad_build_is_told_with_when_it_was_built_and_pushed():
    assert told(Telling.WRONG)["Pushed"].endswith(
        ", built 2026-03-02 01:30 UTC, pushed 2026-03-02 04:23 UTC"
    )


def test_when_hosts_pull_is_said_where_the_rule_knows_it():
    pulls = Pulls(time(0, 0), "America/New_York")
    said = told(Telling.WRONG, rule=rule(pulls=pulls))["Hosts pull"]
    assert said == "in 30 min (00:00 America/New_York)"
    assert told(Telling.WRONG)["Hosts pull"] == told(Telling.WRONG, rule=None)["Hosts pull"] == ""


def test_commits_of_the_policy_s_source_are_linked_and_compared_with_the_trusted_one():
    new, old = revision("older"), revision("good")
    assert links(Telling.WRONG, occasion()) == (
        ("Commit", f"{GITHUB}/commit/{new}"),
        ("Compare with the trusted build", f"{GITHUB}/compare/{old}...{new}"),
    )
    assert links(Telling.RIGHT, occasion()) == (("Commit", f"{GITHUB}/commit/{new}"),)


FOREIGN_FORGE = parse_source("https://git.example.org/acme/app")[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"after": replace(OLDER, source=SIBLING)},
        {"after": replace(OLDER, revision=None)},
        {"after": replace(OLDER, source=None)},
        {"rule": None},
        {
            "after": replace(OLDER, source=FOREIGN_FORGE),
            "rule": rule(sources=(FOREIGN_FORGE,)),
        },
    ],
    ids=["an-image-s-claim", "no-commit", "no-source", "no-rule", "no-forge-that-is-known"],
)
def test_nothing_is_a_link_for_an_image_s_word(changes):
    assert links(Telling.WRONG, occasion(**changes)) == ()


@pytest.mark.parametrize("trusted", [None, "same"])
def test_there_is_nothing_to_compare_without_another_commit_that_is_trusted(trusted):
    after = replace(OLDER, trusted=None)
    if trusted:
        after = replace(OLDER, revision=OLDER.trusted.revision, source=OURS)
    assert [name for name, _ in links(Telling.WRONG, occasion(after))] == ["Commit"]


def test_an_incident_that_is_over_lasted_until_the_tag_was_right():
    closed = replace(incident(since=timedelta(hours=2)), right_since=NOW - timedelta(hours=1))
    after = memory()
    assert told(Telling.RIGHT, after=after, closed=closed)["Wrong for"] == "1 h"


def test_a_flapping_tag_is_summed_up():
    flapping = Flapping(NOW - timedelta(hours=1), NOW, 14, timedelta(minutes=30), NOW)
    before = memory(flapping=flapping)
    said = told(Telling.SETTLED, before=before, after=memory())
    assert said["Changes"] == "14 from 2026-03-02 03:30 UTC to 2026-03-02 04:30 UTC"
    assert "Watchdog" not in said
    assert told(Telling.SETTLED)["Changes"] == ""
    assert told(Telling.SETTLED, before=before)["Verdict"] == "older-commit"


def test_a_summary_is_about_the_time_of_flapping_and_as_bad_as_the_tag():
    flapping = Flapping(NOW - timedelta(hours=1), NOW, 14, timedelta(minutes=30), NOW)
    before = memory(flapping=flapping, incident=incident())
    begun = tag_message(Telling.FLAPPING, occasion(replace(OLDER, flapping=flapping)))
    wrong = tag_message(Telling.SETTLED, occasion(before=before))
    right = tag_message(Telling.SETTLED, occasion(memory(), before=before))
    assert begun.thread == wrong.thread == right.thread
    assert (begun.stage, right.stage) == (Stage.OPEN, Stage.RESOLVED)
    severities = [message.severity for message in (begun, wrong, right)]
    assert severities == [Severity.CRITICAL, Severity.CRITICAL, Severity.RIGHT]
    assert any("watchdog ack" in line for line in wrong.advice)
    assert right.advice == ()
    assert tag_message(Telling.SETTLED, occasion()).thread is None


def test_since_when_it_lags_is_not_said_where_it_does_not():
    assert told(Telling.LAGGING)["Since"] == ""
