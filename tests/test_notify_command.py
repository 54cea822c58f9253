"""`watchdog notify test`, over real HTTP."""

import pytest
import yaml
from click.testing import CliRunner

from tests.notify.examples import AT
from watchdog.cli import cli
from watchdog.core.message import Stage
from watchdog.demo.receiver import MATRIX_TOKEN, ROOM, Receiver
from watchdog.notify.webhook import WebhookChannel
from watchdog.notify_examples import MARK, examples
from watchdog.notify_test import Tried, try_channel

COUNT = len(examples(AT, None))


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


@pytest.fixture
def notify_test(tmp_path, receiver, monkeypatch):
    """Run it under a policy with a Slack and a Matrix channel, and one webhook beside."""
    policy = tmp_path / "watchdog.yaml"
    slack = {"kind": "slack", "webhook_url": {"env": "OPS_URL"}}
    room = {"kind": "matrix", "homeserver": receiver.address, "room": ROOM}
    policy.write_text(
        yaml.safe_dump(
            {
                "watch": [{"image": "quay.io/a/b", "source": "https://github.com/a/b"}],
                "channels": {"ops": slack, "room": room | {"access_token": {"env": "ROOM_TOKEN"}}},
            }
        )
    )
    monkeypatch.setenv("OPS_URL", receiver.slack_url)
    monkeypatch.setenv("ROOM_TOKEN", MATRIX_TOKEN)
    monkeypatch.setenv("WATCHDOG_ALERT_WEBHOOK_URL", receiver.webhook_url)

    def run(*arguments):
        return CliRunner().invoke(cli, ["notify", "test", "--policy", str(policy), *arguments])

    return run


def rows(result):
    """The table, as a list of words a channel."""
    return {line.split()[0]: line.split()[1:] for line in result.output.splitlines()[1:]}


def test_every_channel_is_sent_an_example_of_each_kind_marked_as_a_test(receiver, notify_test):
    result = notify_test()
    assert result.exit_code == 0
    assert rows(result) == {
        name: [f"{COUNT}", "of", f"{COUNT}"] for name in ("webhook", "ops", "room")
    }
    taken = [each.body for each in receiver.received if each.channel == "webhook"]
    assert [body["kind"] for body in taken] == [
        "wrong",
        "wrong-again",
        "reminder",
        "acknowledged",
        "right",
        "information",
        "unreachable",
        "reachable",
    ]
    assert all(body["title"].startswith(MARK) for body in taken)
    assert len(receiver.received) == 3 * COUNT


def test_one_channel_is_tried_alone(receiver, notify_test):
    assert notify_test("ops").exit_code == 0
    assert {each.channel for each in receiver.received} == {"slack"}


def test_what_was_not_taken_is_said_by_channel_and_no_other_is_kept_from_its_own(
    receiver, notify_test, monkeypatch
):
    monkeypatch.setenv("ROOM_TOKEN", "syt_expired")
    result = notify_test()
    assert result.exit_code == 1
    found = rows(result)
    assert found["ops"] == [f"{COUNT}", "of", f"{COUNT}"]
    assert found["room"][:3] == ["0", "of", f"{COUNT}"]
    assert "answered 401" in " ".join(result.output.split())
    assert "syt_expired" not in result.output


def test_a_channel_that_nobody_set_up_is_named_beside_those_that_are(notify_test):
    result = notify_test("opps")
    assert result.exit_code == 1
    assert str(result.exception) == "no channel is called opps; there are: webhook, ops, room"


def test_without_a_channel_it_is_said_how_to_set_one_up(tmp_path):
    policy = tmp_path / "watchdog.yaml"
    policy.write_text("watch: [{image: quay.io/a/b, source: https://github.com/a/b}]\n")
    result = CliRunner().invoke(cli, ["notify", "test", "--policy", str(policy)])
    assert result.exit_code == 1
    assert "no channel is set up" in str(result.exception)


@pytest.mark.parametrize(
    ("asked", "taken", "waits"), [("2", COUNT, [2.0]), ("60", 0, []), (None, 0, [])]
)
def test_a_little_patience_is_had_with_a_service_that_asks_for_it(receiver, asked, taken, waits):
    waited = []
    receiver.fail_next(429, retry_after=asked)
    channel = WebhookChannel(receiver.webhook_url)
    tried = try_channel(channel, examples(AT, None), waited.append)
    assert (tried.taken, waited) == (taken, waits)


def test_what_a_channel_remembers_of_a_thread_is_given_back_to_it():
    class Remembering:
        name = "room"
        told = ()

        def send(self, message, remembered=None):
            self.told += ((message.thread, remembered),)
            return None if message.stage is Stage.RESOLVED else message.kind

    channel = Remembering()
    assert try_channel(channel, examples(AT, None)) == Tried("room", COUNT)
    assert [remembered for _, remembered in channel.told] == [
        *(None, "wrong", "wrong-again", "reminder", "acknowledged"),
        *(None, None, "unreachable"),
    ]


def test_two_tests_are_not_taken_for_one():
    first, second = examples(AT, None), examples(AT.replace(microsecond=1000), None)
    assert not {message.id for message in first} & {message.id for message in second}
    assert len({message.id for message in first}) == COUNT
