"""What a verified claim is worth to a policy, and what several attestations come to together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.commits import Revision
from watchdog.core.reference import Digest
from watchdog.core.signing import (
    GITHUB_ISSUER,
    Examined,
    Kind,
    SignedClaim,
    SigningRule,
    Standing,
    mismatch,
    weigh,
)
from watchdog.core.source import Source
from watchdog.core.verdict import Code, Outcome

OURS = Source("github.com", "crunchtools/acquacotta")
ALIAS = Source("github.com", "fatherlinux/acquacotta")
SIBLING = Source("github.com", "crunchtools/acquacotta-old")
SOURCES = (OURS, ALIAS)
WORKFLOW = "https://github.com/crunchtools/Acquacotta/.github/workflows/build.yml"
CLAIM = SignedClaim(
    issuer=GITHUB_ISSUER,
    source=OURS,
    revision=Revision("a" * 40),
    ref="refs/heads/main",
    workflow=f"{WORKFLOW}@refs/heads/main",
    trigger="push",
    repository_id="123",
    run="https://github.com/crunchtools/acquacotta/actions/runs/1/attempts/1",
    subject=Digest.of(b"image"),
)
RULE = SigningRule()


def claim(**changed):
    return replace(CLAIM, **changed)


FITS = {
    "the-default": (RULE, CLAIM),
    "an-alias": (
        RULE,
        claim(
            source=ALIAS,
            workflow="https://github.com/fatherlinux/Acquacotta/.github/workflows/b.yml@refs/x",
        ),
    ),
    "the-id": (SigningRule(repository_id="123"), CLAIM),
    "a-ref": (SigningRule(refs=("refs/tags/v*", "refs/heads/main")), CLAIM),
    "a-glob": (SigningRule(refs=("refs/heads/release-?.*",)), claim(ref="refs/heads/release-1.x")),
    "a-deep-glob": (SigningRule(refs=("refs/heads/**",)), claim(ref="refs/heads/a/b")),
    "a-workflow": (SigningRule(workflows=("x.yml", ".github/workflows/build.yml")), CLAIM),
    "a-workflow-without-ref": (
        SigningRule(workflows=(".github/workflows/build.yml",)),
        claim(workflow=WORKFLOW),
    ),
    "a-workflow-of-gitlab": (
        SigningRule(workflows=(".gitlab-ci.yml",)),
        claim(workflow=f"https://{OURS}//.gitlab-ci.yml@{'b' * 40}"),
    ),
    "a-branch-with-an-at": (
        SigningRule(workflows=(".github/workflows/build.yml",)),
        claim(workflow=f"{WORKFLOW}@refs/heads/me@refs/x"),
    ),
    "a-named-trigger": (
        SigningRule(triggers=("pull_request_target",)),
        claim(trigger="pull_request_target"),
    ),
    "another-issuer": (
        SigningRule(issuer="https://ci.example"),
        claim(issuer="https://ci.example"),
    ),
    "built-is-an-alias": (RULE, claim(built=ALIAS)),
}


@pytest.mark.parametrize(("rule", "made"), FITS.values(), ids=FITS)
def test_what_the_policy_asks_for_fits(rule, made):
    assert mismatch(rule, made, SOURCES) is None


UNFIT = {
    "issuer": (RULE, claim(issuer=f"{GITHUB_ISSUER}/hammer-time"), "name it as `issuer:`"),
    "source": (RULE, claim(source=SIBLING), "acquacotta-old, which the policy does not allow"),
    "renamed": (
        SigningRule(repository_id="123"),
        claim(source=SIBLING),
        "`aliases: [https://github.com/crunchtools/acquacotta-old]`",
    ),
    "recreated": (SigningRule(repository_id="99"), CLAIM, "the repository has the id 123"),
    "no-id": (SigningRule(repository_id="99"), claim(repository_id=""), "has the id nothing"),
    "ref": (SigningRule(refs=("refs/heads/main",)), claim(ref="refs/heads/me"), "refs/heads/me"),
    "ref-below-a-glob": (SigningRule(refs=("refs/heads/*",)), claim(ref="refs/heads/a/b"), "a/b"),
    "ref-like-a-glob": (SigningRule(refs=("refs/heads/v.1",)), claim(ref="refs/heads/vx1"), "vx1"),
    "ref-that-goes-on": (SigningRule(refs=("refs/heads/a",)), claim(ref="refs/heads/ab"), "ab"),
    "workflow": (
        SigningRule(workflows=(".github/workflows/release.yml",)),
        CLAIM,
        "the workflow is .github/workflows/build.yml, and the policy allows",
    ),
    "workflow-of-another": (
        RULE,
        claim(workflow=f"https://{SIBLING}/.github/workflows/build.yml@refs/heads/main"),
        "which is not of github.com/crunchtools/acquacotta",
    ),
    "no-workflow": (RULE, claim(workflow=""), "the workflow is nothing"),
    "pull-request-target": (RULE, claim(trigger="pull_request_target"), "`triggers:`"),
    "workflow-run": (RULE, claim(trigger="workflow_run"), "started by workflow_run"),
    "no-trigger": (RULE, claim(trigger=""), "started by nothing"),
    "built": (RULE, claim(built=SIBLING), "says that github.com/crunchtools/acquacotta-old was"),
}


@pytest.mark.parametrize(("rule", "made", "words"), UNFIT.values(), ids=UNFIT)
def test_what_the_policy_does_not_ask_for_has_its_reason(rule, made, words):
    assert words in mismatch(rule, made, SOURCES)


def test_all_that_does_not_fit_is_said_at_once():
    reason = mismatch(RULE, claim(trigger="workflow_run", built=SIBLING), SOURCES)

    assert "workflow_run" in reason
    assert "acquacotta-old" in reason


def test_a_claim_s_text_is_made_fit_to_show():
    assert "\x1b" not in mismatch(RULE, claim(trigger="\x1b[2J"), SOURCES)


MATCHING = Examined(Kind.VERIFIED, "ok", CLAIM)
UNFIT_ONE = Examined(Kind.VERIFIED, "ok", claim(trigger="workflow_run"))
FOREIGN = Examined(Kind.VERIFIED, "ok", claim(source=SIBLING))
STRANGER = Examined(Kind.VERIFIED, "ok", claim(source=SIBLING, issuer="https://other.example"))
BAD = Examined(Kind.BAD, "altered")
OPEN = Examined(Kind.UNVERIFIABLE, "no log entry")
OTHER = Examined(Kind.OTHER, "an SBOM")

WEIGHED = {
    "one-suffices": ((BAD, FOREIGN, OPEN, MATCHING, UNFIT_ONE), Standing.MATCHED, [OURS], []),
    "own-but-unfit": (
        (FOREIGN, UNFIT_ONE, OTHER),
        Standing.MISMATCHED,
        [OURS],
        [Code.BAD_SIGNATURE],
    ),
    "foreign": ((OTHER, FOREIGN, FOREIGN), Standing.FOREIGN, [SIBLING], []),
    "foreign-beside-open": (
        (FOREIGN, OPEN),
        Standing.FOREIGN,
        [SIBLING],
        [Code.UNVERIFIABLE],
    ),
    "an-untrusted-issuer": ((STRANGER,), Standing.MISMATCHED, [], [Code.BAD_SIGNATURE]),
    "bad": ((OTHER, BAD), Standing.BAD, [], [Code.BAD_SIGNATURE]),
    "bad-beside-open": ((OPEN, BAD), Standing.BAD, [], [Code.BAD_SIGNATURE, Code.UNVERIFIABLE]),
    "open": ((OPEN, OTHER), Standing.UNVERIFIABLE, [], [Code.UNVERIFIABLE]),
    "passed-over": ((OTHER,), Standing.ABSENT, [], [Code.UNSIGNED]),
    "nothing": ((), Standing.ABSENT, [], [Code.UNSIGNED]),
}


@pytest.mark.parametrize("case", WEIGHED.values(), ids=WEIGHED)
def test_attestations_are_weighed_together(case):
    examined, standing, sources, codes = case

    weighed = weigh(RULE, SOURCES, examined)

    assert weighed.standing is standing
    assert [one.source for one in weighed.claims] == sources
    assert [finding.code for finding in weighed.findings] == codes


@pytest.mark.parametrize(
    "trigger", ["push", "schedule", "workflow_dispatch", "repository_dispatch", "release"]
)
def test_a_trigger_that_runs_the_repository_s_own_commit_fits(trigger):
    assert mismatch(RULE, claim(trigger=trigger), SOURCES) is None


def test_a_repository_with_another_id_than_the_pinned_one_is_accused():
    weighed = weigh(SigningRule(repository_id="99"), SOURCES, (FOREIGN,))

    assert weighed.standing is Standing.FOREIGN
    assert "aliases" not in mismatch(SigningRule(repository_id="99"), FOREIGN.claim, SOURCES)


def test_a_renamed_repository_accuses_nobody():
    weighed = weigh(SigningRule(repository_id="123"), SOURCES, (FOREIGN,))

    assert weighed.standing is Standing.MISMATCHED
    assert "aliases" in weighed.findings[0].detail


def test_two_commits_that_both_match_are_both_claimed():
    again = Examined(Kind.VERIFIED, "ok", claim(revision=Revision("b" * 40)))
    rerun = Examined(Kind.VERIFIED, "ok", claim(run="https://another"))

    weighed = weigh(RULE, SOURCES, (MATCHING, rerun, again))

    assert weighed.claims == (CLAIM, again.claim)


def test_what_was_passed_over_is_told_once_where_nothing_else_was_found():
    (finding,) = weigh(RULE, SOURCES, (OTHER, OTHER)).findings

    assert finding.detail.count("an SBOM") == 1


def test_the_first_reasons_are_told_and_the_others_counted():
    bad = tuple(Examined(Kind.BAD, f"reason {number}") for number in (1, 1, 2, 3, 4, 5))

    (finding,) = weigh(RULE, SOURCES, bad).findings

    assert finding.detail.endswith("reason 1; reason 2; reason 3; and 2 more")


ANY = st.sampled_from([MATCHING, UNFIT_ONE, FOREIGN, STRANGER, BAD, OPEN, OTHER])


@given(st.lists(ANY, max_size=6))
def test_only_a_match_leaves_nothing_to_object(examined):
    weighed = weigh(RULE, SOURCES, tuple(examined))

    assert (weighed.standing is Standing.MATCHED) is (MATCHING in examined)
    objected = bool(weighed.findings) or weighed.standing is Standing.FOREIGN
    assert objected is (MATCHING not in examined)
    assert all(finding.outcome is not Outcome.ACCEPTED for finding in weighed.findings)


@given(st.lists(ANY, max_size=4), st.text(max_size=30))
def test_a_policy_that_allows_no_trigger_accepts_nothing(examined, trigger):
    made = Examined(Kind.VERIFIED, "ok", claim(trigger=trigger))

    weighed = weigh(SigningRule(triggers=()), SOURCES, (*examined, made))

    assert weighed.standing is not Standing.MATCHED
