"""`watchdog quay hooks`: what an operator sees and does, against a Quay over real HTTP."""

import json
import re

import pytest
from click.testing import CliRunner

from tests.registry.quay.hooked_quay import TOKEN, HookedQuay, document, problem
from watchdog.cli import cli
from watchdog.core.reference import Repository
from watchdog.demo.registry_http import Answer
from watchdog.errors import ConfigurationError
from watchdog.quay_hooks import RETRY_AFTER_S, Desk, carry_out, look, receiver_of

BASE = "https://watchdog.example.org"
URL = f"{BASE}/hooks/quay"
SECRET = "correct-horse-battery"
FOREIGN = "https://hooks.slack.example/services/T/B/secret"
PATHS = ("acme/app", "acme/tool", "acme/other", "team/x")


@pytest.fixture
def quay():
    with HookedQuay(*PATHS) as quay:
        yield quay


@pytest.fixture
def run(quay, tmp_path):
    """Run `watchdog quay hooks …` on a policy that watches all of PATHS but acme/other."""
    source = "source: https://github.com/acme/app"
    images = (f"{quay.host}/acme/app", f"{quay.host}/acme/t*", f"{quay.host}/team/*")
    policy = tmp_path / "watchdog.yaml"
    policy.write_text(
        f'registries: {{"{quay.host}": {{kind: quay, plain_http: true}}}}\nwatch:\n'
        + "".join(f"  - {{image: '{image}', {source}}}\n" for image in images)
    )
    settings = {
        "WATCHDOG_POLICY": str(policy),
        "WATCHDOG_BASE_URL": BASE,
        "WATCHDOG_HOOK_SECRET": SECRET,
        "WATCHDOG_QUAY_TOKEN": TOKEN,
    }

    def run(*arguments, env=None, **how):
        env = {**settings, **(env or {})}
        return CliRunner().invoke(cli, ["quay", "hooks", *arguments], env=env, **how)

    return run


def rows(result):
    """The rows of a result, by path."""
    return {row["repository"].partition("/")[2]: row for row in json.loads(result.stdout)}


def states(result):
    return {path: row["state"] for path, row in rows(result).items()}


def test_hooks_are_installed_where_the_policy_watches_and_nowhere_else(quay, run):
    result = run("install", "--format", "json")
    assert result.exit_code == 0
    assert states(result) == dict.fromkeys(("acme/app", "acme/tool", "team/x"), "fine")
    assert {row["done"] for row in rows(result).values()} == {"installed"}
    assert [quay.urls(path) for path in PATHS] == [[URL], [URL], [], [URL]]
    (row,) = quay.repositories["acme/app"].values()
    assert json.loads(row["config"]["template"])["secret"] == SECRET
    assert row["title"] == "registry watchdog"


def test_the_secret_may_stand_in_the_url_and_is_not_shown(quay, run):
    result = run("install", "--auth", "basic")
    assert quay.urls("acme/app") == [f"https://watchdog:{SECRET}@watchdog.example.org/hooks/quay"]
    assert result.exit_code == 0
    assert SECRET not in result.output
    shown = rows(run("list", "--format", "json"))["acme/app"]
    assert (shown["state"], shown["url"]) == ("fine", "https://***@watchdog.example.org/hooks/quay")


def test_a_second_installation_changes_nothing(quay, run):
    run("install")
    before = json.dumps(quay.repositories)
    result = run("install", "--format", "json", "--auth", "basic")
    assert {row["done"] for row in rows(result).values()} == {"left alone"}
    assert json.dumps(quay.repositories) == before


def test_a_dry_run_says_what_would_be_done_and_does_nothing(quay, run):
    quay.add("acme/app", URL)
    result = run("install", "--dry-run", "--format", "json")
    done = {path: row["done"] for path, row in rows(result).items()}
    would = "would be installed"
    assert done == {"acme/app": "left alone", "acme/tool": would, "team/x": would}
    assert {method for method, _ in quay.asked} == {"GET"}


def test_a_broken_and_an_old_hook_are_left_alone_and_said(quay, run):
    for path, url in (
        ("acme/app", f"{URL}?token={SECRET}"),
        ("acme/tool", f"{URL}?token=former"),
        ("team/x", "https://former.example.org/hooks/quay?token=former"),
    ):
        quay.add(path, url)
    quay.fail("acme/app")
    result = run("install", "--format", "json")
    assert states(result) == {"acme/app": "disabled", "acme/tool": "outdated", "team/x": "fine"}
    notes = {path: row["note"] for path, row in rows(result).items()}
    assert "watchdog quay hooks reset" in notes["acme/app"]
    assert "remove it, then install" in notes["acme/tool"]
    assert "https://former.example.org/hooks/quay?***" in notes["team/x"]
    assert result.exit_code == 0
    assert quay.repositories["acme/app"].popitem()[1]["number_of_failures"] == 3


def test_a_list_is_a_table_with_state_failures_and_url(quay, run):
    quay.add("acme/app", f"{URL}?token={SECRET}", number_of_failures=2)
    quay.add("acme/tool", FOREIGN)
    result = run("list", "acme/*", env={"COLUMNS": "300"})
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["repository", "hook", "failures", "URL", "what", "was", "done"]
    assert re.search(rf"/acme/app +failing +2 +{URL}\?\*\*\*", lines[1])
    assert re.search(r"/acme/tool +missing", lines[2])
    assert len(lines) == 3
    assert "secret" not in result.output
    assert SECRET not in result.output


def test_the_worst_of_two_hooks_is_told_and_that_there_are_two(quay, run):
    quay.add("acme/app", f"{URL}?token={SECRET}")
    quay.add("acme/app", f"{URL}?token={SECRET}", number_of_failures=3)
    row = rows(run("list", "*/app", "--format", "json"))["acme/app"]
    assert row["state"] == "disabled"
    assert "each push is told 2 times" in row["note"]


def test_a_reset_lets_failed_hooks_be_sent_again(quay, run):
    quay.add("acme/app", f"{URL}?token={SECRET}", number_of_failures=3)
    foreign = quay.add("acme/app", FOREIGN, number_of_failures=3)
    quay.add("acme/tool", f"{URL}?token={SECRET}")
    result = run("reset", "--format", "json")
    assert states(result) == {"acme/app": "fine", "acme/tool": "fine", "team/x": "missing"}
    done = {path: row["done"] for path, row in rows(result).items()}
    assert done["acme/app"].startswith("reset;")
    assert done["acme/tool"] == "nothing to reset"
    assert foreign["number_of_failures"] == 3


def test_a_test_is_sent_for_our_hooks_that_are_not_disabled(quay, run):
    sent = quay.add("acme/app", f"{URL}?token={SECRET}")
    quay.add("acme/app", FOREIGN)
    quay.add("acme/tool", f"{URL}?token={SECRET}", number_of_failures=3)
    result = run("test", "--format", "json")
    assert quay.tests == [sent["uuid"]]
    assert rows(result)["acme/app"]["done"].startswith("a test is on its way")
    assert rows(result)["acme/tool"]["done"] == "not tested"


def test_what_is_removed_is_ours_and_only_after_a_yes(quay, run):
    quay.add("acme/app", FOREIGN)
    run("install")
    refused = run("remove", input="n\n")
    assert refused.exit_code == 1
    assert "Remove the hooks of 3 repositories?" in refused.stderr
    assert quay.urls("acme/app") == [FOREIGN, URL]
    result = run("remove", "--yes", "--format", "json")
    assert states(result) == dict.fromkeys(("acme/app", "acme/tool", "team/x"), "missing")
    assert [quay.urls(path) for path in PATHS] == [[FOREIGN], [], [], []]
    again = run("remove", "acme/app", input="y\n", env={"COLUMNS": "300"})
    assert "nothing to remove" in again.stdout


def test_a_repository_that_is_watched_no_more_is_reached_by_its_whole_name(quay, run):
    quay.add("acme/other", f"{URL}?token={SECRET}")
    name = f"{quay.host}/acme/other"
    refused = run("install", name, "--format", "json")
    assert refused.exit_code == 1
    assert rows(refused)["acme/other"]["error"] == "no rule of the policy watches it"
    assert run("remove", name, "--yes").exit_code == 0
    assert quay.urls("acme/other") == []


def test_whoever_watches_sees_a_progress_bar_beside_the_table(run):
    result = run("list", env={"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "120"})
    assert "Asking Quay" in result.stderr
    assert "Asking Quay" not in result.stdout
    assert run("list").stderr == ""


def test_an_error_is_told_in_its_row_and_by_the_status(quay, run):
    del quay.repositories["acme/app"]
    result = run("install", "--format", "json")
    assert result.exit_code == 1
    assert "404 (Not Found)" in rows(result)["acme/app"]["error"]
    assert states(result)["acme/tool"] == "fine"


@pytest.mark.parametrize("token", ["", "expired-token"])
def test_without_a_valid_token_each_row_says_which_is_needed(quay, run, token):
    result = run("install", "--format", "json", env={"WATCHDOG_QUAY_TOKEN": token})
    assert result.exit_code == 1
    assert all("repo:admin" in row["error"] for row in rows(result).values())
    assert "Traceback" not in result.output


def test_a_namespace_that_cannot_be_listed_is_told_and_the_rest_is_done(quay, run):
    quay.weather.append(problem(401, "invalid_token", "Requires authentication"))
    result = run("install", "--format", "json")
    assert result.exit_code == 1
    assert "the repositories of" in rows(result)["acme/*"]["error"]
    assert {"acme/app", "team/x"} < set(rows(result))
    assert quay.urls("acme/app") == [URL]


NOT_SET = {
    "no-address": ({"WATCHDOG_BASE_URL": ""}, "WATCHDOG_BASE_URL is not set"),
    "no-secret": ({"WATCHDOG_HOOK_SECRET": ""}, "WATCHDOG_HOOK_SECRET is not set"),
    "loopback": ({"WATCHDOG_BASE_URL": "http://localhost:8080"}, "Quay sends no hooks to"),
}


@pytest.mark.parametrize(("env", "words"), NOT_SET.values(), ids=NOT_SET)
def test_what_is_missing_is_said_before_quay_is_asked(quay, run, env, words):
    result = run("install", env=env)
    assert isinstance(result.exception, ConfigurationError)
    assert words in str(result.exception)
    assert quay.asked == []


def test_a_pattern_that_matches_nothing_is_an_error(run):
    result = run("list", "nobody/*")
    assert isinstance(result.exception, ConfigurationError)
    assert "'nobody/*'" in str(result.exception)


def patient(quay, paths):
    """Carry a look out with a clock that only goes forward while it sleeps."""
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    desk = Desk(quay.api(clock=lambda: now[0], sleep=sleep), receiver_of(BASE, ()))
    repositories = [Repository(quay.host, path) for path in paths]
    return list(carry_out(look, desk, repositories, sleep)), slept


BUSY = Answer(429, {"Content-Type": "text/html"}, b"<html>")


def test_a_quay_that_is_busy_is_asked_again_after_a_while(quay):
    quay.weather.extend([BUSY, BUSY])
    (row,), slept = patient(quay, ["acme/app"])
    assert (row.state, row.error) == ("missing", "")
    assert slept == list(RETRY_AFTER_S[:2])


def test_a_quay_that_stays_away_is_not_asked_about_every_repository(quay):
    quay.weather.extend([BUSY] * 10)
    found, _ = patient(quay, PATHS)
    assert len(quay.asked) == len(RETRY_AFTER_S) + 1
    assert all("429" in row.error for row in found)
    assert "not asked: " in found[-1].error


def test_hundreds_of_repositories_are_asked_about_at_quays_pace(quay):
    quay.weather.extend([document({"notifications": []})] * 50)
    found, slept = patient(quay, [f"acme/r{n}" for n in range(50)])
    assert {row.error for row in found} == {""}
    assert sum(slept) == pytest.approx((50 - 20) / 4)


def test_an_answer_that_is_no_list_is_an_error_and_nothing_shows_the_secret(quay):
    quay.weather.append(Answer(200, {}, b"[]"))
    desk = Desk(quay.api(), receiver_of(BASE, (SECRET,)), {"url": SECRET})
    (row,) = carry_out(look, desk, [Repository(quay.host, "acme/app")])
    assert "not a JSON object" in row.error
    assert SECRET not in repr(desk)
