"""Channels of the policy: put in force by SIGHUP, or refused; nothing that waits is lost."""

import signal

from tests.e2e.programs import eventually
from tests.e2e.service import Service
from watchdog.demo.receiver import Receiver


def kinds(receiver):
    return [taken.body["kind"] for taken in receiver.received]


def reload(service, policy):
    service.begin(policy)
    service.process.send_signal(signal.SIGHUP)


def test_a_reload_puts_other_channels_in_force_and_loses_nothing_that_waits(
    tmp_path, policy, told_app
):
    first, second, url = tmp_path / "first", tmp_path / "second", tmp_path / "url"
    with Receiver() as ops, Receiver() as team:
        first.write_text(ops.webhook_url)
        channels = {"ops": {"kind": "webhook", "url": {"file": str(first)}}}
        service = Service(tmp_path, policy | {"channels": channels}).start()
        try:
            told_app.pushed(told_app.commit("first"))
            service.announce(told_app)
            service.judged(told_app, "first-seen")

            more = {"team": {"kind": "webhook", "url": {"file": str(url)}}}
            reload(service, policy | {"channels": channels | more})
            eventually(lambda: f"channels.team.url: {url} cannot be read" in service.log)

            ops.fail_next(404)
            source, revision = told_app.sibling()
            told_app.pushed(revision, source=source)
            service.announce(told_app)
            eventually(lambda: "Could not tell ops" in service.log)

            url.write_text(team.webhook_url)
            reload(service, policy | {"channels": more})
            eventually(lambda: "for ops wait" in service.get("/").text.replace("waits", "wait"))
            eventually(lambda: "not configured here" in service.get("/health").text)
            assert kinds(ops) == []

            second.write_text(ops.webhook_url)
            back = {"ops": {"kind": "webhook", "url": {"file": str(second)}}}
            reload(service, policy | {"channels": back | more})
            eventually(lambda: kinds(ops) == ["wrong"])
        finally:
            service.close()
