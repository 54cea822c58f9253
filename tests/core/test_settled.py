"""What a person decided is not judged."""

import pytest

from tests.core.examples import NOW, case, digest, memory, trusted
from watchdog.core.judge import judge
from watchdog.core.memory import Approval
from watchdog.core.trust import remember
from watchdog.core.verdict import Code, Outcome

BEFORE = memory(trusted_before=(digest(),))


def test_what_was_trusted_before_and_a_person_restored_is_accepted():
    restored = case("behind", memory=BEFORE, restored=True)
    verdict = judge(restored)
    assert verdict.codes == (Code.RESTORED,)
    assert verdict.outcome is Outcome.ACCEPTED
    assert remember(restored, verdict, NOW).trusted.digest == digest()


@pytest.mark.parametrize(
    "changes",
    [{"restored": False}, {"memory": memory()}],
    ids=["it-was-pushed", "it-was-never-trusted"],
)
def test_what_was_pushed_or_never_trusted_is_judged(changes):
    values = {"memory": BEFORE, "restored": True} | changes
    assert Code.RESTORED not in judge(case("behind", **values)).codes


def test_the_trusted_build_itself_is_unchanged_however_it_came_back():
    held = memory(trusted=trusted(), trusted_before=(digest("good"),))
    assert judge(case(memory=held, digest=digest("good"), restored=True)).codes == (Code.UNCHANGED,)


def test_an_approval_is_named_before_a_restore():
    approval = Approval(digest(), "ann", "it is right", NOW)
    both = case("behind", approval=approval, memory=BEFORE, restored=True)
    assert judge(both).codes == (Code.APPROVED,)
