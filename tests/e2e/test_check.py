"""`watchdog check`: its formats and exit statuses, with real servers, and that it never writes."""

import json

import pytest
import yaml

from tests.e2e.programs import eventually, free_port
from tests.e2e.service import Service

WRITES = "(PUT|POST|PATCH|DELETE)"


@pytest.fixture
def checks(shared, app):
    """Run a check in some formats; nothing may have been written to the registry by it."""

    def run(reference=app.tag, *forms, service=shared):
        before = app.held, app.registry.requests(app.path, WRITES)
        runs = [service.run("check", reference, "--format", form) for form in forms]
        assert (app.held, app.registry.requests(app.path, WRITES)) == before
        (status,) = {run.returncode for run in runs}
        return status, [run.stdout for run in runs]

    return run


def test_a_right_tag_has_status_0(shared, app, checks):
    digest = app.pushed(app.commit())
    shared.announce(app)
    shared.judged(app, "first-seen")
    status, (table, report, nagios) = checks(app.tag, "table", "json", "nagios")
    report = json.loads(report)
    assert (status, report["outcome"], report["note"]) == (0, "accepted", None)
    assert report["digest"] == report["trusted"] == digest
    assert table.startswith(f"accepted {app.tag}")
    assert nagios.startswith(f"WATCHDOG OK - {app.tag} accepted: unchanged")
    assert nagios.endswith(" | rejected=0;;1;0 inconclusive=0;;1;0\n")


def test_a_tag_that_lags_has_status_1(tmp_path, policy, app, checks):
    service = Service(tmp_path, {**policy, "defaults": {"max_lag": "1s"}}).start()
    try:
        app.pushed(app.commit())
        service.announce(app)
        service.judged(app, "first-seen")
        app.commit("not built")
        eventually(lambda: service.tag(app.tag)["outcome"], "warning".__eq__)
        status, (report, nagios) = checks(app.tag, "json", "nagios", service=service)
    finally:
        service.close()
    report = json.loads(report)
    assert (status, report["outcome"]) == (1, "warning")
    assert [condition["code"] for condition in report["conditions"]] == ["lagging"]
    assert nagios.startswith(f"WATCHDOG WARNING - {app.tag} warning: unchanged, lagging: ")
    assert "1 commit ahead, since 2" in nagios
    assert (nagios.count("|"), nagios.count("\n")) == (1, 1)


def test_a_wrong_tag_has_status_2_and_is_not_put_back(app, checks):
    app.pushed(app.commit())
    source, revision = app.sibling()
    app.pushed(revision, source=source)
    status, (table, report, nagios) = checks(app.tag, "table", "json", "nagios")
    (finding,) = json.loads(report)["findings"]
    assert (status, finding["code"], finding["outcome"]) == (2, "unexpected-source", "rejected")
    assert table.startswith(f"rejected {app.tag}")
    assert "unexpected-source" in table
    assert nagios.startswith(f"WATCHDOG CRITICAL - {app.tag} rejected: unexpected-source: ")


def test_it_says_so_when_it_was_judged_without_a_store(tmp_path, policy, app, checks):
    app.pushed(app.commit())
    alone = Service(tmp_path, policy)
    status, outputs = checks(app.tag, "table", "json", "nagios", service=alone)
    alone.close()
    assert status == 0, outputs
    for output in outputs:
        assert "no store is reachable" in output
        assert "first-seen" in output


def test_a_registry_that_is_away_has_status_3(tmp_path, policy, app, checks):
    away = f"127.0.0.1:{free_port()}"
    alone = Service(tmp_path, yaml.safe_dump(policy).replace(app.registry.host, away))
    reference = f"{away}/{app.path}:latest"
    status, (table, report, nagios) = checks(reference, "table", "json", "nagios", service=alone)
    alone.close()
    assert (status, json.loads(report)["findings"][0]["code"]) == (3, "registry-unreachable")
    assert table.startswith(f"inconclusive {reference}")
    assert nagios.startswith(f"WATCHDOG UNKNOWN - {reference}")


def test_a_source_that_is_away_has_status_3(tmp_path, policy, app, checks, git):
    away = f"127.0.0.1:{free_port()}"
    app.pushed(app.commit(), source=app.source.replace(git.address, away))
    alone = Service(tmp_path, yaml.safe_dump(policy).replace(git.address, away))
    status, (report,) = checks(app.tag, "json", service=alone)
    alone.close()
    codes = [finding["code"] for finding in json.loads(report)["findings"]]
    assert (status, codes) == (3, ["source-unreachable"])


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("not a reference", "not a reference"),
        ("quay.io/somebody/else:latest", "no rule"),
        ("{repository}:t-unknown", "unreadable"),
    ],
)
def test_what_cannot_be_checked_has_status_3_and_says_why(app, checks, reference, words):
    app.pushed(app.commit())
    reference = reference.format(repository=app.repository)
    status, (report, nagios) = checks(reference, "json", "nagios")
    assert (status, json.loads(report)["outcome"]) == (3, "inconclusive")
    assert words in report
    assert nagios.startswith("WATCHDOG UNKNOWN - ")
    assert words in nagios


def test_it_explains_what_it_read_and_why_it_believes_it(shared, app):
    revision = app.commit()
    app.pushed(revision)
    table = shared.run("check", app.tag, "--explain")
    assert table.returncode == 0, table.stderr
    assert "read, in order" in table.stdout
    report = json.loads(shared.run("check", app.tag, "--explain", "--format", "json").stdout)
    assert {step["by"] for step in report["read"]} >= {"GET", "git"}
    assert any(reason["reason"].endswith(f"@{revision}") for reason in report["why"])
    assert "read" not in json.loads(shared.run("check", app.tag, "--format", "json").stdout)
