"""Every move of a tag that Quay's history shows is judged, whoever noticed it and however late."""

from datetime import timedelta

from tests.work.quay_past import foreign, keep, manifest_requests, quay, rows
from watchdog.core.memory import Found
from watchdog.core.verdict import Code, Outcome

__all__ = ["foreign", "quay"]


def test_a_bad_push_that_was_overwritten_a_minute_later_is_told_with_its_time(
    house, quay, first, foreign
):
    quay.clock.advance(60)
    bad = quay.push(keep(house, foreign()), house.tag)
    quay.clock.advance(61)
    good = house.push(house.repository.commit("fix"))
    house.look()
    assert rows(house) == [
        ("passing", Code.UNEXPECTED_SOURCE, bad),
        ("verdict", Code.NEWER, good),
    ]
    passing = house.tools.records.history(house.tag)[1]
    assert passing.until - passing.since == timedelta(seconds=61)
    assert house.memory.since == passing.until
    assert house.told() == ["was-wrong"]
    (message,) = house.receiver.received
    assert "was wrong for 61 s: built from" in message.body["title"]
    assert house.memory.incident is None
    assert house.held == good


def test_it_joins_the_incident_that_a_later_bad_push_opens(house, quay, first, foreign):
    house.policy({"enforce": "alert"})
    early = quay.push(keep(house, foreign()), house.tag)
    late = quay.push(foreign(), house.tag)
    house.look()
    assert house.memory.incident.digests == (early, late)
    assert house.told() == ["was-wrong", "wrong"]
    house.look()
    assert house.told() == ["was-wrong", "wrong"]


def test_what_was_told_while_it_was_there_is_not_told_again(house, quay, first, foreign):
    house.policy({"enforce": "alert"})
    bad = foreign()
    quay.push(keep(house, bad), house.tag)
    house.look()
    house.push(house.repository.commit("fix"))
    quay.push(bad, house.tag)
    house.push(house.repository.commit("again"))
    house.look()
    assert house.told() == ["wrong", "right"]
    assert [row[:2] for row in rows(house)] == [
        ("verdict", Code.UNEXPECTED_SOURCE),
        ("passing", Code.UNREADABLE),
        ("passing", Code.UNEXPECTED_SOURCE),
        ("verdict", Code.NEWER),
    ]


def test_a_build_that_was_read_before_is_judged_from_what_was_kept(house, quay, first, foreign):
    house.policy({"enforce": "alert"})
    bad = quay.push(foreign(), house.tag)
    house.look()
    house.pushed(house.repository.commit("fix"))
    quay.push(foreign(), house.tag)
    house.registry.quay.restore_by("alice", house.tag, bad)
    house.push(house.repository.commit("again"))
    house.look()
    assert ("passing", Code.UNEXPECTED_SOURCE, bad) in rows(house)


def test_what_can_be_read_nowhere_is_unreadable_once_and_no_alert(house, quay, first, foreign):
    gone = quay.push(foreign(), house.tag)
    house.push(house.repository.commit("fix"))
    house.look()
    house.look()
    assert rows(house)[0] == ("passing", Code.UNREADABLE, gone)
    assert len(rows(house)) == 2
    assert house.told() == []
    assert sum(str(gone) in path for path in manifest_requests(house)) == 1


def test_a_verdict_on_what_is_past_never_reverts(house, quay, first, foreign):
    quay.push(keep(house, foreign()), house.tag)
    held = house.push(first)
    house.look()
    assert house.held == held
    assert house.memory.reverts == ()


def test_a_newer_build_in_the_past_raises_the_baseline(house, quay, first):
    newer = house.repository.commit("newer")
    quay.push(keep(house, house.build(newer)), house.tag)
    house.push(first)
    house.look()
    assert house.memory.baseline == newer


def test_two_pushes_in_one_second_are_both_seen(house, quay, first, foreign):
    house.look()
    good = house.push(house.repository.commit("fix"))
    house.look()
    bad = quay.push(keep(house, foreign()), house.tag)
    quay.push(keep(house, house.build(house.repository.commit("more"))), house.tag)
    house.look()
    assert [row[-1] for row in rows(house)] == [good, bad, house.held]
    assert house.told() == ["was-wrong"]


def test_the_first_look_judges_what_is_there_and_not_what_was(house, quay, foreign):
    quay.push(foreign(), house.tag)
    house.push(house.repository.commit("first"))
    house.look()
    assert [move.event for move in house.tools.records.history(house.tag)] == ["verdict"]


def test_an_unchanged_tag_costs_one_question_and_no_pull(house, quay, first):
    house.registry.requests.clear()
    house.look()
    assert len(house.registry.requests) == 1
    assert manifest_requests(house) == []


def test_a_slow_run_over_a_newer_build_that_nobody_looked_at_is_older(house, quay, first):
    older, newer = house.repository.commit("older"), house.repository.commit("newer")
    quay.clock.advance(60)
    quay.push(keep(house, house.build(newer)), house.tag)
    quay.clock.advance(60)
    held = house.push(older)
    house.look()
    assert house.memory.verdict.codes == (Code.OLDER_COMMIT,)
    assert house.told() == ["wrong"]
    assert house.held == held
    assert house.pushed(newer) == (Code.REBUILD,)
    assert house.told() == ["wrong", "right"]


def test_a_move_without_a_hook_is_found_by_the_timer(house, quay, first):
    house.push(house.repository.commit("fix"))
    house.tools.looks.announce(str(house.tag))
    house.examiner.examine(house.claim())
    assert house.tools.records.history(house.tag)[0].found is Found.TIMER


def test_a_restore_by_a_person_is_accepted_and_stays_until_something_newer(house, quay, first):
    earlier, fix = house.held, house.repository.commit("fix")
    house.pushed(fix)
    house.registry.quay.restore_by("alice", house.tag, earlier)
    house.look()
    assert house.memory.verdict.codes == (Code.RESTORED,)
    assert house.memory.outcome is Outcome.ACCEPTED
    assert house.memory.trusted.digest == house.held == earlier
    assert house.told() == ["information"]
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.pushed(fix) == (Code.ROLLED_BACK,)
    assert house.pushed(house.repository.commit("better")) == (Code.NEWER,)


def test_what_was_never_trusted_is_not_made_right_by_a_restore(house, quay, first, foreign):
    house.policy({"enforce": "alert"})
    bad = quay.push(foreign(), house.tag)
    house.look()
    house.pushed(house.repository.commit("fix"))
    house.registry.quay.restore_by("alice", house.tag, bad)
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
