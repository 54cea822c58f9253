"""`check --explain` over real HTTP and git: what was read, in order, and why claims count."""

import io
import json

import pytest
from rich.console import Console

from tests.work.conftest import APP
from watchdog.check import look_once
from watchdog.report import as_json, as_nagios, as_table
from watchdog.store.connection import connect
from watchdog.wiring import tools_for


@pytest.fixture
def explained(house, tmp_path):
    """Look once with a fresh cache and mirror, as `check --explain` does; returns the report."""

    def run(client=None, after=lambda _: None):
        steps = []

        def observe(step):
            steps.append(step)
            after(step)

        policy, settings = house.tools.policy, house.settings
        with tools_for(settings, policy, client or house.client, observe) as tools:
            return look_once(tools, house.tag, policy.rule_for(house.tag), steps)

    return run


def why(report, about=""):
    return [r.text for r in report.explanation.reasons if r.about.endswith(about)]


def test_it_tells_what_was_read_in_order_with_bytes_and_times(house, explained):
    house.push(house.repository.commit("first"))
    steps = explained().explanation.steps
    asked = [(step.by, step.what.rpartition("/")[0].rpartition("/")[2]) for step in steps]
    assert asked[:2] == [("GET", "manifests"), ("GET", "blobs")]
    assert [step.result for step in steps[:2]] == ["200", "200"]
    assert {by for by, _ in asked[2:]} == {"git"}
    assert any(step.what.startswith("clone ") for step in steps[2:])
    assert all(step.size_bytes > 0 for step in steps[:2])
    assert all(step.took_ms > 0 for step in steps)


def test_it_tells_why_a_label_is_believed(house, explained):
    first = house.repository.commit("first")
    house.push(first)
    report = explained()
    assert any(text.endswith(f"@{first}") for text in why(report, " label"))
    assert any("its own: labelled within an hour" in text for text in why(report, "linux/amd64"))
    assert why(report, "ref")[0].endswith("on refs/heads/main; 0 commits behind")
    assert why(report, "refs") == ["fetched after the image was read"]


def test_it_tells_that_newer_needs_no_fresh_fetch(house, first, explained):
    house.push(house.repository.commit("fix"))
    report = explained()
    assert why(report, "order") == [f"ahead, held against {first}"]
    assert why(report, "refs") == ["at most 60 s old, which is enough for `newer`"]


def test_a_trusted_build_s_claims_are_shown_though_nobody_asks_them(house, first, explained):
    report = explained()
    assert "claims are not asked" in why(report, "claim")[0]
    assert why(report, " label") == [f"claims {house.memory.source}@{first}"]


def test_what_another_tag_of_the_repository_held_is_told_of_as_no_base(house, first, explained):
    house.policy({"tags": ["latest", "slim"]})
    slim = house.registry.tag(APP, "slim")
    house.registry.push(house.build(first, layers=[b"one"]), slim)
    house.look(slim)
    house.registry.push(house.build(first, layers=[b"one", b"two"]), house.tag)
    assert why(explained(), "inherited") == []
    house.registry.push(house.build(first, layers=[b"one", b"two", b"three"]), slim)
    house.tag = slim
    assert len(why(explained(), "inherited")) == 3


def test_the_signatures_are_told_one_by_one(house, explained):
    house.policy({"require": "signed", "enforce": "alert"})
    house.push(house.repository.commit("first"))
    report = explained()
    assert why(report, "signed") == ["no attestation was found"]
    assert sum("/referrers/" in step.what for step in report.explanation.steps) == 1


def test_signatures_that_cannot_be_read_again_leave_the_verdict_as_it_is(house, explained):
    house.policy({"require": "signed", "enforce": "alert"})
    house.push(house.repository.commit("first"))

    def fail_what_follows(step):
        if step.what.endswith(".sig"):
            house.registry.fail_next(503, times=9)

    report = explained(after=fail_what_follows)
    assert [finding.code for finding in report.findings] == ["unverifiable"]
    assert why(report, "signed") == ["could not be read again"]


def test_without_a_store_it_explains_as_well(house, explained):
    house.push(house.repository.commit("first"))
    report = explained(connect("redis://127.0.0.1:1/0"))
    assert "no store is reachable" in report.note
    assert why(report, "store") == [
        "not reachable: no base or other image is known to compare with"
    ]
    assert why(report, "claim")


def test_what_was_read_before_a_failure_is_told(house, explained):
    report = explained()
    assert report.status == 3
    assert [step.result for step in report.explanation.steps] == ["404"]
    assert report.explanation.reasons == ()


def test_person_and_program_are_told_and_nagios_is_not(house, explained):
    theirs = house.sibling.commit("pre-fix")
    house.push(theirs, source=house.source(f"{APP}-old"))
    report = explained()
    out = io.StringIO()
    as_table(report, Console(file=out, width=250))
    assert "read, in order" in out.getvalue()
    assert f"GET http://{house.registry.host}" in out.getvalue()
    document = json.loads(as_json(report))
    assert set(document["read"][0]) == {"by", "what", "result", "bytes", "ms"}
    assert {"about": "refs", "reason": "fetched after the image was read"} not in document["why"]
    assert any("is not asked: only" in row["reason"] for row in document["why"])
    assert "in order" not in as_nagios(report)
