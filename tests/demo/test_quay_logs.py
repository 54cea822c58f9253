"""A simulated Quay's usage log: who did what, page by page."""

from datetime import timedelta

import pytest

from tests.demo.quay_asking import Asking
from watchdog.core.oci import OCI_MANIFEST

AT_S = 1795427246
DAY_S = 24 * 3600


@pytest.fixture
def quay(simulator):
    simulator.clock.freeze(AT_S)
    for scope in ("repo:write", "repo:admin", "org:admin"):
        simulator.quay.grant(scope, scope=scope)
    return simulator


@pytest.fixture
def admin(quay):
    return Asking(quay, "repo:admin")


def entries(asking, query=""):
    return asking("GET", f"logs{query}").json()["logs"]


def kinds(asking):
    return [entry["kind"] for entry in entries(asking)]


def test_a_push_is_told_with_robot_program_and_address_but_without_the_digest(
    quay, admin, tag, image
):
    quay.push(image(), tag, by="acme+rogue", agent="podman/5", address="203.0.113.7")
    (entry,) = entries(admin)
    assert entry["metadata"].pop("resolved_ip")["provider"] == "internet"
    assert entry["metadata"] == {
        "repo": "app",
        "namespace": "acme",
        "user-agent": "podman/5",
        "tag": "latest",
        "mediaType": OCI_MANIFEST,
        "username": "acme+rogue",
        "is_robot": True,
    }
    assert entry["performer"].pop("avatar")["kind"] == "robot"
    assert entry["performer"] == {"kind": "user", "name": "acme+rogue", "is_robot": True}
    assert (entry["ip"], entry["datetime"]) == ("203.0.113.7", "Mon, 23 Nov 2026 09:47:26 -0000")


def test_a_person_is_no_robot(quay, admin, tag, image):
    quay.push(image(), tag, by="alice")
    (entry,) = entries(admin)
    assert "is_robot" not in entry["metadata"]
    assert (entry["performer"]["name"], entry["performer"]["is_robot"]) == ("alice", False)


def test_whoever_reads_a_manifest_leaves_a_row(quay, admin, tag, image, read):
    digest = quay.push(image(), tag)
    for method in ("GET", "HEAD"):
        read(quay, digest, method=method)
        read(quay, method=method)
    newest, before, *_ = entries(admin)
    assert kinds(admin) == ["pull_repo"] * 4 + ["push_repo"]
    assert newest["metadata"]["tag"] == "latest"
    assert before["metadata"]["manifest_digest"] == str(digest)
    assert "tag" not in before["metadata"]
    assert "performer" not in newest
    assert "username" not in newest["metadata"]


def test_each_way_to_move_a_tag_leaves_its_row(quay, admin, tag, image):
    owner, digest = Asking(quay, "repo:write"), str(quay.push(image(), tag))
    owner.change("made", manifest_digest=digest)
    owner.change("made", manifest_digest=digest)
    owner.restore(digest)
    owner.delete()
    quay.quay.restore_by("alice", tag, image().digest)
    newest, *others = entries(admin)
    assert "oauth_token_id" not in newest["metadata"]
    assert newest["performer"]["name"] == "alice"
    assert [entry["kind"] for entry in others] == [
        "delete_tag",
        "revert_tag",
        "move_tag",
        "create_tag",
        "push_repo",
    ]
    assert others[1]["metadata"] == {
        "username": "admin",
        "repo": "app",
        "tag": "latest",
        "manifest_digest": digest,
        "oauth_token_id": 1,
        "oauth_token_application_id": "0TYVCQDD4VT904DMTLAH",
        "oauth_token_application": "watchdog",
    }
    assert others[2]["metadata"]["original_manifest_digest"] == digest
    assert others[3]["metadata"]["original_manifest_digest"] is None


def sizes(asking, where="logs"):
    """Follow all pages; returns how many entries each has."""
    page, seen = asking("GET", where).json(), []
    while True:
        seen.append(len(page["logs"]))
        if "next_page" not in page:
            return seen
        page = asking("GET", f"{where}?next_page={page['next_page']}").json()


def test_the_log_has_pages_of_which_some_are_empty(quay, admin, tag, image):
    for _ in range(29):
        quay.push(image(), tag)
    assert sizes(admin) == [20, 9, 0]
    quay.quay.log.empty_pages = 2
    assert sizes(admin) == [0, 0, 20, 9, 0]


def test_the_log_is_asked_by_whole_days(quay, admin, tag, image):
    for _ in range(4):
        quay.push(image(), tag)
        quay.clock.advance(DAY_S)
    assert len(entries(admin)) == 1
    assert len(entries(admin, "?starttime=11/24/2026&endtime=11/24/2026")) == 1
    assert len(entries(admin, "?starttime=11/23/2026&endtime=nonsense")) == 4
    assert admin("GET", "logs?starttime=11/24/2026&endtime=11/20/2026").status_code == 400


def test_the_log_may_be_late_or_unavailable(quay, admin, tag, image):
    quay.push(image(), tag)
    quay.quay.log.late_by = timedelta(seconds=10)
    assert entries(admin) == []
    quay.clock.advance(10)
    quay.quay.log.unavailable = 1
    assert admin("GET", "logs").status_code == 503
    assert len(entries(admin)) == 1


def test_a_log_that_is_kept_elsewhere_is_an_empty_page_that_says_so(quay, admin, tag, image):
    quay.push(image(), tag)
    quay.quay.log.elsewhere = True
    answer = admin("GET", "logs")
    assert (answer.status_code, answer.json()["logs"]) == (200, [])
    assert answer.json()["search_unavailable"] is True
    assert "next_page" not in answer.json()


def test_the_log_needs_its_scope(quay, tag, image):
    quay.push(image(), tag)
    where = "/api/v1/organization/acme/logs"
    for asking in (Asking(quay, "repo:write"), Asking(quay, "org:admin")):
        assert asking("GET", "logs").status_code == 403
    assert Asking(quay)("GET", "logs").status_code == 401
    assert Asking(quay, "repo:admin")("GET", where).status_code == 403
    assert Asking(quay)("GET", where).status_code == 401


def test_an_organization_s_log_can_be_read_by_performer(quay, image):
    for path, by in (("acme/one", "acme+ci"), ("acme/two", "acme+rogue"), ("other/x", "other+ci")):
        quay.push(image(), quay.tag(path), by=by)
    asking, where = Asking(quay, "org:admin"), "/api/v1/organization/acme/logs"
    assert len(asking("GET", where).json()["logs"]) == 2
    (entry,) = asking("GET", f"{where}?performer=acme%2Brogue").json()["logs"]
    assert entry["metadata"]["repo"] == "two"
