"""The command line's answers: what each says, what it ends with, and that the store has it."""

import getpass
import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from tests.core.examples import NOW, digest, incident, memory, revision, trusted
from watchdog.cli import cli
from watchdog.core.incident_record import BadBuild, incident_id
from watchdog.core.reference import Tag
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code, Finding
from watchdog.errors import WatchdogError
from watchdog.store import keys
from watchdog.store.answers import Answers
from watchdog.store.due import DueSet
from watchdog.store.incidents import incident_writes
from watchdog.store.records import Records, memory_writes

TAG = Tag.parse("quay.io/acme/app:latest")
BAD, OLD, NEW = digest("bad"), digest("old"), digest("new")
WRONG = memory(
    digest=BAD,
    findings=(Finding(Code.OLDER_COMMIT, "it is older"),),
    trusted=trusted(),
    trusted_before=(OLD,),
    incident=replace(incident(), builds=(BadBuild(BAD, NOW, Code.OLDER_COMMIT, "it is [older]"),)),
)
REASON = ("--reason", "because")


@pytest.fixture
def watchdog(tmp_path, redis_client, store_server, monkeypatch):
    """Run a command on a policy that watches TAG, which is wrong."""
    (tmp_path / "watchdog.yaml").write_text(
        f"watch:\n  - image: {TAG.repository}\n    source: https://x.org/a/b\n"
    )
    for write in (
        *memory_writes(TAG, WRONG),
        *incident_writes(TAG, None, Followed(WRONG)),
    ):
        redis_client.execute_command(*write)
    environ = {"REDIS_URL": store_server, "WATCHDOG_POLICY": str(tmp_path / "watchdog.yaml")}

    def run(*words):
        return CliRunner().invoke(cli, words, env=environ)

    return run


def one_id(one):
    return incident_id(TAG, one.number)


ANSWERS = {
    "ack": (("ack", f"{TAG}@{BAD}"), "no more reminders of it"),
    "approve": (("approve", f"{TAG}@{BAD}"), f"approved {BAD}"),
    "reject": (("reject", str(TAG), str(BAD)), f"rejected {BAD}"),
    "reject-a-commit": (("reject", str(TAG), revision()), f"rejected builds of {revision()}"),
    "trust": (("trust", f"{TAG}@{NEW}"), f"{NEW} is to be the trusted build"),
    "revert": (("revert", str(TAG)), "is to be put back to its trusted build"),
    "revert-to": (("revert", str(TAG), "--to", str(OLD)), f"is to be put back to {OLD}"),
}


@pytest.mark.parametrize(("words", "said"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_said_back_kept_and_looked_at(watchdog, redis_client, words, said):
    ran = watchdog(*words, *REASON)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert said in ran.stdout
    assert ran.stdout.endswith("; it is looked at now\n")
    (row,) = Records(redis_client).history(TAG)
    assert row.actor == f"{getpass.getuser()}: because"
    assert DueSet(redis_client, keys.LOOKS).claim().member == str(TAG)


@pytest.mark.parametrize("words", [words for words, _ in ANSWERS.values()], ids=ANSWERS)
def test_every_answer_has_a_reason_and_may_have_another_author(watchdog, redis_client, words):
    assert watchdog(*words).exit_code == 2
    assert watchdog(*words, *REASON, "--by", "ann").exit_code == 0
    assert Records(redis_client).history(TAG)[0].actor == "ann: because"


WRONG_WORDS = {
    "no-digest": ("ack", str(TAG)),
    "not-watched": ("revert", "quay.io/acme/other"),
    "not-trusted": ("revert", str(TAG), "--to", str(NEW)),
    "not-held": ("ack", f"{TAG}@{NEW}"),
    "short": ("reject", str(TAG), "abc1234"),
}


@pytest.mark.parametrize("words", WRONG_WORDS.values(), ids=WRONG_WORDS)
def test_what_cannot_be_is_an_error_of_ours_and_nothing_is_kept(watchdog, redis_client, words):
    ran = watchdog(*words, *REASON)
    assert isinstance(ran.exception, WatchdogError)
    assert Records(redis_client).history(TAG) == ()


def test_a_silence_is_begun_listed_and_ended(watchdog, redis_client):
    assert watchdog("silence", "--list").stdout == "nothing is silenced\n"
    begun = watchdog("silence", "quay.io/acme/*", "--for", "2h", *REASON, "--by", "ann")
    name = begun.stdout.partition(":")[0]
    assert "silent about quay.io/acme/*:* until" in begun.stdout
    assert "ann: because" in watchdog("silence", "--list").stdout
    (listed,) = json.loads(watchdog("silence", "--list", "--format", "json").stdout)
    assert (listed["id"], listed["by"]) == (name, "ann")
    assert "is over" in watchdog("silence", "--end", name).stdout
    assert watchdog("silence", "--list").stdout == "nothing is silenced\n"
    (kept,) = Answers(redis_client).silences()
    assert kept.ended_by == getpass.getuser()


@pytest.mark.parametrize("words", [(), ("x", "--list"), ("--list", "--end", "x")])
def test_a_silence_is_one_thing_at_a_time(watchdog, words):
    assert watchdog("silence", *words).exit_code == 2


@pytest.mark.parametrize("words", [("quay.io/acme/*",), ("quay.io/acme/*", "--for", "31d")])
def test_a_silence_has_an_end_and_a_reason(watchdog, words):
    assert isinstance(watchdog("silence", *words).exception, WatchdogError)


def test_the_open_incidents_are_listed_for_people_and_for_programs(watchdog, redis_client):
    first, second = watchdog("incidents").stdout.splitlines()
    assert first.startswith(f"open          {TAG}  wrong for ")
    assert first.endswith(one_id(WRONG.incident))
    assert second.strip() == "older-commit: it is [older]"
    (one,) = json.loads(watchdog("incidents", "--format", "json").stdout)
    assert (one["tag"], one["stage"]) == (str(TAG), "open")
    redis_client.flushall()
    assert watchdog("incidents").stdout == "nothing is wrong\n"
    assert watchdog("incidents", "--all").stdout == "there was no incident yet\n"


def test_those_that_are_over_are_listed_with_all(watchdog, redis_client):
    over = replace(
        WRONG.incident, number="5", resolved_at=NOW, right_since=NOW, closing="it was put back"
    )
    for write in incident_writes(TAG, None, Followed(memory(), closed=over)):
        redis_client.execute_command(*write)
    assert len(json.loads(watchdog("incidents", "--format", "json").stdout)) == 1
    assert len(json.loads(watchdog("incidents", "--all", "--format", "json").stdout)) == 2
    lines = watchdog("incidents", "--all").stdout.splitlines()
    assert lines[2].startswith(f"resolved      {TAG}  wrong for 30 min, since 2026-03-02 04:00 UTC")
    assert lines[3].strip() == "it was put back"


@pytest.mark.parametrize(
    "command", ["ack", "approve", "reject", "trust", "revert", "silence", "incidents"]
)
def test_help_has_an_example(watchdog, command):
    assert f"Example: watchdog {command}" in " ".join(watchdog(command, "--help").stdout.split())
