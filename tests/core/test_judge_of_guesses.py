"""Commits that were completed by git, or told by a tag's name: accepted, said, never put back."""

from dataclasses import replace

import pytest

from tests.core.examples import SIBLING, case, reading
from watchdog.core.evidence import Basis
from watchdog.core.judge import judge

GUESSES = {
    "short": ({"written": "3f2a91c"}, "completed from the short id 3f2a91c"),
    "tag": ({"basis": Basis.TAG, "written": "sha-3f2a91c"}, "known by the tag sha-3f2a91c"),
}


@pytest.mark.parametrize(("changes", "said"), GUESSES.values(), ids=GUESSES)
@pytest.mark.parametrize("ancestry", ["ahead", "behind"])
def test_a_guess_is_said_and_is_no_reason_to_write(changes, said, ancestry):
    whole = reading()
    guess = replace(whole, evidence=replace(whole.evidence, **changes))
    (finding,) = judge(case(ancestry, reading=guess)).findings
    assert said in finding.detail
    assert not finding.revertible


def test_a_foreign_claim_says_which_bases_could_not_be_read():
    whole = reading(source=SIBLING, own=False)
    doubted = replace(whole, evidence=replace(whole.evidence, unread_bases=("quay.io/a/b:latest",)))
    (finding,) = judge(case(reading=doubted, place=None)).findings
    assert "quay.io/a/b:latest could not be read yet" in finding.detail
    assert not finding.revertible


def test_an_older_claim_that_was_written_long_before_the_image_is_no_reason_to_write():
    whole = reading()
    stale = replace(whole, evidence=replace(whole.evidence, stale=True))
    assert judge(case("behind", reading=whole)).findings[0].revertible
    assert not judge(case("behind", reading=stale)).findings[0].revertible
