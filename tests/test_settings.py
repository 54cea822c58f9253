from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest

from watchdog.core.operator import Operator
from watchdog.errors import ConfigurationError, MalformedError
from watchdog.settings import Listen, Settings, parse_listen

SECRET = "0123456789abcdef"
VALUES = {
    "WATCHDOG_POLICY": ("/etc/watchdog.yaml", "policy", Path("/etc/watchdog.yaml")),
    "WATCHDOG_DATA": ("/srv/watchdog", "data", Path("/srv/watchdog")),
    "REDIS_URL": ("redis://:pass@h/0", "redis_url", "redis://:pass@h/0"),
    "WATCHDOG_HOOK_SECRET": (f"{SECRET}, {SECRET}2,", "hook_secrets", (SECRET, f"{SECRET}2")),
    "WATCHDOG_BASE_URL": ("https://w.example/x/", "base_url", "https://w.example/x"),
    "WATCHDOG_HEARTBEAT_URL": ("https://h.example/p", "heartbeat_url", "https://h.example/p"),
    "WATCHDOG_LISTEN": ("[::1]:80", "listen", Listen("::1", 80)),
    "WATCHDOG_LOOK_EVERY": ("90s", "look_every", timedelta(seconds=90)),
    "WATCHDOG_REVERTS": ("off", "reverts", False),
    "WATCHDOG_QUAY_TOKEN": (
        "token-of-one, q.corp:8443=token-of-two",
        "quay_tokens",
        {"": "token-of-one", "q.corp:8443": "token-of-two"},
    ),
    "WATCHDOG_QUAY_TOKEN_EXPIRES": (
        "2026-12-07, Q.corp:8443=2027-02-28",
        "quay_token_expires",
        {"": date(2026, 12, 7), "q.corp:8443": date(2027, 2, 28)},
    ),
    "WATCHDOG_OPERATOR_TOKEN": (
        f"alice:{SECRET}, bob:{SECRET}2",
        "operators",
        (Operator("alice", SECRET), Operator("bob", f"{SECRET}2")),
    ),
    "WATCHDOG_APPROVAL_TOKEN": (SECRET, "approvers", (Operator("pipeline", SECRET),)),
    "WATCHDOG_GIT_CREDENTIALS": ("/etc/git", "git_credentials", Path("/etc/git")),
    "REGISTRY_AUTH_FILE": ("/etc/auth.json", "registry_auth_file", Path("/etc/auth.json")),
}
CHANNELS = {
    "WATCHDOG_SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T/B/slack-secret",
    "WATCHDOG_MATRIX_HOMESERVER": "https://matrix.example",
    "WATCHDOG_MATRIX_ACCESS_TOKEN": "syt_token",
    "WATCHDOG_MATRIX_ROOM": "!room:example",
    "WATCHDOG_ALERT_WEBHOOK_URL": "https://alerts.example/hook-secret",
}


def read(**environ):
    return Settings.from_environ({"HOME": "/home/me", **environ})


def faults(**environ):
    with pytest.raises(ConfigurationError) as caught:
        read(**environ)
    return str(caught.value).splitlines()


def test_without_any_variable_everything_has_a_default():
    settings = read()
    assert settings.policy == Path("watchdog.yaml")
    assert settings.data == Path("/home/me/.local/state/watchdog")
    assert settings.listen == Listen("127.0.0.1", 8080)
    assert settings.look_every == timedelta(minutes=5)
    assert settings.reverts
    assert settings.hook_secrets == ()
    assert settings.channels == ()
    assert settings.warnings == ()


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_is_read(name):
    text, attribute, expected = VALUES[name]
    assert getattr(read(**{name: text}), attribute) == expected


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("newline", ["", "\n", "\r\n"])
def test_a_variable_is_read_from_its_file(tmp_path, name, newline):
    text, attribute, expected = VALUES[name]
    (tmp_path / "value").write_bytes(f"{text}{newline}".encode())
    assert getattr(read(**{f"{name}_FILE": str(tmp_path / "value")}), attribute) == expected


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_s_variable_is_read_plain_or_from_its_file(tmp_path, name):
    channels = read(**CHANNELS).channels
    said = [getattr(channel, field.name) for channel in channels for field in fields(channel)]
    assert CHANNELS[name] in said
    file = tmp_path / "value"
    file.write_text(f"{CHANNELS[name]}\n", encoding="utf-8")
    others = {other: text for other, text in CHANNELS.items() if other != name}
    assert read(**others, **{f"{name}_FILE": str(file)}).channels == channels


@pytest.mark.parametrize("name", [*VALUES, *CHANNELS])
def test_a_variable_that_is_empty_is_not_set(name):
    assert read(**{name: "", f"{name}_FILE": ""}) == read()


@pytest.mark.parametrize("name", [*VALUES, *CHANNELS])
def test_a_variable_and_its_file_together_are_refused(name):
    environ = {name: "x", f"{name}_FILE": "/dev/null"}
    assert f"{name} and {name}_FILE are both set: keep one" in faults(**environ)


def test_what_a_visitor_may_see_is_status_or_nothing_but_never_nothing_for_everybody():
    alice = {"WATCHDOG_OPERATOR_TOKEN": f"alice:{SECRET}"}
    assert read().public
    assert read(WATCHDOG_PUBLIC="status").public
    assert not read(WATCHDOG_PUBLIC="nothing", **alice).public
    assert faults(WATCHDOG_PUBLIC="all", **alice) == ["WATCHDOG_PUBLIC: neither status nor nothing"]
    (fault,) = faults(WATCHDOG_PUBLIC="nothing")
    assert "without a WATCHDOG_OPERATOR_TOKEN" in fault


def test_the_state_folder_follows_the_xdg_specification():
    assert read(XDG_STATE_HOME="/state").data == Path("/state/watchdog")
    assert read(XDG_STATE_HOME="relative").data == read().data
    assert Settings.from_environ({}).data == Path.home() / ".local/state/watchdog"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"x" * 65537, "is over 64 KiB"),
        (b"\xff\xfe", "is not UTF-8 text"),
    ],
)
def test_a_file_that_holds_no_value_is_refused(tmp_path, content, why):
    (tmp_path / "secret-path").write_bytes(content)
    assert faults(WATCHDOG_HOOK_SECRET_FILE=str(tmp_path / "secret-path")) == [
        f"the file that WATCHDOG_HOOK_SECRET_FILE names {why}"
    ]


def test_a_file_that_cannot_be_read_is_refused_without_its_name(tmp_path):
    assert faults(REDIS_URL_FILE="redis://:pass@h/0", WATCHDOG_POLICY_FILE=str(tmp_path)) == [
        "the file that WATCHDOG_POLICY_FILE names cannot be read: Is a directory",
        "the file that REDIS_URL_FILE names cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("WATCHDOG_HOOK_SECRET", ","),
        ("WATCHDOG_HEARTBEAT_URL", "hc.example/ping/5e3c4"),
        ("WATCHDOG_HEARTBEAT_URL", "ftp://hc.example/ping/5e3c4"),
        ("WATCHDOG_BASE_URL", "watchdog.example.org"),
        ("WATCHDOG_BASE_URL", "https://[::1"),
        ("WATCHDOG_BASE_URL", "https://w.example/?a"),
        ("WATCHDOG_BASE_URL", "https://me:pw@w.example/"),
        ("WATCHDOG_LISTEN", "8080"),
        ("WATCHDOG_LOOK_EVERY", "5"),
        ("WATCHDOG_LOOK_EVERY", "0m"),
        ("WATCHDOG_REVERTS", "no"),
        ("WATCHDOG_QUAY_TOKEN", ","),
        ("WATCHDOG_QUAY_TOKEN", "short"),
        ("WATCHDOG_QUAY_TOKEN", "https://quay.io=token-of-one"),
        ("WATCHDOG_QUAY_TOKEN", "token-of-one,token-of-two"),
        ("WATCHDOG_QUAY_TOKEN", "Quay.io=token-of-one,quay.io=token-of-two"),
        ("WATCHDOG_QUAY_TOKEN_EXPIRES", "tomorrow"),
        ("WATCHDOG_QUAY_TOKEN_EXPIRES", "2027-02-29"),
        ("WATCHDOG_QUAY_TOKEN_EXPIRES", "20270228"),
        ("WATCHDOG_QUAY_TOKEN_EXPIRES", "https://quay.io=2027-02-28"),
        ("WATCHDOG_QUAY_TOKEN_EXPIRES", "2027-02-28,2027-02-28"),
        ("WATCHDOG_REVERTS", "false"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(name, text):
    (fault,) = faults(**{name: text})
    assert fault.startswith(f"{name}: ")


def test_a_short_hook_secret_is_warned_of_and_used_all_the_same():
    settings = read(WATCHDOG_HOOK_SECRET=f"{SECRET},tiny")
    assert settings.hook_secrets == (SECRET, "tiny")
    (warning,) = settings.warnings
    assert "under 16 characters" in warning
    assert "openssl rand -hex 32" in warning
    assert "tiny" not in warning


def test_a_value_with_a_line_break_is_refused():
    assert faults(WATCHDOG_MATRIX_ACCESS_TOKEN="syt\nx", **matrix_but_the_token()) == [
        "WATCHDOG_MATRIX_ACCESS_TOKEN holds a line break or another control character",
        "alerts to Matrix also need WATCHDOG_MATRIX_ACCESS_TOKEN",
    ]


def matrix_but_the_token():
    names = ("WATCHDOG_MATRIX_HOMESERVER", "WATCHDOG_MATRIX_ROOM")
    return {name: CHANNELS[name] for name in names}


def test_all_faults_are_said_at_once():
    wrong = {"WATCHDOG_REVERTS": "x", "WATCHDOG_LISTEN": "x", "WATCHDOG_MATRIX_ROOM": "!x"}
    assert [fault.split()[0] for fault in faults(**wrong)] == [
        "WATCHDOG_LISTEN:",
        "WATCHDOG_REVERTS:",
        "alerts",
    ]


def test_a_name_that_is_no_setting_is_reported_with_the_nearest_that_is():
    settings = read(WATCHDOG_HOOK_SECRETS=SECRET, WATCHDOG_ZZZ="1", WATCHDOG_LISTEN_FIL="x")
    assert settings.warnings == (
        "WATCHDOG_HOOK_SECRETS is not a setting; is WATCHDOG_HOOK_SECRET meant?",
        "WATCHDOG_LISTEN_FIL is not a setting; is WATCHDOG_LISTEN_FILE meant?",
        "WATCHDOG_ZZZ is not a setting",
    )


def test_a_setting_with_the_prefix_too_many_is_recognised():
    assert read(WATCHDOG_REDIS_URL="redis://h").warnings == (
        "WATCHDOG_REDIS_URL is not a setting; is REDIS_URL meant?",
    )


def test_what_systemd_s_own_watchdog_sets_is_no_mistake():
    assert read(WATCHDOG_USEC="30000000", WATCHDOG_PID="1").warnings == ()


def test_no_secret_shows_in_the_settings():
    shown = repr(read(WATCHDOG_HOOK_SECRET=SECRET, REDIS_URL="redis://:pass@h/0", **CHANNELS))
    for secret in (SECRET, "pass", "slack-secret", "syt_token", "hook-secret"):
        assert secret not in shown


@pytest.mark.parametrize("text", ["127.0.0.1:8080", "localhost:1", "[::]:65535", "[fe80::1]:80"])
def test_an_address_to_listen_on_is_written_as_it_was_read(text):
    assert str(parse_listen(text)) == text


@pytest.mark.parametrize(
    "text", ["", "h", ":80", "h:", "h:0", "h:65536", "::1:80", "[x]:80", "[::g]:80", "[1.2.3.4]:80"]
)
def test_what_is_no_address_to_listen_on_is_refused(text):
    with pytest.raises(MalformedError):
        parse_listen(text)
