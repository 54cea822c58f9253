"""The command line: what it ends with, and what it says, where a monitoring system relies on it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from watchdog.core.memory import Condition, TagMemory
from watchdog.core.reference import Digest, Tag
from watchdog.core.verdict import ConditionCode
from watchdog.store import keys
from watchdog.store.answers import Answers
from watchdog.store.due import DueSet
from watchdog.store.records import Records, memory_writes

TAG = Tag.parse("127.0.0.1:1/acme/app:latest")
POLICY = f"watch:\n  - image: {TAG.repository}\n    source: https://x.org/a/b\n"
DIGEST = Digest.of(b"build")
PERFORMANCE = " | rejected=0;;1;0 inconclusive=1;;1;0\n"


@pytest.fixture
def watchdog(tmp_path, store_server):
    """Run the command line on a policy that watches TAG, with a store."""
    policy = tmp_path / "watchdog.yaml"
    policy.write_text(POLICY)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WATCHDOG_")}
    settings = {"WATCHDOG_POLICY": str(policy), "WATCHDOG_DATA": str(tmp_path / "data")}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "watchdog", *arguments],
            env={**kept, **settings, "REDIS_URL": store_server},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


WRONG = {
    "no-reference": ((), "Missing argument 'REFERENCE'"),
    "two": (("a.org/b", "a.org/c"), "unexpected extra argument"),
    "unknown-option": (("a.org/b", "--explode"), "No such option"),
    "no-reference-at-all": (("no reference",), "does not start with a registry"),
    "not-watched": (("quay.io/acme/other",), "watches quay.io/acme/other:latest"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_a_check_that_cannot_be_made_has_status_3_in_every_form(watchdog, arguments, words):
    table, report, nagios = (
        watchdog("check", *arguments, *form)
        for form in ((), ("--format", "json"), ("--format=nagios",))
    )
    assert {run.returncode for run in (table, report, nagios)} == {3}
    assert words in table.stderr
    assert table.stdout == ""
    assert json.loads(report.stdout)["outcome"] == "inconclusive"
    assert words in json.loads(report.stdout)["error"]
    assert nagios.stdout.startswith("WATCHDOG UNKNOWN - ")
    assert words in nagios.stdout
    assert nagios.stdout.endswith(PERFORMANCE)


def test_a_form_that_there_is_not_has_status_3_too(watchdog):
    run = watchdog("check", "a.org/b", "--format", "yaml")
    assert (run.returncode, run.stdout) == (3, "")
    assert "'yaml' is not one of" in run.stderr


def test_a_fault_of_ours_has_status_3_and_its_traceback_in_the_log(watchdog, redis_client):
    redis_client.hset(keys.MEMORIES, str(TAG), b"what a later version wrote")
    run = watchdog("check", str(TAG), "--format", "nagios")
    assert run.returncode == 3
    assert run.stdout.startswith("WATCHDOG UNKNOWN - a fault of the watchdog: ")
    assert run.stdout.endswith(PERFORMANCE)
    assert "Traceback" in run.stderr


def test_a_check_tells_the_conditions_that_the_service_found_once_they_are_in_force(
    watchdog, redis_client
):
    at = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    lag = Condition(ConditionCode.LAGGING, "k", at, "main is 4 commits ahead", in_force=True)
    young = replace(lag, detail="next is 1 commit ahead", in_force=False)
    (write,) = memory_writes(TAG, TagMemory(conditions=(young, lag)))
    redis_client.execute_command(*write)
    run = watchdog("check", str(TAG), "--format", "json")
    assert run.returncode == 3
    report = json.loads(run.stdout)
    assert [finding["code"] for finding in report["findings"]] == ["registry-unreachable"]
    assert report["conditions"] == [
        {"code": "lagging", "since": "2026-03-02T04:30:00.000Z", "detail": lag.detail}
    ]


def test_help_is_no_failure(watchdog):
    run = watchdog("check", "--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert "Example: watchdog check" in run.stdout


def test_an_approval_is_of_a_tag_that_a_rule_watches(watchdog, redis_client):
    other = Tag.parse("quay.io/acme/other:latest")
    run = watchdog("approve", f"{other}@{DIGEST}", "--reason", "it is right")
    assert run.returncode == 1
    assert "watchdog.yaml watches quay.io/acme/other:latest" in run.stderr
    assert Records(redis_client).history(other) == ()
    assert DueSet(redis_client, keys.LOOKS).claim() is None


def test_an_approval_has_the_store_s_time(watchdog, redis_client):
    records = Records(redis_client)
    before = records.now()
    run = watchdog("approve", f"{TAG}@{DIGEST}", "--reason", "it is right", "--by", "ann")
    assert (run.returncode, run.stderr) == (0, "")
    (approval,) = Answers(redis_client).read(TAG).decisions.approvals
    assert before <= approval.at <= records.now()
    assert approval.at.microsecond % 1000 == 0  # the store's time has milliseconds, ours more
    assert (approval.by, approval.reason) == ("ann", "it is right")
    assert DueSet(redis_client, keys.LOOKS).claim().member == str(TAG)
