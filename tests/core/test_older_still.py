"""An older build is not replaced by one that is older still."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, accepted, case, memory, revision, trusted
from watchdog.core.judge import judge
from watchdog.core.verdict import Code

PASSED = replace(accepted("newest"), at=NOW)


def verdict(**changes):
    (finding,) = judge(case("behind", memory=memory(**changes))).findings
    assert finding.code is Code.OLDER_COMMIT
    return finding.revertible


def test_the_trusted_build_is_put_back_over_an_older_one():
    assert verdict()


def test_it_is_not_where_a_newer_one_came_and_went():
    assert not verdict(accepted=(PASSED, accepted()))


@pytest.mark.parametrize(
    "changes",
    [
        {"trusted": trusted(code=Code.APPROVED)},
        {"trusted": trusted(revision=revision("newest"))},
        {"trusted": trusted(accepted_at=NOW + timedelta(seconds=1))},
    ],
    ids=["a-person-s-word", "it-is-the-newest", "it-came-later"],
)
def test_what_a_person_or_a_later_build_decided_stands(changes):
    assert verdict(accepted=(PASSED, accepted()), **changes)
