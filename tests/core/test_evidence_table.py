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
    """A basis, whether it is shown to be the image's own, and the short id or tag as written.

    Then the values of `require` that it satisfies, and whether an older commit, and a foreign
    source, are a reason to put the trusted build back.
    """

    basis: Basis
    own: bool
    written: str
    acquits: set[str]
    older: bool
    foreign: bool

    def says(self, source=OURS):
        return Reading(Evidence(self.basis, source, revision(), self.own, written=self.written))


LADDER = [
    Row(Basis.SIGNED, True, "", {"labels", "buildkit", "signed"}, True, True),
    Row(Basis.BUILDKIT, True, "", {"labels", "buildkit"}, True, True),
    Row(Basis.BUILDKIT, False, "1234567", {"labels", "buildkit"}, False, False),
    Row(Basis.LABEL, True, "", {"labels"}, True, True),
    Row(Basis.LABEL, False, "", {"labels"}, True, False),
    Row(Basis.LABEL, False, "1234567", {"labels"}, False, False),
    Row(Basis.ANNOTATION, True, "", {"labels"}, True, True),
    Row(Basis.ANNOTATION, False, "", {"labels"}, True, False),
    Row(Basis.TAG, False, "sha-1234567", {"labels"}, False, False),
]
EACH = pytest.mark.parametrize("row", LADDER)
UNDER = pytest.mark.parametrize("require", Require)


@EACH
@UNDER
def test_what_a_basis_may_accept(row, require):
    verdict = judge(case("ahead", reading=row.says(), rule=rule(require=require)))
    accepts = require.value in row.acquits
    assert (verdict.outcome is Outcome.ACCEPTED) is accepts
    assert (Code.NEWER in verdict.codes) is accepts


@EACH
@UNDER
def test_an_older_commit_is_told_by_any_basis_and_put_back_by_some(row, require):
    verdict = judge(case("behind", reading=row.says(), rule=rule(require=require)))
    (finding,) = [one for one in verdict.findings if one.code is Code.OLDER_COMMIT]
    assert finding.revertible is row.older


@EACH
@UNDER
def test_a_foreign_source_is_told_by_any_basis_and_put_back_by_some(row, require):
    judged = case(reading=row.says(SIBLING), place=None, rule=rule(require=require))
    (finding,) = [one for one in judge(judged).findings if one.code is Code.UNEXPECTED_SOURCE]
    assert finding.revertible is row.foreign


def test_every_basis_has_its_row():
    assert {row.basis for row in LADDER} == set(Basis)
