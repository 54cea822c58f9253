"""A digest that was trusted before returns, on a line of its own."""

from dataclasses import replace

import pytest

from tests.core.examples import accepted, case, digest, memory
from watchdog.core.commits import Ancestry
from watchdog.core.judge import judge

BEFORE = memory(trusted_before=(digest(),))

RETURNS = {
    "put-back-though-the-newest-on-its-line": (
        case("identical", memory=replace(BEFORE, accepted=(accepted("other"), accepted("commit")))),
        "put-back",
    ),
    "an-earlier-build-of-what-was-accepted-last": (
        case("identical", memory=replace(BEFORE, accepted=(accepted("commit"),))),
        "rebuild",
    ),
    "an-earlier-build-where-nothing-was-accepted-by-rule": (
        case("identical", memory=replace(BEFORE, accepted=())),
        "rebuild",
    ),
    "put-back-and-history-was-rewritten": (
        case("identical", memory=BEFORE, forsaken=Ancestry.BEHIND),
        "rewritten-history",
    ),
}


@pytest.mark.parametrize(("judged", "expected"), RETURNS.values(), ids=RETURNS)
def test_an_earlier_build_is_put_back_unless_its_commit_is_what_was_accepted_last(judged, expected):
    findings = judge(judged).findings

    assert [finding.code for finding in findings] == [expected]
    assert not any(finding.revertible for finding in findings)
