"""Channels of the policy: made of what it says, with secrets from where it says."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from watchdog.channel_setup import channels_for
from watchdog.core.message import Message, Severity
from watchdog.core.policy import parse_policy
from watchdog.core.policy_channels import CHANNEL_KINDS, AnySection
from watchdog.demo.receiver import MATRIX_TOKEN, ROOM, Receiver
from watchdog.errors import ConfigurationError
from watchdog.notify.channels import CHANNELS
from watchdog.settings import Settings

AT = datetime(2026, 3, 2, tzinfo=UTC)


def made(channels, environ, notify=None, **settings):
    document = {
        "watch": [{"image": "quay.io/a/b", "source": "https://github.com/a/b"}],
        "channels": channels,
        **({"notify": notify} if notify else {}),
    }
    return channels_for(Settings.from_environ(settings), parse_policy(document), environ)


def faults(channels, environ, notify=None, **settings):
    with pytest.raises(ConfigurationError) as caught:
        made(channels, environ, notify, **settings)
    return str(caught.value).splitlines()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def slack(**where):
    return {"kind": "slack", "webhook_url": where}


def test_several_channels_of_one_kind_are_told_beside_that_of_the_environment(receiver, tmp_path):
    token = tmp_path / "token"
    token.write_text(f"{MATRIX_TOKEN}\n")
    room = {"kind": "matrix", "homeserver": receiver.address, "room": ROOM}
    channels = made(
        {
            "ops": slack(env="OPS_URL"),
            "team": slack(env="TEAM_URL"),
            "room": room | {"access_token": {"file": str(token)}},
        },
        {"OPS_URL": receiver.slack_url, "TEAM_URL": receiver.slack_url},
        WATCHDOG_ALERT_WEBHOOK_URL=receiver.webhook_url,
    )
    assert list(channels) == ["webhook", "ops", "team", "room"]
    assert [channel.name for channel in channels.values()] == list(channels)
    for number, channel in enumerate(channels.values()):
        channel.send(Message(f"m{number}", "a", "right", Severity.RIGHT, "fine", (), (), AT))
    assert [told.channel for told in receiver.received] == ["webhook", "slack", "slack", "matrix"]


def test_everything_that_is_wrong_is_said_at_once_and_no_secret(tmp_path):
    (tmp_path / "empty").write_text("")
    room = {"kind": "matrix", "homeserver": "matrix.example", "room": "ops"}
    said = faults(
        {
            "unset": slack(env="UNSET_URL"),
            "bad": slack(env="BAD_URL"),
            "broken": slack(env="BROKEN_URL"),
            "gone": slack(file=str(tmp_path / "gone")),
            "empty": slack(file=str(tmp_path / "empty")),
            "room": room | {"access_token": {"env": "TOKEN"}},
        },
        {"BAD_URL": "hunter2", "BROKEN_URL": "hunter2\n", "TOKEN": "hunter2"},
    )
    assert said == [
        "channels.unset.webhook_url: the variable UNSET_URL is not set",
        "channels.bad: `webhook_url` is not a URL that starts with https:// and a host",
        "channels.broken.webhook_url: BROKEN_URL holds a line break or another control character",
        f"channels.gone.webhook_url: {tmp_path}/gone cannot be read: No such file or directory",
        f"channels.empty.webhook_url: {tmp_path}/empty is empty",
        "channels.room: `room` is neither a room's id (!abc:example.org) nor its alias (#ops:…)",
    ]


def test_a_name_that_the_environment_has_taken_is_refused():
    (said,) = faults(
        {"slack": slack(env="OPS_URL")},
        {"OPS_URL": "https://a.example/1"},
        WATCHDOG_SLACK_WEBHOOK_URL="https://a.example/2",
    )
    assert said == "channels.slack: the environment makes a channel of this name: choose another"


def test_a_route_to_a_channel_that_the_environment_does_not_make_is_refused():
    notify = [{"channels": ["slack", "matrix"]}]
    (said,) = faults({}, {}, notify, WATCHDOG_SLACK_WEBHOOK_URL="https://a.example/2")
    assert said.startswith("notify: no channel is called matrix; WATCHDOG_MATRIX_…")


def test_each_kind_has_a_section_in_the_policy_with_a_key_for_each_variable_that_it_reads():
    assert tuple(CHANNELS) == CHANNEL_KINDS
    sections = dict(zip(CHANNEL_KINDS, get_args(AnySection), strict=True))
    for name, kind in CHANNELS.items():
        read = []
        kind.from_environment(lambda variable, read=read: read.append(variable))
        keys = {variable.removeprefix(kind.prefix).lower() for variable in read}
        fields = sections[name].model_fields.items()
        assert keys == {field.alias or key for key, field in fields} - {"kind"}


def test_a_channel_that_the_policy_leaves_without_an_address_is_refused():
    (said,) = faults({"ops": slack(env="EMPTY")}, {"EMPTY": ""})
    assert said == "channels.ops.webhook_url: the variable EMPTY is not set"
