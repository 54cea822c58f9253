from dataclasses import replace

import pytest

from tests.core.examples import (
    ALIAS,
    BLIND,
    MAIN,
    NOW,
    OURS,
    SIBLING,
    accepted,
    baseline,
    case,
    digest,
    memory,
    nowhere,
    place,
    reading,
    release,
    revision,
    rule,
    trusted,
    unread,
)
from watchdog.core.case import Baseline
from watchdog.core.commits import Ancestry
from watchdog.core.judge import judge
from watchdog.core.memory import Approval
from watchdog.core.reference import Repository
from watchdog.core.rule import Require
from watchdog.core.verdict import Code, Outcome, Verdict

APPROVAL = Approval(digest(), "ann", "a rollback", NOW)
BEFORE = memory(trusted_before=(digest(),))
LEFT = memory(rolled_back=(revision(),))
STRICT = rule(require=Require.BUILDKIT)
STRANGER = Repository.parse("quay.io/hummingbird/python")
ON_NO_REF = {"place": nowhere("commit", "refs/heads/wip")}
FAR = place("commit", MAIN, behind=7)

# The case; its codes; those of them that may revert. In the order of DESIGN.md's table.
TABLE = {
    "unchanged": (case(digest=digest("good")), "unchanged", ""),
    "unchanged-while-the-source-is-away": (
        case(digest=digest("good"), place=None, failures=(BLIND,)),
        "unchanged",
        "",
    ),
    "unchanged-under-another-policy-is-judged": (
        case("identical", digest=digest("good"), rule=rule(sources=(OURS,))),
        "rebuild",
        "",
    ),
    "rebuild": (case("identical"), "rebuild", ""),
    "rebuild-of-an-earlier-name": (case("identical", reading=reading(ALIAS)), "rebuild", ""),
    "rebuild-of-what-left-every-ref": (case("identical", **ON_NO_REF), "off-branch", ""),
    "newer": (case("ahead"), "newer", ""),
    "newer-by-version": (release("diverged", ("v1.10.0",), ("v1.9.9",)), "newer", ""),
    "newer-by-ancestry-whatever-the-version": (release("ahead", ("v1",), ("v2",)), "newer", ""),
    "first-seen": (case(), "first-seen", ""),
    "first-seen-behind-its-branch": (case(place=FAR), "first-seen", ""),
    "approved": (case("behind", approval=APPROVAL), "approved", ""),
    "approved-whatever-it-is": (
        case(approval=APPROVAL, reading=unread(), place=None, failures=(BLIND,)),
        "approved",
        "",
    ),
    "rewritten-nothing-remains": (case(forsaken=Ancestry.DIVERGED), "rewritten-history", ""),
    "rewritten-main-reset-to-an-older-commit": (
        case(forsaken=Ancestry.BEHIND),
        "rewritten-history",
        "",
    ),
    "rewritten-ahead-of-what-remains": (
        case("ahead", forsaken=Ancestry.DIVERGED),
        "rewritten-history",
        "",
    ),
    "rewritten-back-to-what-remains": (
        case("identical", forsaken=Ancestry.BEHIND),
        "rewritten-history",
        "",
    ),
    "rewritten-beside-what-remains": (
        case("diverged", forsaken=Ancestry.DIVERGED),
        "rewritten-history",
        "",
    ),
    "rewritten-the-old-commit-is-gone-for-good": (
        case("ahead", forsaken=Ancestry.UNKNOWN),
        "rewritten-history",
        "",
    ),
    "rewritten-ahead-whatever-the-version": (
        release("ahead", ("v1",), ("v2",), forsaken=Ancestry.DIVERGED),
        "rewritten-history",
        "",
    ),
    "rewritten-a-higher-version": (
        release("diverged", ("v3",), ("v2",), forsaken=Ancestry.DIVERGED),
        "rewritten-history",
        "",
    ),
    "rewritten-but-behind-what-remains": (
        case("behind", forsaken=Ancestry.BEHIND),
        "older-commit",
        "older-commit",
    ),
    "rewritten-but-a-lower-version": (
        release("diverged", ("v1",), ("v2",), forsaken=Ancestry.DIVERGED),
        "older-release",
        "",
    ),
    "rewritten-but-unrelated-to-what-remains": (
        case("unrelated", forsaken=Ancestry.DIVERGED),
        "unrelated-history",
        "",
    ),
    "rewritten-but-unrelated-to-what-was": (
        case("ahead", forsaken=Ancestry.UNRELATED),
        "unrelated-history",
        "",
    ),
    "unexpected-source": (
        case(place=None, reading=reading(SIBLING)),
        "unexpected-source",
        "unexpected-source",
    ),
    "unexpected-source-with-a-commit-off-branch": (
        case(reading=reading(SIBLING), **ON_NO_REF),
        "unexpected-source",
        "unexpected-source",
    ),
    "unexpected-source-but-perhaps-inherited": (
        case(place=None, reading=reading(SIBLING, own=False)),
        "unexpected-source",
        "",
    ),
    "unexpected-source-renamed-or-forked": (
        case("ahead", reading=reading(SIBLING)),
        "unexpected-source",
        "",
    ),
    "unexpected-source-fork-of-the-same-commit": (
        case("identical", reading=reading(SIBLING)),
        "unexpected-source",
        "",
    ),
    "unexpected-source-while-the-source-is-away": (
        case(place=None, reading=reading(SIBLING), failures=(BLIND,)),
        "unexpected-source source-unreachable",
        "unexpected-source",
    ),
    "another-image's-labels": (
        case(place=None, reading=reading(SIBLING, own=False, inherited_by=STRANGER)),
        "unidentified",
        "",
    ),
    "two-images-of-one-source": (
        case("ahead", reading=reading(own=False, inherited_by=STRANGER)),
        "newer",
        "",
    ),
    "older-commit": (case("behind"), "older-commit", "older-commit"),
    "older-commit-whatever-the-version": (
        release("behind", ("v3",), ("v2",)),
        "older-commit",
        "older-commit",
    ),
    "older-commit-of-the-trusted-revision": (
        case("behind", memory=memory(trusted=trusted(revision=revision()))),
        "older-commit",
        "",
    ),
    "older-commit-after-the-newer-release-was-withdrawn": (
        case(
            baseline=replace(
                baseline("behind"), accepted=replace(accepted(), lines=(MAIN,), versions=("v2",))
            )
        ),
        "older-commit",
        "",
    ),
    "older-commit-with-nothing-trusted": (
        case("behind", memory=memory(trusted=None)),
        "older-commit",
        "older-commit",
    ),
    "put-back": (case("behind", memory=BEFORE), "older-commit put-back", ""),
    "put-back-but-newer": (case("ahead", memory=BEFORE), "newer", ""),
    "rolled-back": (case("identical", memory=LEFT), "rolled-back", ""),
    "rolled-back-and-newer-has-come": (case("ahead"), "newer", ""),
    "older-release": (release("diverged", ("v1.9.9",), ("v1.10.0",)), "older-release", ""),
    "off-branch": (case(**ON_NO_REF), "off-branch", ""),
    "off-branch-on-no-ref-at-all": (case(place=nowhere()), "off-branch", ""),
    "off-branch-after-a-force-push": (
        case(forsaken=Ancestry.IDENTICAL, **ON_NO_REF),
        "off-branch",
        "",
    ),
    "diverged": (case("diverged"), "diverged", ""),
    "diverged-releases-of-one-version": (release("diverged", ("v1",), ("v1",)), "diverged", ""),
    "diverged-one-has-no-version": (release("diverged", ("v1",), ()), "diverged", ""),
    "unrelated-history": (case("unrelated"), "unrelated-history", ""),
    "unrelated-history-after-a-force-push": (
        case(forsaken=Ancestry.UNRELATED),
        "unrelated-history",
        "",
    ),
    "the-baseline-is-not-in-the-source": (case("unknown"), "unrelated-history", ""),
    "what-was-accepted-is-gone-and-nothing-remains": (
        case(forsaken=Ancestry.UNKNOWN),
        "unrelated-history",
        "",
    ),
    "unknown-commit": (case(place=None), "unknown-commit", ""),
    "mixed-build": (case(place=None, reading=unread(Code.MIXED_BUILD)), "mixed-build", ""),
    "conflicting-claims": (
        case(place=None, reading=unread(Code.CONFLICTING_CLAIMS)),
        "conflicting-claims",
        "",
    ),
    "unidentified": (case(place=None, reading=unread()), "unidentified", ""),
    "source-unreachable": (case(place=None, failures=(BLIND,)), "source-unreachable", ""),
    "too-weak-though-newer": (case("ahead", rule=STRICT), "unidentified", ""),
    "too-weak-though-the-same": (case("identical", rule=STRICT), "unidentified", ""),
    "too-weak-though-first": (case(rule=STRICT), "unidentified", ""),
    "too-weak-when-rewritten": (case(rule=STRICT, forsaken=Ancestry.DIVERGED), "unidentified", ""),
    "labels-may-accuse-where-they-do-not-acquit": (
        case("behind", rule=STRICT),
        "older-commit unidentified",
        "older-commit",
    ),
    "nothing-was-read": (case(reading=None, place=None), "", ""),
}


def codes(findings):
    return " ".join(finding.code for finding in findings)


@pytest.mark.parametrize(("judged", "expected", "revertible"), TABLE.values(), ids=TABLE)
def test_a_build_is_judged_by_the_table(judged, expected, revertible):
    findings = judge(judged).findings

    assert codes(findings) == expected
    assert codes(finding for finding in findings if finding.revertible) == revertible


def test_every_code_of_this_version_has_its_row():
    later = {Code.RESTORED, Code.DISAPPROVED, Code.UNSIGNED, Code.BAD_SIGNATURE, Code.UNVERIFIABLE}
    registry = {Code.REGISTRY_UNREACHABLE, Code.UNREADABLE}  # found before there is a case

    assert set(Code) - later - registry == {
        Code(code) for _, expected, _ in TABLE.values() for code in expected.split()
    }


OUTCOMES = {
    "accepted": "unchanged rebuild newer first-seen approved restored rewritten-history",
    "rejected": (
        "disapproved unexpected-source older-commit put-back rolled-back older-release off-branch "
        "diverged unrelated-history unknown-commit mixed-build conflicting-claims unidentified "
        "unsigned bad-signature"
    ),
    "inconclusive": "registry-unreachable source-unreachable unreadable unverifiable",
}


@pytest.mark.parametrize("code", Code)
def test_every_code_has_the_outcome_of_the_design(code):
    assert code in OUTCOMES[code.outcome].split()


@pytest.mark.parametrize(
    ("judged", "words"),
    [
        (case(place=FAR), "7 commits behind refs/heads/main"),
        (case(reading=reading(SIBLING)), "add `aliases: [https://github.com/crunchtools/acquaco"),
        (case(**ON_NO_REF), "it is on refs/heads/wip"),
        (case(place=nowhere()), "it is on no ref"),
        (case(place=nowhere("commit", "refs/heads/\u202egpj")), "it is on refs/heads/ gpj"),
        (case(approval=APPROVAL), "approved by ann: a rollback"),
        (case("unknown"), "is not in the source any more"),
        (case("unrelated"), "shares no history"),
    ],
)
def test_a_finding_says_what_a_person_needs(judged, words):
    assert words in judge(judged).findings[0].detail


def test_a_verdict_without_findings_is_inconclusive():
    assert Verdict(()).outcome is Outcome.INCONCLUSIVE


def test_a_release_without_a_known_place_has_no_version():
    judged = case(baseline=Baseline(revision("good"), Ancestry.DIVERGED, None))

    assert judge(judged).codes == (Code.DIVERGED,)
