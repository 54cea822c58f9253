from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import (
    BLIND,
    NOW,
    OURS,
    SIBLING,
    accepted,
    case,
    digest,
    memory,
    nowhere,
    reading,
    release,
    revision,
    trusted,
    unread,
)
from watchdog.core.commits import TAGS_LINE, Ancestry
from watchdog.core.decisions import Decisions
from watchdog.core.judge import judge
from watchdog.core.memory import (
    ACCEPTED_MAX,
    ROLLED_BACK_MAX,
    TRUSTED_BEFORE_MAX,
    Approval,
    Move,
    TagMemory,
)
from watchdog.core.trust import raise_baseline, remember, trusted_digests
from watchdog.core.verdict import Code, Finding, Outcome, Verdict

APPROVAL = Approval(digest(), "ann", "it is right", NOW)
EMPTY = TagMemory()
BEFORE = memory(trusted_before=(digest(),))


def looked(ancestry=None, **changes):
    judged = case(ancestry, **changes)
    return remember(judged, judge(judged), NOW)


# What was judged; the trusted revision; the newest accepted revision. "commit" is this build's.
TRUST = {
    "first-seen": (case(memory=EMPTY), "commit", "commit"),
    "newer": (case("ahead"), "commit", "commit"),
    "rebuild": (case("identical"), "commit", "commit"),
    "rewritten-history": (case(forsaken=Ancestry.DIVERGED), "commit", "commit"),
    "approved-is-no-baseline": (case("behind", approval=APPROVAL), "commit", "good"),
    "approved-and-newer-is-no-baseline": (case("ahead", approval=APPROVAL), "commit", "good"),
    "approved-where-there-was-no-baseline": (
        case(memory=EMPTY, approval=APPROVAL),
        "commit",
        "commit",
    ),
    "approved-where-histories-do-not-meet": (
        case("unrelated", approval=APPROVAL),
        "commit",
        "commit",
    ),
    "approved-where-the-baseline-is-nowhere": (
        case("unknown", approval=APPROVAL),
        "commit",
        "commit",
    ),
    "approved-after-a-force-push-to-a-strange-history": (
        case(forsaken=Ancestry.UNRELATED, approval=APPROVAL),
        "commit",
        "commit",
    ),
    "approved-after-a-force-push": (
        case(forsaken=Ancestry.DIVERGED, approval=APPROVAL),
        "commit",
        "good",
    ),
    "approved-off-branch": (case(place=nowhere(), approval=APPROVAL), "commit", "good"),
    "approved-off-branch-and-first": (
        case(memory=EMPTY, place=nowhere(), approval=APPROVAL),
        "commit",
        None,
    ),
    "approved-from-a-foreign-source": (
        case(memory=EMPTY, reading=reading(SIBLING), approval=APPROVAL),
        "commit",
        None,
    ),
    "approved-without-a-revision": (
        case(memory=EMPTY, reading=unread(), approval=APPROVAL),
        None,
        None,
    ),
    "rejected": (case("behind"), "good", "good"),
    "inconclusive": (case(place=None, failures=(BLIND,)), "good", "good"),
    "unchanged": (case(digest=digest("good")), "good", "good"),
}


@pytest.mark.parametrize(("judged", "trust", "newest"), TRUST.values(), ids=TRUST)
def test_a_verdict_decides_what_is_trusted_and_what_later_builds_are_ordered_against(
    judged, trust, newest
):
    after = remember(judged, judge(judged), NOW)

    held = after.trusted and after.trusted.revision
    assert held == (trust and revision(trust))
    heads = [entry.revision for entry in after.accepted[:1]]
    assert heads == ([revision(newest)] if newest else [])


def test_where_a_revision_stood_when_it_was_accepted_is_remembered():
    judged = release("diverged", ("v3",), ("v2",))

    entry = remember(judged, judge(judged), NOW).accepted[0]

    assert (entry.lines, entry.versions) == ((TAGS_LINE,), ("v3",))


def test_a_build_that_stands_nowhere_orders_no_other():
    verdict = Verdict((Finding(Code.NEWER, "ahead"),))

    assert remember(case(place=nowhere()), verdict, NOW).accepted == memory().accepted


def test_the_trusted_build_is_the_accepted_one_in_full():
    assert looked("ahead").trusted == trusted(
        digest=digest(), revision=revision(), accepted_at=NOW, code=Code.NEWER
    )


def test_a_build_that_a_person_approved_is_trusted_as_that():
    assert looked("behind", approval=APPROVAL).trusted.code is Code.APPROVED


def test_a_look_is_written_down():
    after = looked("behind")

    assert (after.number, after.digest, after.since, after.judged_at) == (8, digest(), NOW, NOW)
    assert (after.source, after.revision) == (OURS, revision())
    assert (after.baseline, after.verdict.codes) == (revision("good"), (Code.OLDER_COMMIT,))


def test_a_digest_that_stays_keeps_the_time_since_when_it_is_there():
    earlier = NOW - timedelta(hours=1)

    assert looked("behind", memory=memory(digest=digest(), since=earlier)).since == earlier


def test_a_bad_build_without_claims_is_shown_without_source_and_commit():
    after = looked(place=None, reading=unread())

    assert (after.source, after.revision, after.basis) == (None, None, None)


def test_after_a_bad_build_the_trusted_one_is_shown_with_all_that_is_known_of_it():
    bad = looked(place=None, reading=unread())

    again = looked(memory=bad, digest=digest("good"), reading=None, place=None)

    shown = (again.source, again.revision, again.basis)
    assert shown == (OURS, revision("good"), trusted().basis)


def test_looks_that_could_not_find_out_are_counted_until_one_could():
    blind = looked(place=None, failures=(BLIND,))
    still = looked(memory=blind, place=None, failures=(BLIND,))

    assert (blind.failures, still.failures, looked("ahead", memory=still).failures) == (1, 2, 0)


def test_the_build_that_was_trusted_before_is_remembered_once():
    returned = looked("identical", memory=memory(trusted_before=(digest("old"), digest("good"))))

    assert returned.trusted_before == (digest("good"), digest("old"))


def test_the_same_digest_under_another_policy_was_not_trusted_before():
    assert looked("identical", digest=digest("good"), reading=reading(name="good")).accepted == (
        accepted("good"),
    )
    judged = case("identical", digest=digest("good"), memory=memory(trusted=trusted(policy="old")))
    assert remember(judged, judge(judged), NOW).trusted_before == ()


def test_what_is_remembered_has_limits():
    old = tuple(digest(f"{number}") for number in range(TRUSTED_BEFORE_MAX))
    many = tuple(accepted(f"{number}") for number in range(ACCEPTED_MAX))
    left = tuple(revision(f"{number}") for number in range(ROLLED_BACK_MAX))
    full = memory(trusted_before=old, accepted=many, rolled_back=left)

    newer, older = looked("ahead", memory=full), looked("behind", memory=full, approval=APPROVAL)

    assert (len(newer.accepted), len(newer.trusted_before)) == (ACCEPTED_MAX, TRUSTED_BEFORE_MAX)
    assert older.rolled_back == (revision("good"), *left[:-1])


def test_what_a_person_rolled_back_from_is_rejected_until_something_newer_comes():
    back = looked("behind", approval=APPROVAL)
    assert back.rolled_back == (revision("good"),)

    returned = case(
        "identical",
        memory=back,
        digest=digest("again"),
        reading=reading(name="good"),
        place=replace(case().place, revision=revision("good")),
    )
    assert judge(returned).codes == (Code.ROLLED_BACK,)
    assert remember(returned, judge(returned), NOW).trusted == back.trusted
    assert looked("ahead", memory=back, digest=digest("fix")).rolled_back == ()


@pytest.mark.parametrize(
    "judged",
    [
        case("behind"),
        release("diverged", ("v1.9.9",), ("v1.10.0",)),
        case("diverged", memory=BEFORE),
        case(forsaken=Ancestry.BEHIND, memory=BEFORE),
        case(memory=BEFORE, place=nowhere()),
        case(memory=BEFORE, place=None),
    ],
    ids=[
        "an-older-commit",
        "a-lower-release",
        "an-earlier-build-beside",
        "an-earlier-build-while-history-is-rewritten",
        "an-earlier-build-that-has-left-every-ref",
        "an-earlier-build-that-git-does-not-know",
    ],
)
def test_an_approval_that_goes_back_remembers_what_it_went_back_from(judged):
    judged = replace(judged, decisions=Decisions((APPROVAL,)))

    assert remember(judged, judge(judged), NOW).rolled_back == (revision("good"),)


def test_an_approval_of_what_was_rolled_back_from_is_forward_again():
    back = memory(trusted_before=(digest(),), rolled_back=(revision(),))

    assert looked("identical", memory=back, approval=APPROVAL).rolled_back == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"ancestry": "ahead"},
        {"ancestry": "diverged"},
        {"ancestry": "behind", "memory": memory(trusted=None)},
        {"ancestry": "behind", "memory": memory(trusted=trusted(revision=None))},
        {"ancestry": "behind", "memory": memory(trusted=trusted(revision=revision()))},
        {"place": nowhere()},
        {},
    ],
    ids=[
        "newer",
        "beside",
        "nothing-was-trusted",
        "no-revision-was-trusted",
        "the-same-revision",
        "off-branch",
        "no-baseline",
    ],
)
def test_an_approval_that_goes_back_from_nothing_leaves_nothing_behind(changes):
    assert looked(approval=APPROVAL, **changes).rolled_back == ()


def test_a_person_who_approves_what_was_rolled_back_from_takes_it_back():
    back = memory(rolled_back=(revision(), revision("other")))

    after = looked("identical", memory=back, approval=APPROVAL)

    assert after.rolled_back == (revision("other"),)
    assert looked("identical", memory=after, digest=digest("weekly")).verdict.codes == (
        Code.REBUILD,
    )


def test_a_row_of_the_history_has_the_outcome_of_its_findings():
    move = Move(1, NOW, "verdict", digest(), (Finding(Code.DIVERGED, ""),), None, None, None)

    assert move.outcome is Outcome.REJECTED


def test_a_baseline_raised_in_passing_leaves_trust_and_what_was_rolled_back_from():
    before = replace(memory(), rolled_back=(revision("left"),))
    after = raise_baseline(before, case("ahead", memory=before), NOW)
    assert [known.revision for known in after.accepted] == [revision("commit"), revision("good")]
    assert after.baseline == revision("commit")
    unmoved = replace(after, accepted=before.accepted, baseline=before.baseline)
    assert unmoved == before


def test_what_was_trusted_is_named_now_and_before():
    assert trusted_digests(EMPTY) == frozenset()
    assert trusted_digests(replace(EMPTY, trusted_before=(digest("a"),))) == {digest("a")}
    assert trusted_digests(BEFORE) == {BEFORE.trusted.digest, *BEFORE.trusted_before}
