"""What people order: when it can be done, when not, and what the story says of it."""

from dataclasses import replace

import pytest

from tests.core.examples import (
    NOW,
    SIBLING,
    case,
    digest,
    incident,
    memory,
    revision,
    rule,
    trusted,
)
from watchdog.core.decisions import Decisions, Rejection
from watchdog.core.incident_record import Acknowledgement, Happening
from watchdog.core.memory import Accepted, Move, PendingRevert
from watchdog.core.order import (
    Order,
    OrderKind,
    ack_objection,
    known_revision,
    ordered_refusal,
    revert_objection,
    trust_objection,
)
from watchdog.core.ordered import noted_order, order_failed, said_of, with_revert
from watchdog.core.telling import Telling
from watchdog.core.trust import trust, trust_unread
from watchdog.core.verdict import Code, Finding

BAD = memory(digest=digest("bad"), trusted_before=(digest("old"),), incident=incident())
WRONG = replace(BAD, findings=(Finding(Code.OLDER_COMMIT, "older"),))
REJECTED = Decisions(
    rejections=(
        Rejection("bob", "no", NOW, digest("old")),
        Rejection("bob", "no", NOW, digest("good")),
        Rejection("bob", "no", NOW, digest("new")),
    )
)
REVERT = Order("1", OrderKind.REVERT, "ann", "login is broken", NOW, held=digest("bad"))

REVERTS = {
    "to-the-trusted-build": (BAD, None, Decisions(), None),
    "to-an-earlier-one": (BAD, "old", Decisions(), None),
    "nothing-trusted": (replace(BAD, trusted=None), None, Decisions(), "no trusted build"),
    "never-seen": (replace(BAD, digest=None), None, Decisions(), "never seen"),
    "holds-it": (memory(), None, Decisions(), "holds sha256"),
    "never-trusted": (BAD, "new", Decisions(), "never trusted here"),
    "rejected": (BAD, None, REJECTED, "bob rejected"),
    "earlier-one-rejected": (BAD, "old", REJECTED, "bob rejected"),
}


@pytest.mark.parametrize(("held", "to", "decisions", "words"), REVERTS.values(), ids=REVERTS)
def test_a_revert_is_ordered_to_what_was_trusted_and_not_rejected(held, to, decisions, words):
    said = revert_objection(held, rule(), decisions, to and digest(to))
    assert (words in said) if words else said is None


OURS = rule().sources[0]
COMMIT = Decisions(rejections=(Rejection("bob", "no", NOW, revision=revision("left")),))


def test_a_build_whose_commit_was_rejected_is_no_target_and_not_trusted_by_word():
    left, right = revision("left"), revision("right")
    assert "bob rejected" in revert_objection(BAD, rule(), COMMIT, digest("old"), left)
    assert revert_objection(BAD, rule(), COMMIT, digest("old"), right) is None
    assert "bob rejected" in trust_objection(WRONG, COMMIT, digest("new"), left)
    assert trust_objection(WRONG, COMMIT, digest("new"), right) is None


def test_the_commit_of_a_build_is_what_was_accepted_or_what_our_source_claimed():
    def row(name, source=OURS):
        return Move(1, NOW, "verdict", digest("old"), (), source, name and revision(name), None)

    def known(*rows, held=BAD):
        return known_revision(held, rule(), rows, digest("old"))

    assert known(row("left"), row("right")) == revision("left")
    assert known(row("left", SIBLING), row(None), row("right")) == revision("right")
    assert known(row("left", None), replace(row("left"), digest=digest("other"))) is None
    accepted = Accepted(revision("then"), digest("old"), NOW)
    assert known(row("left"), held=replace(BAD, accepted=(accepted,))) == revision("then")


def test_the_switch_and_a_target_that_does_not_stand_hold_for_people_too():
    def refusal(held=BAD, *, stands=True, switch=True):
        target = digest("good")
        return ordered_refusal(held, rule(), Decisions(), target, stands=stands, switch=switch)

    assert refusal() is None
    assert "switched off" in refusal(switch=False)
    assert "--to" in refusal(stands=False)
    assert "holds" in refusal(memory())


TRUSTS = {
    "new": (WRONG, "new", Decisions(), None),
    "held-is-accepted": (memory(), "new", Decisions(), "reject that first"),
    "held": (BAD, "bad", Decisions(), "approve it"),
    "trusted": (BAD, "good", Decisions(), "already"),
    "rejected": (WRONG, "new", REJECTED, "bob rejected"),
    "nothing-trusted-yet": (replace(WRONG, trusted=None), "new", Decisions(), None),
}


@pytest.mark.parametrize(("held", "build", "decisions", "words"), TRUSTS.values(), ids=TRUSTS)
def test_what_is_trusted_by_word_is_neither_held_nor_rejected(held, build, decisions, words):
    said = trust_objection(held, decisions, digest(build))
    assert (words in said) if words else said is None


KNOWN = incident(acknowledged=Acknowledgement(digest("bad"), "bob", "I know", NOW))
ACKS = {
    "open": (BAD, "bad", None),
    "nothing-open": (memory(), "good", "no incident"),
    "not-held": (BAD, "worse", "does not hold"),
    "no-build-of-it": (replace(BAD, digest=digest("new")), "new", "no build of"),
    "known": (replace(BAD, incident=KNOWN), "bad", "bob acknowledged"),
    "another-was-known": (
        replace(
            BAD, digest=digest("worse"), incident=replace(KNOWN, builds=incident("worse").builds)
        ),
        "worse",
        None,
    ),
}


@pytest.mark.parametrize(("held", "build", "words"), ACKS.values(), ids=ACKS)
def test_a_build_of_the_open_incident_is_acknowledged_while_the_tag_holds_it(held, build, words):
    said = ack_objection(held, digest(build))
    assert (words in said) if words else said is None


def test_an_ordered_revert_is_to_the_trusted_build_from_what_was_seen():
    after = with_revert(BAD, REVERT, NOW)
    assert after.revert == PendingRevert(
        7, digest("bad"), digest("good"), NOW, by="ann", reason="login is broken"
    )
    assert said_of(after.revert) == "ordered by ann: login is broken"
    (entry,) = after.incident.story
    assert (entry.what, entry.by, entry.words) == (
        Happening.REVERT_ORDERED,
        "ann",
        "login is broken",
    )
    assert with_revert(replace(BAD, trusted=None), REVERT, NOW).revert is None


def test_the_story_names_orders_that_change_something():
    told = replace(REVERT, kind=OrderKind.TRUST, digest=digest("new"))
    assert noted_order(BAD, told, NOW).incident.story[0].what is Happening.TRUSTED
    assert noted_order(BAD, replace(told, kind=OrderKind.ACK), NOW) == BAD
    assert noted_order(memory(), told, NOW) == memory()


def test_what_was_not_done_is_told_with_and_without_an_incident():
    followed = order_failed(BAD, NOW, "the switch is off")
    assert followed.tellings == (Telling.ORDER_FAILED,)
    assert followed.memory.incident.story[0].words == "the switch is off"
    assert order_failed(memory(), NOW, "off").memory == memory()


def test_nobody_ordered_what_the_verdict_called_for():
    assert said_of(PendingRevert(7, digest("bad"), digest("good"), NOW)) == ""


def test_trust_by_word_leaves_what_the_tag_holds_and_is_remembered_as_a_rollback():
    held = memory(accepted=memory().accepted)
    after = trust(case("behind", memory=held), NOW)
    assert (after.digest, after.findings, after.number) == (held.digest, held.findings, 7)
    assert (after.trusted.digest, after.trusted.code) == (digest(), Code.APPROVED)
    assert after.trusted_before == (digest("good"),)
    assert after.rolled_back == (revision("good"),)
    assert after.baseline == held.baseline


def test_trust_by_word_makes_a_baseline_where_there_is_none():
    assert trust(case(memory=memory(accepted=(), trusted=None)), NOW).baseline == revision()


def test_a_build_that_nobody_can_read_is_trusted_as_history_knows_it():
    old = trusted("old")
    after = trust_unread(replace(BAD, rolled_back=(revision("old"), revision("x"))), old)
    assert after.trusted == old
    assert after.trusted_before == (digest("good"), digest("old"))
    assert after.rolled_back == (revision("good"), revision("x"))
    unknown = trusted("old", revision=None)
    bare = trust_unread(replace(BAD, trusted=trusted(revision=None)), unknown)
    assert bare.rolled_back == ()
    assert trust_unread(replace(BAD, trusted=None), old).trusted_before == (digest("old"),)
