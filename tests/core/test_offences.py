"""Which rows of a tag's history are wrong moves."""

from dataclasses import replace
from datetime import timedelta

from tests.core.examples import NOW, SIBLING, digest
from watchdog.core.memory import Move
from watchdog.core.offender import Offence, offences_of
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.core.verdict import Code, Finding

WRONG = Finding(Code.UNEXPECTED_SOURCE, "another repository")
RIGHT = Finding(Code.NEWER, "ahead")


def row(event="verdict", finding=WRONG, **more):
    return replace(Move(1, NOW, event, digest("bad"), (finding,), SIBLING, None, None), **more)


def test_a_wrong_build_is_an_offence_at_the_time_that_its_registry_tells():
    since = NOW - timedelta(seconds=61)
    assert offences_of([row(), row("passing", since=since)]) == (
        Offence(NOW, SIBLING),
        Offence(since, SIBLING),
    )


def test_whom_the_log_names_goes_before_what_a_hook_says():
    robot = Pusher(PusherKind.ROBOT, "acme+ci")
    (logged,) = offences_of([row(actor="somebody", pusher=robot)])
    (hinted,) = offences_of([row(actor="somebody")])
    assert (logged.pusher, hinted.pusher) == ("acme+ci", "somebody")


def test_what_was_accepted_or_done_by_us_is_none():
    assert offences_of([row(finding=RIGHT), row("revert-failed"), row("approval")]) == ()


def test_one_build_judged_twice_is_one_offence():
    assert len(offences_of([row(), row(at=NOW + timedelta(hours=1))])) == 1
    assert len(offences_of([row(), row(digest=digest("other"))])) == 2
