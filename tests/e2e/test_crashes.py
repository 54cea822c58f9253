"""SIGKILL, one process after the other, in the middle of the work: nothing is lost or doubled."""

import time

import pytest

from tests.e2e.alerts import Alerts
from tests.e2e.programs import eventually
from tests.e2e.service import alive

HOOK_MAX_S = 2.0


@pytest.fixture
def first(service, app):
    """The digest of a first build, which is accepted."""
    digest = app.pushed(app.commit("first"))
    service.announce(app)
    service.judged(app, "first-seen")
    return digest


def test_a_worker_killed_in_the_middle_of_a_look_is_replaced_and_the_look_is_done(
    service, receiver, app, registry, first
):
    source, revision = app.sibling()
    bad = app.pushed(revision, source=source)
    with registry.hanging():
        service.announce(app)
        service.looks_at(app)
        killed = service.kill("worker")
        eventually(lambda: service.children().get("worker", killed) != killed)
    Alerts(receiver, app).told("wrong", "reverted", within_s=40)
    assert app.digest == first
    assert [row[1:] for row in service.history(app.tag)] == [
        ("first-seen", first),
        ("unexpected-source", bad),
        ("unchanged", first),
    ]


def test_hooks_are_answered_while_the_store_is_dead_and_lead_to_looks(service, app, first):
    digests = {
        tag: app.push(app.build(app.code.tip("main")), f"{app.repository}:{tag}")
        for tag in ("t1", "t2", "t3")
    }
    service.kill("store")
    for tag in digests:
        began = time.monotonic()
        service.announce(app, tag)
        assert time.monotonic() - began < HOOK_MAX_S
    for tag, digest in digests.items():
        reference = f"{app.repository}:{tag}"
        row = eventually(lambda named=reference: service.tag(named))
        assert (row["outcome"], row["digest"]) == ("accepted", digest)
    assert service.tag(app.tag)["trusted"]["digest"] == first


def test_a_dead_web_process_is_replaced(service, app, first):
    killed = service.kill("web")
    eventually(lambda: service.answers() and service.children().get("web", killed) != killed)
    app.pushed(app.commit())
    service.announce(app)
    service.judged(app, "newer")


def test_the_parts_end_with_the_supervisor_and_a_new_one_goes_on(
    service, receiver, app, registry, first
):
    source, revision = app.sibling()
    app.pushed(revision, source=source)
    processes = service.descendants()
    with registry.hanging():
        service.announce(app)
        service.looks_at(app)
        service.process.kill()
        service.process.wait(10)
        service.start()
    Alerts(receiver, app).told("wrong", "reverted")
    assert app.digest == first
    eventually(lambda: not [pid for pid in processes if alive(pid)])
