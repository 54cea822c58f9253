"""Channels that refuse, stay away or are gone: told of through the others, tried on, given up."""

from datetime import timedelta

from tests.work.office import TAG, kinds
from watchdog.core.message import Stage

DAYS_3 = timedelta(days=3)


def test_a_refusal_is_told_once_through_the_others_and_so_is_the_repair(office):
    office.ops.fail_next(404, times=2, body="no_service")
    office.say("wrong")
    office.say("lagging", thread="t2", subject=f"{TAG}-other")
    office.deliver()
    office.chore()
    office.chore()
    assert sorted(kinds(office.team)) == ["channel-failing", "lagging", "wrong"]
    told = office.team.received[-1].body
    assert told["title"] == "the channel ops refuses messages"
    assert "answered 404: no_service" in told["facts"]["Reason"]
    assert office.states["ops"].failure.refused_since
    office.deliver(waiting=True)
    office.chore()
    assert kinds(office.team)[-1] == "channel-works"
    assert sorted(kinds(office.ops)) == ["lagging", "wrong"]


def test_a_refused_message_holds_up_no_other_lane(office):
    office.ops.fail_next(400)
    office.say("wrong")
    office.deliver()
    office.say("lagging", thread="t2", subject=f"{TAG}-other")
    office.deliver()
    assert kinds(office.ops) == ["lagging"]


def test_the_last_channel_that_is_left_is_told_even_where_no_route_leads(office):
    office.policy("ops", "team", notify=[{"channels": ["ops"]}])
    office.ops.fail_next(410)
    office.say("wrong")
    office.deliver()
    office.chore()
    assert kinds(office.team) == ["channel-failing"]


def test_after_three_days_a_message_is_given_up_counted_and_told_once(office):
    office.say("wrong")
    office.say("lagging", thread="t2")
    office.ops.fail_next(503, times=3)
    office.deliver()
    office.ahead = DAYS_3
    office.say("wrong", thread="t3")
    office.deliver(waiting=True)
    assert office.ops.requests == 4
    assert office.states["ops"].given_up == 2
    assert kinds(office.ops) == ["wrong"]  # what is not as old is still of worth
    office.chore()
    office.chore()
    assert kinds(office.team)[-1] == "channel-gave-up"
    assert kinds(office.team).count("channel-gave-up") == 1


def test_what_waits_for_a_channel_that_is_gone_waits_for_its_return(office):
    office.ops.fail_next(503)
    office.say("wrong")
    office.deliver()
    office.policy("team")
    office.deliver(waiting=True)
    office.chore()
    state = office.states["ops"]
    assert (state.kind, state.waiting) == ("", 1)
    assert "not configured here" in state.failure.reason
    assert kinds(office.team) == ["wrong"]
    office.policy("ops", "team")
    office.start()
    office.deliver()
    assert kinds(office.ops) == ["wrong"]


def test_a_start_tries_at_once_what_failed(office):
    office.ops.fail_next(404)
    office.say("wrong")
    office.deliver()
    assert kinds(office.ops) == []
    office.policy("ops", "team")
    office.start()
    office.deliver()
    assert kinds(office.ops) == ["wrong"]


def refuse_what_is_of_no_thread(office):
    """Let a lane begin with what is refused for what it is, whenever it comes."""
    say_alone(office, "information")
    office.ops.fail_next(422, body="no such field")
    office.deliver()


def say_alone(office, kind):
    office.say(kind, thread=None, since=None, stage=None)


def test_a_message_that_is_refused_again_where_another_is_taken_is_given_up(office):
    refuse_what_is_of_no_thread(office)
    office.say("wrong")
    office.say("wrong-again")
    office.ops.fail_next(422)
    office.deliver(waiting=True)
    assert kinds(office.ops) == ["wrong", "wrong-again"]
    assert (office.states["ops"].given_up, office.states["ops"].failure) == (1, None)
    office.chore()
    assert kinds(office.team)[-1] == "channel-gave-up"


def test_a_refusal_that_passes_costs_nothing_and_no_order(office):
    office.say("wrong")
    office.say("lagging", thread="t2")
    office.ops.fail_next(404)
    office.deliver()
    assert kinds(office.ops) == []
    office.deliver(waiting=True)
    assert kinds(office.ops) == ["wrong", "lagging"]


def test_where_the_other_is_not_taken_either_all_is_kept_and_the_next_has_its_turn(office):
    refuse_what_is_of_no_thread(office)
    say_alone(office, "flapping")
    office.say("wrong")
    office.ops.fail_next(422, times=2)
    office.deliver(waiting=True)
    assert (kinds(office.ops), office.states["ops"].waiting) == ([], 3)
    office.ops.fail_next(422)
    office.deliver(waiting=True)
    assert kinds(office.ops)[0] == "wrong"
    assert sorted(kinds(office.ops)) == ["flapping", "wrong"]


def test_where_the_channel_is_away_meanwhile_all_is_kept(office):
    refuse_what_is_of_no_thread(office)
    office.say("wrong")
    office.ops.fail_next(422)
    office.ops.fail_next(503)
    office.deliver(waiting=True)
    assert (kinds(office.ops), office.states["ops"].waiting) == ([], 2)
    assert office.states["ops"].failure.refused_since


def test_the_end_of_what_was_never_told_proves_nothing_of_the_channel(office):
    refuse_what_is_of_no_thread(office)
    office.say("right", stage=Stage.RESOLVED)
    office.ops.fail_next(422)
    office.deliver(waiting=True)
    assert (kinds(office.ops), office.states["ops"].given_up) == ([], 0)


def test_the_end_of_what_was_told_is_not_held_up(office):
    office.say("wrong")
    office.deliver()
    refuse_what_is_of_no_thread(office)
    office.say("right", stage=Stage.RESOLVED)
    office.ops.fail_next(422)
    office.deliver(waiting=True)
    assert kinds(office.ops) == ["wrong", "right"]
