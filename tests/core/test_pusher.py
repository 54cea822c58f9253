"""Who moved a tag, in words that no client can add to."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.pusher import CLIENT_MAX_CHARS, TEXT_MAX_CHARS, Pusher, PusherKind, agreed, mover
from watchdog.core.reference import Digest
from watchdog.core.tag_history import Held

AT = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
ROBOT, PERSON, APPLICATION, UNKNOWN = PusherKind
IP = "203.0.113.7"
PODMAN = "containers/5.24.1 (github.com/containers/image)"
CI = Pusher(ROBOT, "crunchtools+ci", IP, "skopeo/1.9.3", at=AT)

SENTENCES = {
    "robot": (CI, "robot `crunchtools+ci`, skopeo/1.9.3, 203.0.113.7"),
    "person": (Pusher(PERSON, "alice", IP, PODMAN), f"person `alice`, containers/5.24.1, {IP}"),
    "person-in-the-browser": (Pusher(PERSON, "alice", IP), f"person `alice`, {IP}"),
    "person-s-token": (
        Pusher(PERSON, "alice", title="laptop"),
        "person `alice` through the token `laptop`",
    ),
    "application": (
        Pusher(APPLICATION, "admin", IP, application="0TYV", title="watchdog"),
        f"person `admin` through the application `watchdog`, {IP}",
    ),
    "access-token": (
        Pusher(UNKNOWN, "builder", IP, "docker/24.0.5 go/go1.20"),
        f"unknown (an access token, `builder`), docker/24.0.5, {IP}",
    ),
    "a-robot-without-a-name": (Pusher(ROBOT, agent="a/1"), "a robot, a/1"),
    "a-person-without-a-name": (
        Pusher(PERSON, note="by the registry's own restore"),
        "a person (by the registry's own restore)",
    ),
    "unknown": (Pusher(UNKNOWN), "unknown"),
    "unknown-and-asked-for": (
        Pusher(UNKNOWN, note="no entry of it", pending=True),
        "unknown so far (no entry of it)",
    ),
    "unknown-and-why": (
        Pusher(UNKNOWN, note="needs repo:admin"),
        "unknown (needs repo:admin)",
    ),
    "ipv6": (Pusher(ROBOT, "a+b", "2001:DB8:0::1"), "robot `a+b`, 2001:db8::1"),
}


@pytest.mark.parametrize(("pusher", "said"), SENTENCES.values(), ids=SENTENCES)
def test_a_pusher_is_said_by_the_table(pusher, said):
    assert pusher.sentence() == said


FORGED = {
    "a-second-address": "skopeo/1.9.3, 198.51.100.1",
    "markup": "<script>alert(1)</script>",
    "a-link": "[here](https://evil.example)",
    "backticks": "`skopeo`",
    "nothing": "",
    "too-long": "x" * (CLIENT_MAX_CHARS + 1),
    "too-long-a-version": f"x/{'1' * CLIENT_MAX_CHARS}",
    "a-line-break": "\nrobot/1",
    "a-path": "a/b/c",
    "other-letters": "skopéo/1",
}


@pytest.mark.parametrize("agent", FORGED.values(), ids=FORGED)
def test_a_user_agent_that_is_no_plain_product_is_not_quoted(agent):
    said = Pusher(ROBOT, "a+b", IP, agent).sentence()

    assert said in {f"robot `a+b`, {IP}", f"robot `a+b`, robot/1, {IP}"}


def test_a_name_cannot_end_its_own_quotation():
    assert Pusher(PERSON, "a`, robot `b").sentence() == "person `a', robot 'b`"


def test_what_is_no_address_is_dropped():
    assert Pusher(PERSON, "alice", "10.0.0.1 or not").ip == ""


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_whatever_stands_in_the_log_every_text_is_short_and_printable(name, ip, agent, title, note):
    pusher = Pusher(PERSON, name, ip, agent, title, title, note=note)

    texts = (pusher.name, pusher.ip, pusher.agent, pusher.application, pusher.title, pusher.note)
    assert all(len(text) <= TEXT_MAX_CHARS for text in texts)
    assert all(character >= " " for character in pusher.sentence())


@pytest.mark.parametrize("kind", PusherKind)
def test_only_people_and_their_applications_move_by_hand(kind):
    assert Pusher(kind, "x").by_hand is (kind in {PERSON, APPLICATION})


HELD = Held(Digest.of(b"build"), AT)
RESTORED = replace(HELD, restored=True)
SOMEBODY = Pusher(PERSON, at=AT, note="by the registry's own restore")
MOVERS = {
    "a-push-that-no-log-tells": (HELD, None, None),
    "a-push-in-the-log": (HELD, CI, CI),
    "a-push-by-nobody": (HELD, Pusher(UNKNOWN), Pusher(UNKNOWN)),
    "a-restore-in-the-log": (RESTORED, Pusher(PERSON, "alice"), Pusher(PERSON, "alice")),
    "a-restore-that-no-log-tells": (RESTORED, None, SOMEBODY),
    "a-restore-by-one-of-two": (RESTORED, Pusher(UNKNOWN), SOMEBODY),
}


@pytest.mark.parametrize(("held", "logged", "expected"), MOVERS.values(), ids=MOVERS)
def test_a_restore_was_a_person_s_hand_log_or_not(held, logged, expected):
    assert mover(held, logged) == expected


def test_nobody_is_agreed_on_where_nobody_was_seen():
    assert agreed([]) is None


def test_two_entries_of_one_robot_are_that_robot_with_what_both_say():
    other = Pusher(ROBOT, "crunchtools+ci", "203.0.113.8", "skopeo/1.9.3", at=AT)

    assert agreed([CI, other]) == Pusher(ROBOT, "crunchtools+ci", "", "skopeo/1.9.3", at=AT)


OTHERS = {
    "another-robot": Pusher(ROBOT, "crunchtools+old"),
    "a-person-of-that-name": Pusher(PERSON, "crunchtools+ci"),
    "through-an-application": Pusher(ROBOT, "crunchtools+ci", application="0TYV"),
    "nobody": Pusher(UNKNOWN),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_where_two_may_have_done_it_neither_is_blamed(other):
    for candidates in ([CI, other], [other, CI]):
        who = agreed(candidates)
        assert who.by_hand is other.by_hand
        assert not who.name
        assert "more than one moved it within a second" in who.sentence()


@pytest.mark.parametrize(("deed", "push"), [("push_repo", True), ("move_tag", False), ("", None)])
def test_only_a_push_is_one(deed, push):
    assert Pusher(UNKNOWN, deed=deed).is_push is push


def test_of_a_push_and_a_move_in_one_second_it_is_not_known_which_it_was():
    candidates = [Pusher(PusherKind.ROBOT, "a+b", deed=deed) for deed in ("push_repo", "move_tag")]
    assert agreed(candidates).is_push is None
