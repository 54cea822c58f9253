"""`watchdog serve` as a service: its end, its policy, and what outlasts a restart."""

import signal
from urllib.parse import urlsplit

import pytest

from tests.e2e.alerts import CHANNELS, Alerts
from tests.e2e.programs import eventually
from tests.e2e.service import Service, alive
from watchdog.demo.receiver import Receiver

ROLES = {"web", "worker", "store"}


@pytest.fixture
def first(service, app):
    """The digest of a first build, which is accepted."""
    digest = app.pushed(app.commit("first"))
    service.announce(app)
    service.judged(app, "first-seen")
    return digest


def test_it_ends_with_all_its_parts(service, first):
    assert set(service.children()) == ROLES
    processes = service.descendants()
    assert service.stop() == 0
    assert not [pid for pid in processes if alive(pid)]
    assert not list(service.folder.rglob("*.sock"))
    assert "Traceback" not in service.log


def test_it_finishes_the_look_in_hand_before_it_ends(service, app, registry, first):
    digest = app.pushed(app.commit())
    with registry.hanging():
        service.announce(app)
        service.looks_at(app)
        service.process.terminate()
        eventually(lambda: not service.answers())
    assert service.process.wait(30) == 0
    assert f"Verdict on {app.tag}: accepted (newer) {digest}" in service.log
    assert "Traceback" not in service.log


def test_it_gives_back_a_look_that_hangs_and_leaves_no_process(service, app, git, first):
    digest = app.pushed(app.commit())
    with git.hanging():
        service.announce(app)
        eventually(lambda: git.hung)
        processes = service.descendants()
        assert len(processes) > len(service.children())
        assert service.stop() == 0
        assert not [pid for pid in processes if alive(pid)]
    service.start()
    service.judged(app, "newer", digest=digest)


def test_a_new_policy_is_in_force_after_sighup(service, policy, app, first):
    source, revision = app.sibling()
    renamed = [{**rule, "aliases": [source]} for rule in policy["watch"]]
    service.write_policy({**policy, "watch": renamed})
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: "The policy was read again" in service.log)
    eventually(lambda: "watched tags are due" in service.log)
    app.pushed(revision, source=source)
    service.announce(app)
    service.judged(app, "unknown-commit")


def test_a_broken_policy_is_refused_loudly_and_the_old_one_stays(service, policy, app, first):
    service.write_policy("watch: []")
    service.process.send_signal(signal.SIGHUP)
    refused = eventually(lambda: [line for line in service.log.splitlines() if "refused" in line])
    assert all("ERROR" in line for line in refused)
    eventually(lambda: f"{service.policy}:1: watch: " in service.log)
    app.pushed(app.commit())
    service.announce(app)
    service.judged(app, "newer")
    assert set(service.children()) == ROLES


def test_trust_history_and_an_open_incident_outlast_a_restart(service, receiver, app, first):
    bad = app.push(app.build("", labels={}))
    service.announce(app)
    service.judged(app, "unidentified")
    Alerts(receiver, app).told("wrong")
    before = service.tag(app.tag)["trusted"], service.history(app.tag)
    assert service.stop() == 0
    service.start()
    assert (service.tag(app.tag)["trusted"], service.history(app.tag)) == before
    judged_at = service.tag(app.tag)["judged_at"]
    service.announce(app)
    eventually(lambda: service.tag(app.tag)["judged_at"] > judged_at)
    assert service.judged(app, "unidentified", digest=bad)["trusted"]["digest"] == first
    app.push(app.build(app.commit()))
    service.announce(app)
    Alerts(receiver, app).told("wrong", "right")


def test_what_could_not_be_told_is_told_once_after_a_restart(tmp_path, policy, app):
    nobody = Receiver()
    nobody.stop()
    service = Service(tmp_path, policy, receiver=nobody).start()
    try:
        app.push(app.build("", labels={}))
        service.announce(app)
        service.judged(app, "unidentified")
        eventually(lambda: service.log.count("Could not tell ") >= len(CHANNELS))
        assert service.stop() == 0
        with Receiver(urlsplit(nobody.address).port) as receiver:
            service.start()
            Alerts(receiver, app).told("wrong", within_s=40)
            app.push(app.build(app.commit()))
            service.announce(app)
            Alerts(receiver, app).told("wrong", "right")
    finally:
        service.close()


def test_a_second_service_on_the_same_folder_refuses_to_start(service, first):
    second = Service.beside(service)
    run = second.run("serve")
    assert run.returncode == 1
    assert "another process runs the store" in run.stderr
    second.close()
    assert service.get("/readyz").ok
