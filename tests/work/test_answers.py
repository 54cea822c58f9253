"""What people answer, look by look: it counts, is done once, and the history says who and why."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from tests.work.reverting import writes
from watchdog.core.incident_record import Happening
from watchdog.core.message import Stage
from watchdog.core.verdict import Code
from watchdog.errors import RefusedError

DAY = timedelta(days=1)


@pytest.fixture
def alerting(house, first):
    """A tag that holds its first build, under a rule that only tells."""
    house.policy({"enforce": "alert"})
    return house


def bad_build(house):
    """Overwrite the tag with a build of the archived sibling, and notice it."""
    bad = house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.look()
    return bad


def events(house):
    """What the history says was done or said, oldest first."""
    rows = reversed(house.tools.records.history(house.tag))
    return [(row.event, row.actor) for row in rows if row.event != "verdict"]


def happenings(house):
    (kept,) = house.tools.incidents.newest(1)
    return [(entry.what, entry.by) for entry in kept.incident.story]


# acknowledgements


def test_an_acknowledgement_is_told_once_ends_the_reminders_and_is_the_build_s_own(alerting):
    bad = bad_build(alerting)
    alerting.answer("ack", digest=bad, reason="I know")
    alerting.look()
    assert alerting.memory.incident.stage is Stage.ACKNOWLEDGED
    alerting.ahead = timedelta(hours=2)
    alerting.look()
    assert alerting.told() == ["wrong", "acknowledged"]
    bad_build(alerting)
    assert alerting.told() == ["wrong", "acknowledged", "wrong-again"]
    assert events(alerting) == [("ack", "alice: I know")]
    assert (Happening.ACKNOWLEDGED, "alice") in happenings(alerting)


def test_an_acknowledgement_of_a_build_that_went_is_forgotten(alerting):
    good, bad = alerting.held, bad_build(alerting)
    alerting.answer("ack", digest=bad)
    alerting.registry.move(alerting.tag, good)
    alerting.look()
    alerting.look()
    assert alerting.told() == ["wrong", "acknowledged", "right"]
    assert alerting.tools.answers.read(alerting.tag).orders == ()


def test_what_is_right_cannot_be_acknowledged(alerting):
    with pytest.raises(RefusedError, match="no incident"):
        alerting.answer("ack", digest=alerting.held)


# rejections


def test_a_rejected_build_is_wrong_though_trusted_and_nothing_is_put_in_its_place(house, first):
    held = house.held
    house.answer("rejection", digest=held, reason="it leaks")
    house.look()
    assert house.memory.verdict.codes == (Code.DISAPPROVED,)
    assert (house.held, writes(house)) == (held, [])
    assert house.told() == ["wrong"]
    assert events(house) == [("rejection", "alice: it leaks")]
    house.approve(held, "a mistake")
    house.look()
    assert house.memory.verdict.outcome == "accepted"
    assert house.told() == ["wrong", "right"]


def test_an_approval_for_an_hour_suspends_a_rejection_and_takes_it_not_back(house, first):
    house.policy({"enforce": "alert"})
    good, build = house.held, house.push(house.repository.commit("leaks"))
    house.answer("rejection", digest=build)
    house.answer("approval", digest=build, expires="1h")
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)
    house.registry.move(house.tag, good)
    house.look()
    house.approve(good, "it is right")
    house.look()
    house.ahead = timedelta(hours=2)
    house.registry.move(house.tag, build)
    house.look()
    assert house.memory.verdict.codes == (Code.DISAPPROVED,)


def test_every_build_of_a_rejected_commit_is_put_back_whatever_the_rule_names(house, first):
    good, fix = house.held, house.repository.commit("leaks")
    house.policy({"enforce": "revert", "revert_on": []})
    house.answer("rejection", revision=fix)
    for _ in range(2):
        assert house.pushed(fix) == (Code.DISAPPROVED,)
        assert house.held == good
    assert house.pushed(house.repository.commit("fix")) == (Code.NEWER,)


def test_what_was_rejected_is_no_target_of_a_revert(house, first):
    good = house.held
    house.answer("rejection", digest=good)
    bad_build(house)
    assert house.held != good
    with pytest.raises(RefusedError, match="alice rejected"):
        house.answer("revert")


# trust


def test_a_build_is_trusted_by_word_and_put_back_from_then_on(stack, redis_client, tmp_path):
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"})
    right = house.repository.commit("first")
    good = house.registry.push(house.build(right), house.registry.tag(APP, "keep"))
    assert bad_build(house) == house.held
    assert house.memory.trusted is None
    house.answer("trust", digest=good, reason="what it was")
    house.look()
    memory = house.memory
    assert (memory.trusted.digest, memory.trusted.code) == (good, Code.APPROVED)
    assert (memory.baseline, memory.digest != good) == (right, True)
    house.policy({"enforce": "revert"})
    house.look()
    assert house.held == good
    assert house.told() == ["wrong", "reverted"]
    assert events(house) == [("trust", "alice: what it was"), ("revert", "watchdog")]
    assert (Happening.TRUSTED, "alice") in happenings(house)


def test_a_build_that_nobody_can_read_is_not_trusted_and_that_is_told(alerting):
    gone = alerting.build("0" * 40).digest
    bad_build(alerting)
    trusted = alerting.memory.trusted
    alerting.answer("trust", digest=gone)
    alerting.look()
    assert alerting.memory.trusted == trusted
    assert alerting.told() == ["wrong", "order-failed"]
    assert "cannot be read any more" in str(alerting.receiver.received[-1].body)
    assert events(alerting)[-1][0] == "order-failed"
    alerting.look()
    assert alerting.told() == ["wrong", "order-failed"]


def test_an_order_waits_while_the_registry_is_away_and_not_for_ever(alerting):
    good = alerting.build(alerting.repository.commit("fix"))
    alerting.registry.push(good, alerting.registry.tag(APP, "keep"))
    bad_build(alerting)
    alerting.answer("trust", digest=good.digest)
    alerting.registry.fail_next(503, times=2)
    alerting.look()
    assert len(alerting.tools.answers.read(alerting.tag).orders) == 1
    alerting.look()
    assert alerting.memory.trusted.digest == good.digest
    other = alerting.registry.push(alerting.build("0" * 40), alerting.registry.tag(APP, "keep"))
    alerting.answer("trust", digest=other)
    alerting.ahead = timedelta(minutes=61)
    alerting.look()
    assert alerting.memory.trusted.digest == good.digest
    assert "waited for too long" in events(alerting)[-1][1]


# approvals beforehand


def test_a_rollback_that_was_approved_beforehand_is_silent_and_used_up(house, first):
    fix = house.repository.commit("fix")
    house.pushed(fix)
    newest = house.held
    house.answer("approval", "ci", person=False, revision=first, reason="rollback of 1.4")
    assert house.pushed(first) == (Code.APPROVED,)
    back = house.held
    assert house.told() == []
    assert events(house) == [("approval", "ci: rollback of 1.4")]
    (used,) = house.tools.answers.read(house.tag).decisions.approvals
    assert used.used == back
    house.policy({"enforce": "revert", "aliases": ["https://example.org/a/b"]})
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)
    house.registry.move(house.tag, newest)
    house.look()
    house.answer("approval", digest=newest)
    house.look()
    assert house.pushed(first)[0] is Code.OLDER_COMMIT


def test_an_approval_by_revision_is_of_the_policy_s_own_source(house, first):
    pre = house.sibling.commit("pre-fix")
    house.answer("approval", "ci", person=False, revision=pre)
    assert house.pushed(pre, source=house.source(f"{APP}-old"))[0] is Code.UNEXPECTED_SOURCE
    (waiting,) = house.tools.answers.read(house.tag).decisions.approvals
    assert waiting.used is None


def test_an_approval_that_waits_outlives_a_newer_build_and_not_its_last_day(house, first):
    house.answer("approval", "ci", person=False, revision=first, expires="2h")
    house.answer("approval", digest=house.held)
    house.pushed(house.repository.commit("fix"))
    (waiting,) = house.tools.answers.read(house.tag).decisions.approvals
    assert waiting.by == "ci"
    house.ahead = timedelta(hours=3)
    assert house.pushed(first) == (Code.OLDER_COMMIT,)
    assert house.tools.answers.read(house.tag).decisions.approvals == ()


def test_what_a_quay_held_for_a_moment_uses_an_approval_up(stack, redis_client, tmp_path):
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"})
    house.registry.clock.freeze()
    first = house.repository.commit("first")
    house.pushed(first)
    house.pushed(house.repository.commit("fix"))
    newest = house.held
    house.registry.clock.advance(5)
    house.answer("approval", "ci", person=False, revision=first)
    build = house.build(first)
    house.registry.push(build, house.registry.tag(APP, "keep"))
    once = house.registry.push(build, house.tag)
    house.registry.clock.advance(5)
    house.registry.move(house.tag, newest)
    house.look()
    (used,) = house.tools.answers.read(house.tag).decisions.approvals
    assert used.used == once
