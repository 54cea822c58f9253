"""What is kept of a tag: how builds compare in its history, and the row that is written of one."""

import pytest

from tests.core.examples import BLIND, NOW, digest, memory
from watchdog.core.memory import Move, standing
from watchdog.core.verdict import Code, Finding, Outcome

NEWER, REBUILD = Finding(Code.NEWER, "a"), Finding(Code.REBUILD, "b")
OLDER, BACK = Finding(Code.OLDER_COMMIT, "c"), Finding(Code.PUT_BACK, "d")


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ((NEWER,), (REBUILD,), True),
        ((OLDER, BACK), (BACK, OLDER), True),
        ((OLDER,), (OLDER, BLIND), True),
        ((OLDER,), (OLDER, BACK), False),
        ((OLDER,), (NEWER,), False),
        ((BLIND,), (NEWER,), False),
        ((), (BLIND,), True),
    ],
)
def test_builds_stand_alike_if_both_are_accepted_or_rejected_for_the_same(first, second, alike):
    assert (standing(first) == standing(second)) is alike


def test_a_row_of_the_history_says_how_the_tag_stands():
    held = memory(digest=digest("bad"), findings=(OLDER,), number=7)
    row = Move.of(held, NOW, "verdict", "alice")
    assert (row.number, row.digest, row.findings, row.actor) == (
        7,
        digest("bad"),
        (OLDER,),
        "alice",
    )
    assert row.outcome is Outcome.REJECTED
