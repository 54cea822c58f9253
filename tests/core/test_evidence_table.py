"""The ladder of evidence: what each basis may acquit, accuse, and give a reason to write.

`docs/evidence.md` has the same rows.
"""

from typing import NamedTuple

import pytest

from tests.core.examples import OURS, SIBLING, case, revision, rule
from watchdog.core.evidence import Basis, Evidence, Reading
from watchdog.core.judge import judge
from watchdog.core.rule import Require
from watchdog.core.verdict import Code, Outcome


class Row(NamedTuple):
    """A basis, with what is known of the claim, and what such evidence may bring about.

    `satisfies` are the values of `require` that it suffices for; `puts_back` tells which findings
    are a reason to put the trusted build back.
    """

    basis: Basis
    known: str
    satisfies: str
    puts_back: str

    def says(self, source=OURS):
        own = self.known == "own"
        written = "" if self.known in {"own", "not shown to be own"} else self.known
        return Reading(Evidence(self.basis, source, revision(), own, written=written))


LADDER = [
    Row(Basis.SIGNED, "own", "labels buildkit signed", "older foreign"),
    Row(Basis.BUILDKIT, "own", "labels buildkit", "older foreign"),
    Row(Basis.BUILDKIT, "1234567", "labels buildkit", ""),
    Row(Basis.LABEL, "own", "labels", "older foreign"),
    Row(Basis.LABEL, "not shown to be own", "labels", "older"),
    Row(Basis.LABEL, "1234567", "labels", ""),
    Row(Basis.ANNOTATION, "own", "labels", "older foreign"),
    Row(Basis.ANNOTATION, "not shown to be own", "labels", "older"),
    Row(Basis.TAG, "sha-1234567", "labels", ""),
]
EACH = pytest.mark.parametrize("row", LADDER)
UNDER = pytest.mark.parametrize("require", Require)


@EACH
@UNDER
def test_what_a_basis_may_accept(row, require):
    verdict = judge(case("ahead", reading=row.says(), rule=rule(require=require)))
    accepts = require.value in row.satisfies.split()
    assert (verdict.outcome is Outcome.ACCEPTED) is accepts
    assert (Code.NEWER in verdict.codes) is accepts


@EACH
@UNDER
def test_an_older_commit_is_told_by_any_basis_and_put_back_by_some(row, require):
    verdict = judge(case("behind", reading=row.says(), rule=rule(require=require)))
    (finding,) = [one for one in verdict.findings if one.code is Code.OLDER_COMMIT]
    assert finding.revertible is ("older" in row.puts_back)


@EACH
@UNDER
def test_a_foreign_source_is_told_by_any_basis_and_put_back_by_some(row, require):
    judged = case(reading=row.says(SIBLING), place=None, rule=rule(require=require))
    (finding,) = [one for one in judge(judged).findings if one.code is Code.UNEXPECTED_SOURCE]
    assert finding.revertible is ("foreign" in row.puts_back)


def test_every_basis_has_its_row():
    assert {row.basis for row in LADDER} == set(Basis)
