"""Who moved a tag, read from a usage log that answers as Quay's does."""

from dataclasses import replace

import pytest

from tests.registry.quay.usage_log import (
    APPLICATION,
    AT,
    BUILD,
    OTHER,
    PUSHED,
    RESTORED,
    SECOND,
    entry,
    restore,
)
from watchdog.core.pusher import PusherKind
from watchdog.core.tag_history import Held
from watchdog.registry.quay.usage_log import application_of


def test_a_push_is_the_robot_s_with_its_client_and_address(log):
    who = log.who(entry())

    assert who.sentence() == "robot `acme+rogue`, skopeo/1.9.3, 203.0.113.7"
    assert (who.kind, who.at) == (PusherKind.ROBOT, AT)


ROBOT, PERSON, APP, UNKNOWN = PusherKind
WHO = {
    "person": (entry(performer="alice"), PERSON, "person `alice`"),
    "person-s-app-token": (
        entry(performer="alice", app_specific_token_title="laptop"),
        PERSON,
        "person `alice` through the token `laptop`",
    ),
    "application": (
        entry(performer="admin", **APPLICATION),
        APP,
        "person `admin` through the application `watchdog`",
    ),
    "access-token": (entry(performer=None, token="builder"), UNKNOWN, "unknown (an access token"),
    "nobody": (entry(performer=None), UNKNOWN, "unknown, skopeo"),
    "deleted-robot": (
        entry(performer=None, username="acme+gone", is_robot=True),
        ROBOT,
        "robot `acme+gone`",
    ),
    "deleted-person": (entry(performer=None, username="bob"), PERSON, "person `bob`"),
    "robot-by-its-name-alone": (entry(performer=None, username="a+b"), ROBOT, "robot `a+b`"),
    "robot-by-the-metadata-alone": (entry(performer="bot", is_robot=True), ROBOT, "robot `bot`"),
    "performer-alone-says-robot": (
        entry(performer="x") | {"performer": {"name": "x", "is_robot": True}},
        ROBOT,
        "robot `x`",
    ),
    "api-move": (
        entry("move_tag", performer="alice", manifest_digest=str(BUILD)),
        PERSON,
        "person `alice`, 203.0.113.7",
    ),
    "api-creation": (entry("create_tag", performer="alice"), PERSON, "person `alice`"),
}


@pytest.mark.parametrize(("row", "kind", "said"), WHO.values(), ids=WHO)
def test_who_it_was_by_the_table(log, row, kind, said):
    who = log.who(row)

    assert who.kind is kind
    assert who.sentence().startswith(said)


OTHER_ENTRIES = {
    "another-tag": entry(tag="v1"),
    "a-pull": entry("pull_repo"),
    "a-deletion": entry("delete_tag"),
    "a-restore": restore(),
    "two-seconds-later": entry(at=AT + 2 * SECOND),
    "two-seconds-earlier": entry(at=AT - 2 * SECOND),
    "another-digest": entry("move_tag", manifest_digest=str(OTHER)),
}


@pytest.mark.parametrize("row", OTHER_ENTRIES.values(), ids=OTHER_ENTRIES)
def test_what_is_not_this_move_is_nobody_s(log, row):
    assert log.who(row) is None
    assert log.who(entry(), row).name == "acme+rogue"


@pytest.mark.parametrize("late", [-1, 0, 1])
def test_the_log_s_second_may_be_the_one_beside(log, late):
    assert log.who(entry(at=AT + late * SECOND)).name == "acme+rogue"


def test_a_restore_is_joined_with_a_restore_only(log):
    assert log.who(restore(), entry(), held=RESTORED).name == "admin"
    assert log.who(entry(), held=RESTORED) is None
    assert log.who(restore(), held=replace(RESTORED, digest=OTHER)) is None


def test_of_two_pushes_in_one_second_neither_is_blamed(log):
    who = log.who(entry(), entry(at=AT - SECOND, performer="acme+ci"))

    assert who.kind is UNKNOWN
    assert "acme" not in who.sentence()


def test_two_pushes_of_one_robot_are_its_own(log):
    assert log.who(entry(), entry(at=AT + SECOND)).name == "acme+rogue"


def test_a_time_nobody_knows_is_not_asked_for(log):
    assert log.who(entry(), held=Held(BUILD)) is None
    assert log.asked == []


def test_our_application_is_learnt_from_our_own_restore(log):
    log.pages = [[restore()]]

    assert application_of(log.api, log.tag, RESTORED) == "0TYVCQDD4VT904DMTLAH"


def test_our_application_is_not_learnt_from_what_may_be_another_s(log):
    log.pages = [[entry(performer="admin", **APPLICATION), entry("revert_tag", performer="eve")]]
    assert application_of(log.api, log.tag, PUSHED) == ""
    assert application_of(log.api, log.tag, RESTORED) == ""

    log.pages = [[restore(), restore(at=AT + SECOND) | {"performer": {"name": "eve"}}]]
    assert application_of(log.api, log.tag, RESTORED) == ""

    log.pages = [[]]
    assert application_of(log.api, log.tag, RESTORED) == ""
