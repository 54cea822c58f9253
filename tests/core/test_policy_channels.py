"""The policy's channels and routes: what may be written, and what is said of what may not."""

import json

import pytest

from tests.core.examples import URL
from watchdog.core.message import Severity
from watchdog.core.policy import PolicyError, parse_policy, policy_schema
from watchdog.core.policy_channels import CHANNEL_KINDS, MatrixSection
from watchdog.core.routing import KINDS, Route

IMAGE = "quay.io/crunchtools/acquacotta"
SLACK = {"kind": "slack", "webhook_url": {"env": "OPS_SLACK_URL"}}
MATRIX = {
    "kind": "matrix",
    "homeserver": "https://matrix.example",
    "access_token": {"file": "/run/secrets/matrix"},
    "room": "#ops:example",
}


def policy(**sections):
    return parse_policy({"watch": [{"image": IMAGE, "source": URL}], **sections})


def problems(**sections):
    with pytest.raises(PolicyError) as raised:
        policy(**sections)
    return dict(raised.value.problems)


def test_without_channels_and_routes_there_are_none():
    assert dict(policy().channels) == {}
    assert policy().routes is None


def test_several_channels_of_a_kind_have_each_a_name():
    channels = policy(channels={"ops": SLACK, "team": SLACK, "room": MATRIX}).channels
    assert {name: section.kind for name, section in channels.items()} == {
        "ops": "slack",
        "team": "slack",
        "room": "matrix",
    }
    assert isinstance(channels["room"], MatrixSection)
    assert str(channels["room"].access_token.file) == "/run/secrets/matrix"


def test_a_route_is_read():
    (full, bare) = policy(
        channels={"ops": SLACK},
        notify=[
            {
                "channels": ["ops"],
                "images": ["quay.io/**"],
                "severities": ["critical"],
                "kinds": ["wrong", "hook-disabled"],
            },
            {"channels": ["ops", "slack"]},
        ],
    ).routes
    assert full == Route(
        ("ops",), ("quay.io/**",), (Severity.CRITICAL,), ("wrong", "hook-disabled")
    )
    assert bare == Route(("ops", "slack"))


SECRET = "never written in the policy"
WRONG = {
    "literal-secret": (
        {"channels": {"ops": {"kind": "slack", "webhook_url": "https://hooks.slack.com/hunter2"}}},
        {("channels", "ops", "webhook_url"): SECRET},
    ),
    "two-places-of-a-secret": (
        {"channels": {"ops": {"kind": "slack", "webhook_url": {"env": "A", "file": "b"}}}},
        {("channels", "ops", "webhook_url"): SECRET},
    ),
    "no-place-of-a-secret": (
        {"channels": {"ops": {"kind": "slack", "webhook_url": {}}}},
        {("channels", "ops", "webhook_url"): SECRET},
    ),
    "a-place-with-another-name": (
        {"channels": {"ops": {"kind": "slack", "webhook_url": {"variable": "A"}}}},
        {("channels", "ops", "webhook_url", "variable"): "(the keys here: env, file)"},
    ),
    "a-setting-s-own-variable": (
        {"channels": {"ops": {"kind": "webhook", "url": {"env": "WATCHDOG_URL"}}}},
        {("channels", "ops", "url", "env"): "choose another name"},
    ),
    "no-variable": (
        {"channels": {"ops": {"kind": "webhook", "url": {"env": "$URL"}}}},
        {("channels", "ops", "url", "env"): "not the name of an environment variable"},
    ),
    "credentials-in-an-address": (
        {"channels": {"room": MATRIX | {"homeserver": "https://me:hunter2@matrix.example"}}},
        {("channels", "room", "homeserver"): SECRET},
    ),
    "missing-and-unknown-keys": (
        {"channels": {"room": {"kind": "matrix", "home_server": "x"}}},
        {
            ("channels", "room", "homeserver"): "is missing",
            ("channels", "room", "access_token"): "is missing",
            ("channels", "room", "room"): "is missing",
            ("channels", "room", "home_server"): "; is `homeserver` meant?",
        },
    ),
    "unknown-kind": (
        {"channels": {"ops": SLACK | {"kind": "slak"}}},
        {("channels", "ops", "kind"): "unknown value 'slak'; is `slack` meant? (the words here:"},
    ),
    "no-kind": ({"channels": {"ops": {}}}, {("channels", "ops", "kind"): "is missing"}),
    "bad-name": (
        {"channels": {"ops|a": SLACK}},
        {("channels", "ops|a"): "not a name for a channel"},
    ),
    "unknown-channels": (
        {
            "channels": {"ops": SLACK},
            "notify": [{"channels": ["ops"]}, {"channels": ["matrix", "op"]}],
        },
        {("notify", 1, "channels", 1): "unknown channel; is `ops` meant? (the channels here:"},
    ),
    "no-channels": ({"notify": [{"channels": []}]}, {("notify", 0, "channels"): "at least 1 item"}),
    "no-routes": ({"notify": []}, {("notify",): "at least 1 item"}),
    "wrong-conditions": (
        {
            "notify": [
                {
                    "channels": ["slack"],
                    "severities": ["critcal"],
                    "kinds": ["wrong", "wrong-agan"],
                    "images": ["app"],
                }
            ]
        },
        {
            ("notify", 0, "severities", 0): "unknown value 'critcal'; is `critical` meant?",
            ("notify", 0, "kinds", 1): "unknown value 'wrong-agan'; is `wrong-again` meant?",
            ("notify", 0, "images", 0): "does not start with a registry",
        },
    ),
}


@pytest.mark.parametrize(("sections", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_path_and_without_a_secret(sections, expected):
    found = problems(**sections)

    assert set(found) == set(expected)
    for path, words in expected.items():
        assert words in found[path]
    assert "hunter2" not in str(found)


def warnings(**sections):
    return dict(policy(**sections).warnings)


def test_a_channel_that_no_route_leads_to_is_warned_of():
    said = warnings(channels={"ops": SLACK, "team": SLACK}, notify=[{"channels": ["ops"]}])
    assert said == {("channels", "team"): "no route leads to it: it is told nothing"}


@pytest.mark.parametrize(
    ("conditions", "untold"),
    [
        ({}, []),
        ({"severities": ["critical", "warning"]}, []),
        ({"severities": ["critical"]}, ["warning"]),
        ({"kinds": ["wrong"]}, ["critical", "warning"]),
        ({"images": ["quay.io/**"]}, ["critical", "warning"]),
    ],
)
def test_what_may_be_told_to_nobody_is_warned_of(conditions, untold):
    said = policy(notify=[{"channels": ["slack"], **conditions}]).warnings
    assert [words.split()[0] for _, words in said] == untold


def test_the_schema_offers_each_kind_of_channel_and_of_message():
    schema = policy_schema()
    union = schema["properties"]["channels"]["additionalProperties"]
    assert set(union["discriminator"]["mapping"]) == set(CHANNEL_KINDS)
    assert schema["$defs"]["RouteEntry"]["properties"]["kinds"]["anyOf"][0]["items"]["enum"] == (
        list(KINDS)
    )
    assert "hunter2" not in json.dumps(schema)
