"""`watchdog quay token`: what an operator sees, against the simulator's Quay."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from watchdog.cli import cli
from watchdog.demo.registry import RegistrySimulator

TOKEN = "a-token-of-the-watchdog"


@pytest.fixture
def registry():
    with RegistrySimulator() as registry:
        for name in ("app", "tool"):
            registry.quay.create(f"acme/{name}")
        yield registry


@pytest.fixture
def run(registry, tmp_path):
    """Run `watchdog quay token …` on a policy that names one repository and matches more."""
    policy = tmp_path / "watchdog.yaml"
    policy.write_text(
        f'registries: {{"{registry.host}": {{kind: quay, plain_http: true}}}}\n'
        "watch:\n"
        f"  - {{image: '{registry.host}/acme/app', source: 'https://x.org/acme/app'}}\n"
        f"  - {{image: '{registry.host}/acme/*', source: 'https://x.org/acme/{{name}}'}}\n"
    )

    def run(*arguments, **env):
        env = {"WATCHDOG_POLICY": str(policy), "WATCHDOG_QUAY_TOKEN": TOKEN, **env}
        env |= {"COLUMNS": "200"}
        return CliRunner().invoke(cli, ["quay", "token", *arguments], env=env)

    return run


def table(result):
    """The rows of the table, by the name of the repository."""
    lines = [line.rsplit(maxsplit=4) for line in result.stdout.splitlines()]
    return {line[0].rpartition("/")[2]: line[1:] for line in lines if "/acme/" in line[0]}


def test_where_all_is_well_the_status_is_0(registry, run):
    registry.quay.grant(TOKEN, scope="repo:admin")
    result = run()
    assert result.exit_code == 0, result.output
    assert table(result) == {"app": ["yes"] * 4, "tool": ["yes"] * 4}
    assert f"token for {registry.host}: Quay knows it" in result.stdout
    assert "- " not in result.stdout


def test_a_missing_scope_is_named_once_for_all_features_that_need_it(registry, run):
    registry.quay.grant(TOKEN, scope="repo:write")
    result = run()
    assert result.exit_code == 1
    assert table(result)["app"] == ["yes", "yes", "no", "no"]
    (to_do,) = [line for line in result.stdout.splitlines() if line.startswith("- ")]
    assert to_do.startswith(f"- hooks, who pushed ({registry.host}/acme/app, ")
    assert to_do.endswith(
        "the token lacks the scope repo:admin, or its owner may not administer it"
    )


def test_a_token_that_quay_does_not_know_is_said_to_be_expired_perhaps(registry, run):
    result = run()
    assert result.exit_code == 1
    assert table(result)["app"] == ["yes", "no", "no", "no"]
    assert "the token is not valid or has expired, or its owner may not write" in result.stdout
    assert "it will not do" in result.stdout
    assert TOKEN not in result.output


def test_without_a_token_the_scopes_are_named(registry, run):
    result = run(WATCHDOG_QUAY_TOKEN="")
    assert result.exit_code == 1
    for scope in ("repo:write", "repo:admin"):
        assert f"it takes a token with the scope {scope} in WATCHDOG_QUAY_TOKEN" in result.stdout


def test_a_time_machine_that_is_off_or_too_short_is_named(registry, run):
    registry.quay.grant(TOKEN, scope="repo:admin")
    registry.quay.time_machine("acme", 0)
    result = run()
    assert (result.exit_code, table(result)["tool"][1]) == (1, "no")
    assert "the time machine is off" in result.stdout
    registry.quay.time_machine("acme", 3600)
    result = run(WATCHDOG_LOOK_EVERY="30m")
    assert (result.exit_code, "at risk" in result.stdout) == (1, True)
    assert "kept for 1 h, and the timer looks every 30 min" in result.stdout


def test_the_end_of_a_token_is_warned_of(registry, run):
    registry.quay.grant(TOKEN, scope="repo:admin")
    today = datetime.now(UTC).date()
    soon, late = today + timedelta(days=7), today + timedelta(days=30)
    result = run(WATCHDOG_QUAY_TOKEN_EXPIRES=str(soon))
    assert (result.exit_code, f"it expires on {soon}" in result.stdout) == (1, True)
    assert run(WATCHDOG_QUAY_TOKEN_EXPIRES=str(late)).exit_code == 0


def test_a_pattern_chooses_and_json_is_for_programs(registry, run):
    registry.quay.grant(TOKEN, scope="repo:admin")
    result = run("acme/t*", "--format", "json")
    assert result.exit_code == 0
    tool, host = json.loads(result.stdout)
    assert tool["subject"] == f"{registry.host}/acme/tool"
    assert tool["statements"][1] == {
        "feature": "restore", "ability": "yes", "reason": "", "scope": "",
    }  # fmt: skip
    assert host["subject"] == registry.host


def test_a_private_repository_that_may_not_be_read_has_nothing(registry, run):
    registry.quay.create("acme/app", public=False)
    result = run(WATCHDOG_QUAY_TOKEN="")
    assert table(result)["app"] == ["no"] * 4
    assert "the scope repo:read in WATCHDOG_QUAY_TOKEN" in result.stdout


def test_a_quay_that_does_not_answer_is_said_so(registry, run):
    for _ in range(4):
        registry.fail_next(500)
    result = run()
    assert result.exit_code == 1
    assert f"- {registry.host}/acme/*: " in result.stdout
    assert f"- {registry.host}: " in result.stdout
    assert "answered 500" in result.stdout
