"""The incident and its neighbours: what is pushed with skopeo, and what comes of it."""

import json

import pytest

from tests.e2e.alerts import Alerts
from tests.e2e.programs import eventually

STATEMENT = json.dumps({"predicateType": "https://slsa.dev/provenance/v1"}).encode()


@pytest.fixture
def first(shared, app):
    """The digest of a first build, which is accepted."""
    digest = app.pushed(app.commit("first"))
    shared.announce(app)
    shared.judged(app, "first-seen")
    return digest


def test_a_first_build_is_first_seen_and_becomes_the_trusted_one(shared, app, first):
    row = shared.tag(app.tag)
    assert (row["outcome"], row["digest"]) == ("accepted", first)
    assert (row["revision"], row["basis"]) == (app.code.tip("main"), "label")
    assert row["source"] == app.source.removesuffix(".git")
    assert row["trusted"]["digest"] == first
    assert row["baseline"] == app.code.tip("main")


def test_a_newer_commit_and_its_rebuild_are_accepted_in_silence(shared, receiver, app, first):
    newer = app.commit("fix")
    digest = app.pushed(newer)
    shared.announce(app)
    shared.judged(app, "newer")
    rebuilt = app.pushed(newer)
    shared.announce(app)
    shared.judged(app, "rebuild")
    assert shared.tag(app.tag)["trusted"]["digest"] == rebuilt == app.digest
    assert shared.history(app.tag) == [
        ("verdict", "first-seen", first),
        ("verdict", "newer", digest),
        ("verdict", "rebuild", rebuilt),
    ]
    Alerts(receiver, app).told()


def test_the_archived_sibling_is_told_and_put_back_byte_for_byte(shared, receiver, app, first):
    good = app.held
    source, revision = app.sibling()
    bad = app.pushed(revision, source=source)
    shared.announce(app)
    Alerts(receiver, app).told("wrong", "reverted")
    assert app.held == good
    assert shared.judged(app, "unchanged")["outcome"] == "accepted"
    assert shared.history(app.tag) == [
        ("verdict", "first-seen", first),
        ("verdict", "unexpected-source", bad),
        ("revert", "unchanged", first),
    ]


def test_an_older_commit_is_told_and_put_back(shared, receiver, app, first):
    old = app.code.tip("main")
    newer = app.pushed(app.commit("fix"))
    shared.announce(app)
    shared.judged(app, "newer")
    older = app.pushed(old)
    shared.announce(app)
    Alerts(receiver, app).told("wrong", "reverted")
    assert app.digest == newer
    assert [row[1:] for row in shared.history(app.tag)[2:]] == [
        ("older-commit", older),
        ("unchanged", newer),
    ]


@pytest.mark.parametrize("statement", [None, STATEMENT], ids=["plain", "attested"])
def test_an_index_is_put_back_with_all_its_children(shared, receiver, app, first, statement):
    index = app.push(app.build_index(app.commit("fix"), statement=statement))
    shared.announce(app)
    shared.judged(app, "newer")
    good = app.held
    children = {f"{app.repository}@{entry['digest']}" for entry in _entries(good)}
    bodies = {child: app.registry.held(child).body for child in children}
    source, revision = app.sibling()
    app.push(app.build_index(revision, source=source))
    # What a registry may have collected as garbage by then has to come back, too.
    app.registry.delete(f"{app.repository}@{index}")
    for child in children:
        app.registry.delete(child)
    shared.announce(app)
    Alerts(receiver, app).told("wrong", "reverted")
    assert app.held == good
    assert {child: app.registry.held(child).body for child in children} == bodies


def test_a_single_image_in_place_of_an_index_is_put_back(shared, receiver, app):
    app.push(app.build_index(app.commit("first")))
    shared.announce(app)
    shared.judged(app, "first-seen")
    good = app.held
    source, revision = app.sibling()
    app.pushed(revision, source=source)
    shared.announce(app)
    Alerts(receiver, app).told("wrong", "reverted")
    assert app.held == good


def test_an_image_without_labels_is_told_once_and_left(shared, receiver, app, first):
    bad = app.push(app.build("", labels={}))
    shared.announce(app)
    row = shared.judged(app, "unidentified", digest=bad)
    assert row["outcome"] == "rejected"
    assert row["trusted"]["digest"] == first
    for _ in range(3):
        shared.announce(app)
    Alerts(receiver, app).told("wrong")
    good = app.pushed(app.commit("fix"))
    shared.announce(app)
    Alerts(receiver, app).told("wrong", "right")
    assert app.digest == good


def test_an_image_that_is_only_told_of_is_left_and_says_what_would_be_done(
    shared, receiver, told_app
):
    app = told_app
    app.pushed(app.commit("first"))
    shared.announce(app)
    shared.judged(app, "first-seen")
    source, revision = app.sibling()
    bad = app.pushed(revision, source=source)
    shared.announce(app)
    Alerts(receiver, app).told("wrong")
    assert app.digest == bad
    (alert,) = Alerts(receiver, app).by("webhook")
    assert source.removeprefix("http://").removesuffix(".git") in alert["title"]


def test_the_same_bad_image_is_told_again_the_next_time(shared, receiver, app, first):
    source, revision = app.sibling()
    bad = app.build(revision, source=source)
    for _ in range(2):
        app.push(bad)
        shared.announce(app)
        shared.judged(app, "unchanged", digest=first)
    Alerts(receiver, app).told("wrong", "reverted", "wrong", "reverted")


def test_a_tag_s_page_shows_what_is_wrong_without_a_script(shared, receiver, told_app):
    app = told_app
    app.push(app.build("", labels={}))
    shared.announce(app)
    row = shared.judged(app, "unidentified")
    page = shared.get(f"/tags/{app.tag}")
    assert page.ok
    assert "<script" not in page.text
    for text in (app.tag, "unidentified", row["digest"].removeprefix("sha256:")[:12]):
        assert text in page.text


def test_an_invented_tag_of_a_glob_is_not_kept(shared, app, first):
    shared.announce(app, "t-invented", "latest")
    ghost = f"{app.repository}:t-invented"
    app.push(app.build(app.code.tip("main")), f"{app.repository}:t-real")
    shared.announce(app, "t-real")
    eventually(lambda: shared.tag(f"{app.repository}:t-real"))
    assert shared.tag(ghost) == {}
    assert shared.get("/api/v1/history", tag=ghost).status_code == 404


def _entries(held):
    return json.loads(held.body)["manifests"]
