from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.core.examples import (
    ALIAS,
    BLIND,
    MAIN,
    NOW,
    OURS,
    SIBLING,
    case,
    digest,
    memory,
    nowhere,
    place,
    reading,
    revision,
    rule,
    unread,
)
from watchdog.core.case import Baseline
from watchdog.core.commits import TAGS_LINE, Ancestry
from watchdog.core.decisions import Decisions
from watchdog.core.judge import judge
from watchdog.core.memory import Approval
from watchdog.core.reference import Repository
from watchdog.core.revert import may_be_reverted
from watchdog.core.rule import Require
from watchdog.core.verdict import Code, Finding, Outcome, Verdict

STRICT = rule(require=Require.BUILDKIT)
STRANGER = Repository.parse("quay.io/hummingbird/python")
BEFORE = memory(trusted_before=(digest(),))
LEFT = memory(rolled_back=(revision(),))

WORSE = {
    Outcome.ACCEPTED: set(Outcome) - {Outcome.WARNING},
    Outcome.INCONCLUSIVE: {Outcome.INCONCLUSIVE, Outcome.REJECTED},
    Outcome.REJECTED: {Outcome.REJECTED},
}
codes_of = st.sampled_from(list(Code))
findings_of = st.builds(Finding, codes_of, st.just("because"), st.booleans())
troubles = findings_of.filter(lambda finding: finding.outcome is not Outcome.ACCEPTED)
places = st.one_of(
    st.none(),
    st.builds(
        place,
        st.just("commit"),
        st.sampled_from([MAIN, TAGS_LINE]),
        versions=st.sampled_from([(), ("v1",), ("v2",)]),
    ),
    st.builds(nowhere, st.just("commit"), st.just("refs/pull/1/head")),
)
cases = st.builds(
    replace,
    st.just(case()),
    rule=st.sampled_from([rule(), STRICT]),
    memory=st.sampled_from([memory(), BEFORE, LEFT, memory(trusted=None, accepted=())]),
    digest=st.sampled_from([digest(), digest("good")]),
    reading=st.one_of(
        st.none(),
        st.just(unread()),
        st.builds(
            reading,
            st.sampled_from([OURS, ALIAS, SIBLING]),
            own=st.booleans(),
            inherited_by=st.sampled_from([None, STRANGER]),
        ),
    ),
    place=places,
    baseline=st.none()
    | st.builds(
        Baseline, st.just(revision("good")), st.sampled_from(Ancestry), places.filter(bool)
    ),
    forsaken=st.none() | st.sampled_from(Ancestry),
    failures=st.sampled_from([(), (BLIND,)]),
)


@given(st.lists(findings_of), troubles)
def test_more_evidence_of_trouble_never_improves_an_outcome(findings, trouble):
    outcome = Verdict(tuple(findings)).outcome

    assert Verdict((*findings, trouble)).outcome in WORSE[outcome]


@given(cases, st.sampled_from([BLIND, Finding(Code.UNREADABLE, "cut off")]))
def test_a_failure_never_improves_a_judgement_and_never_reverts(judged, failure):
    blinded = replace(judged, failures=(*judged.failures, failure))
    verdict = judge(blinded)

    # One exception: a commit is not called unknown while its source cannot be asked.
    unknown = {Code.UNKNOWN_COMMIT} & set(judge(judged).codes)
    if not unknown:
        assert verdict.outcome in WORSE[judge(judged).outcome]
    assert verdict.outcome is not Outcome.ACCEPTED or verdict.codes == (Code.UNCHANGED,)
    assert not may_be_reverted(judged.rule, verdict)


@given(cases)
def test_only_a_located_build_of_an_expected_source_is_accepted(judged):
    verdict = judge(judged)

    if verdict.outcome is Outcome.ACCEPTED and verdict.codes != (Code.UNCHANGED,):
        assert judged.evidence.source in judged.rule.sources
        assert judged.place.lines


@given(cases)
def test_a_foreign_build_of_a_commit_that_is_on_an_allowed_ref_is_never_reverted(judged):
    foreign = judged.evidence and judged.evidence.source not in judged.rule.sources
    verdict = judge(judged)

    if foreign and judged.place and judged.place.lines:
        assert not any(finding.revertible for finding in verdict.findings)


@given(cases)
def test_only_a_rejection_is_revertible_and_only_for_two_reasons(judged):
    revertible = {finding.code for finding in judge(judged).findings if finding.revertible}

    assert revertible <= {Code.UNEXPECTED_SOURCE, Code.OLDER_COMMIT}
    if revertible:
        assert judge(judged).outcome is Outcome.REJECTED


@given(cases)
def test_a_build_that_was_located_gets_a_finding(judged):
    if judged.located:
        assert judge(judged).findings


@given(cases)
def test_an_approved_digest_is_accepted(judged):
    decisions = Decisions((Approval(judged.digest, "ann", "it is right", NOW),))
    approved = replace(judged, decisions=decisions)

    assert judge(approved).outcome is Outcome.ACCEPTED
