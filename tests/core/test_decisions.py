"""Approvals and rejections: whose word counts about which build, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import (
    NOW,
    SIBLING,
    case,
    digest,
    memory,
    reading,
    revision,
    rule,
    trusted,
    unread,
)
from watchdog.core.decisions import Decisions, Rejection, rejection_of_trusted
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.judge import judge
from watchdog.core.memory import Approval
from watchdog.core.revert import may_be_reverted
from watchdog.core.rule import Require
from watchdog.core.settled import unchanged
from watchdog.core.verdict import Code, Outcome

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
R, OTHER = revision(), revision("other")
BY_DIGEST = Approval(digest(), "ann", "it is right", NOW)
BEFOREHAND = Approval(None, "ci", "a rollback", NOW, revision=R, expires=NOW + DAY, by_person=False)
USED = replace(BEFOREHAND, used=digest())
NEVER = Rejection("bob", "it leaks", NOW, digest())
NEVER_R = Rejection("bob", "it leaks", NOW, revision=R)
FOR_A_TIME = replace(BY_DIGEST, at=NOW + MINUTE, expires=NOW + 60 * MINUTE)
USED_BY_DIGEST = replace(FOR_A_TIME, used=digest())
HOLDS_IT = memory(digest=digest(), trusted=trusted("build"))


def said(*decisions, ancestry="behind", **changes):
    approvals = tuple(one for one in decisions if isinstance(one, Approval))
    rejections = tuple(one for one in decisions if isinstance(one, Rejection))
    both = {"now": NOW, "decisions": Decisions(approvals, rejections)}
    return case(ancestry, **(both | changes))


def written(**changes) -> Reading:
    values = {"basis": Basis.LABEL, "source": case().rule.sources[0], "revision": R, "own": True}
    return Reading(Evidence(**(values | changes)))


# What people said of a build that is older; what is found.
TABLE = {
    "nothing": (said(), "older-commit"),
    "approved": (said(BY_DIGEST), "approved"),
    "another-digest-approved": (said(replace(BY_DIGEST, digest=digest("x"))), "older-commit"),
    "approved-beforehand": (said(BEFOREHAND), "approved"),
    "another-revision-beforehand": (said(replace(BEFOREHAND, revision=OTHER)), "older-commit"),
    "beforehand-and-expired": (said(BEFOREHAND, now=NOW + DAY), "older-commit"),
    "beforehand-and-no-time-known": (said(BEFOREHAND, now=None), "older-commit"),
    "beforehand-of-a-stranger": (said(BEFOREHAND, reading=reading(SIBLING)), "unexpected-source"),
    "beforehand-and-nothing-claimed": (said(BEFOREHAND, reading=unread()), "unidentified"),
    "beforehand-and-the-evidence-is-too-weak": (
        said(BEFOREHAND, ancestry="ahead", rule=rule(require=Require.BUILDKIT)),
        "unidentified",
    ),
    "beforehand-by-digest": (
        said(replace(BEFOREHAND, digest=digest(), revision=None)),
        "approved",
    ),
    "used-and-trusted-since": (
        said(USED, memory=memory(trusted=trusted("build", policy="another"))),
        "approved",
    ),
    "used-and-something-else-is-trusted": (said(USED), "older-commit"),
    "used-for-another-build": (
        said(replace(USED, used=digest("x")), memory=HOLDS_IT, digest=digest("y")),
        "older-commit",
    ),
    "rejected": (said(NEVER, ancestry="ahead"), "disapproved"),
    "rejected-though-unchanged": (said(NEVER, memory=HOLDS_IT), "disapproved"),
    "rejected-though-trusted-before": (
        said(NEVER, memory=memory(trusted_before=(digest(),)), restored=True),
        "disapproved",
    ),
    "revision-rejected": (said(NEVER_R, ancestry="ahead"), "disapproved"),
    "another-revision-rejected": (
        said(replace(NEVER_R, revision=OTHER), ancestry="ahead"),
        "newer",
    ),
    "revision-of-the-trusted-build-rejected": (
        said(NEVER_R, memory=memory(trusted=trusted("build", revision=R)), reading=None),
        "disapproved",
    ),
    "rejected-and-approved-later": (
        said(NEVER, replace(BY_DIGEST, at=NOW + MINUTE)),
        "approved",
    ),
    "rejected-after-it-was-approved": (
        said(replace(NEVER, at=NOW + MINUTE), BY_DIGEST),
        "disapproved",
    ),
    "revision-rejected-and-the-digest-approved-later": (
        said(NEVER_R, replace(BY_DIGEST, at=NOW + MINUTE)),
        "approved",
    ),
    "rejected-and-approved-later-by-a-pipeline": (
        said(NEVER, replace(BEFOREHAND, digest=digest(), at=NOW + MINUTE)),
        "disapproved",
    ),
    "rejected-and-approved-later-for-a-time": (said(NEVER, FOR_A_TIME), "approved"),
    "rejected-and-the-time-is-over": (said(NEVER, FOR_A_TIME, now=NOW + DAY), "disapproved"),
    "rejected-and-no-time-known": (said(NEVER, FOR_A_TIME, now=None), "disapproved"),
    "rejected-and-approved-for-a-time-and-trusted-since": (
        said(NEVER, USED_BY_DIGEST, memory=memory(trusted=trusted("build", policy="another"))),
        "approved",
    ),
    "rejected-and-approved-for-a-time-and-something-else-is-trusted": (
        said(NEVER, USED_BY_DIGEST),
        "disapproved",
    ),
    "rejected-and-approved-again-and-rejected-again": (
        said(NEVER, replace(BY_DIGEST, at=NOW + MINUTE), replace(NEVER_R, at=NOW + 2 * MINUTE)),
        "disapproved",
    ),
}


@pytest.mark.parametrize(("judged", "expected"), TABLE.values(), ids=TABLE)
def test_what_people_said_counts_by_the_table(judged, expected):
    assert judge(judged).codes[0] == expected


SURE = {
    "digest": (said(NEVER), True),
    "revision": (said(NEVER_R), True),
    "revision-that-git-completed": (said(NEVER_R, reading=written(written="abc1234")), False),
    "revision-that-a-tag-names": (said(NEVER_R, reading=written(basis=Basis.TAG)), False),
    "revision-of-a-label-from-another-time": (said(NEVER_R, reading=written(stale=True)), False),
    "digest-whatever-it-claims": (said(NEVER, reading=written(stale=True)), True),
}


@pytest.mark.parametrize(("judged", "sure"), SURE.values(), ids=SURE)
def test_what_a_person_rejected_is_put_back_whatever_the_rule_names_unless_it_is_a_guess(
    judged, sure
):
    verdict = judge(judged)
    assert verdict.codes == (Code.DISAPPROVED,)
    assert may_be_reverted(rule(revert_on=()), verdict) is sure


def test_a_rejection_says_who_and_why():
    assert judge(said(NEVER)).findings[0].detail == "bob rejected this image: it leaks"
    assert judge(said(NEVER_R)).findings[0].detail == (
        "bob rejected every build of this commit: it leaks"
    )


def test_an_approval_that_was_given_beforehand_says_so():
    found = judge(said(BEFOREHAND)).findings[0]
    assert found.detail == "approved beforehand, for once, by ci: a rollback"


def test_a_standing_approval_is_not_used_up_by_one_that_waits():
    waiting = replace(BEFOREHAND, revision=None, digest=digest())
    assert said(waiting, BY_DIGEST).approval is BY_DIGEST


def test_a_person_s_approval_of_the_same_subject_stands_until_it_is_used_or_over():
    image = (digest(), None)

    def stands(one, of=image, known=HOLDS_IT, now=NOW):
        return Decisions((one,)).of_person(*of, known, now) is one

    assert stands(BY_DIGEST)
    assert not stands(BY_DIGEST, of=(None, R))
    assert not stands(replace(BY_DIGEST, by_person=False))
    assert stands(FOR_A_TIME)
    assert not stands(FOR_A_TIME, now=NOW + DAY)
    by_commit = replace(FOR_A_TIME, digest=None, revision=R, used=digest())
    assert stands(by_commit, of=(None, R), now=NOW + DAY)
    assert not stands(by_commit, of=(None, R), known=memory())


def test_what_waits_is_counted_for_people_and_for_pipelines():
    decisions = Decisions((BY_DIGEST, FOR_A_TIME, BEFOREHAND, USED, USED_BY_DIGEST))
    assert (decisions.waiting(of_people=True), decisions.waiting(of_people=False)) == (2, 1)


def test_what_was_used_is_used_for_that_build_alone():
    decisions = Decisions((BY_DIGEST, BEFOREHAND), (NEVER,))
    assert decisions.with_use(BEFOREHAND, digest()) == Decisions((BY_DIGEST, USED), (NEVER,))


def test_a_newer_build_ends_what_does_not_wait_for_its_own():
    decisions = Decisions((BY_DIGEST, BEFOREHAND, USED))
    assert decisions.superseded() == (BY_DIGEST, USED)


def test_what_waited_in_vain_ends_with_its_last_day():
    decisions = Decisions((BY_DIGEST, BEFOREHAND, USED))
    assert decisions.ended(NOW + DAY - MINUTE) == ()
    assert decisions.ended(NOW + DAY) == (BEFOREHAND,)


def test_a_trusted_build_that_was_rejected_is_no_target():
    held = memory(trusted=trusted("build", revision=R))
    for never in (NEVER, NEVER_R):
        assert rejection_of_trusted(Decisions(rejections=(never,)), rule(), held) is never
    foreign = memory(trusted=trusted("x", revision=R, source=SIBLING))
    assert rejection_of_trusted(Decisions(rejections=(NEVER_R,)), rule(), foreign) is None
    nothing = memory(trusted=None)
    assert rejection_of_trusted(Decisions(rejections=(NEVER,)), rule(), nothing) is None


moments = st.integers(0, 9).map(lambda minutes: NOW + minutes * MINUTE)
rejections = st.builds(
    Rejection, st.just("bob"), st.just("no"), moments, st.just(None), st.just(R)
) | st.builds(Rejection, st.just("bob"), st.just("no"), moments, st.just(digest()))


@given(st.lists(rejections, min_size=1), st.lists(moments))
def test_the_last_word_of_a_person_on_the_digest_counts(said_no, said_yes):
    approvals = tuple(replace(BY_DIGEST, at=at) for at in said_yes)
    judged = case("ahead", now=NOW, decisions=Decisions(approvals, tuple(said_no)))
    last_no = max(one.at for one in said_no)
    expected = Code.APPROVED if any(at > last_no for at in said_yes) else Code.DISAPPROVED
    assert judge(judged).codes == (expected,)


@given(st.lists(st.sampled_from([BY_DIGEST, BEFOREHAND, USED]), max_size=3))
def test_no_approval_outranks_a_rejection_of_its_own_time(approvals):
    judged = said(*approvals, NEVER, ancestry="ahead")
    assert judge(judged).outcome is Outcome.REJECTED


def test_what_is_rejected_is_not_passed_over_as_unchanged():
    held = memory(digest=digest(), trusted=trusted("build"))
    assert unchanged(said(memory=held)).code is Code.UNCHANGED
    assert unchanged(said(NEVER, memory=held)) is None
