"""The life of an incident: answered, reminded of, silenced, ended; its story says it all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, TAG, digest, incident, memory, rule
from tests.core.test_incident import found
from watchdog.core.incident import (
    LAST_REMINDER_AFTER,
    REMIND_AFTER,
    acknowledge,
    close,
    follow,
    heard,
    put_back,
    remind,
    reminder_due,
    tell_overtaken,
    tell_passed,
    tell_unreverted,
)
from watchdog.core.incident_record import (
    BUILDS_MAX,
    STORY_MAX,
    Acknowledgement,
    Happening,
    incident_id,
)
from watchdog.core.memory import Move
from watchdog.core.message import Stage
from watchdog.core.rule import Enforce
from watchdog.core.telling import Followed, Telling
from watchdog.core.verdict import Code, Finding

ALERT = rule(enforce=Enforce.ALERT)
ACK = Acknowledgement(digest("bad"), "ann", "we are on it", NOW)
HOUR = timedelta(hours=1)


def wrong(**changes):
    """A tag that has been wrong for half an hour, and people know."""
    return found("older-commit", incident=incident(**changes))


def happenings(held):
    return [entry.what for entry in held.story]


def looked(before, *codes, held="bad", after=timedelta(), **how):
    """The tag is looked at again."""
    now = NOW + after
    found_now = replace(
        before,
        digest=digest(held),
        since=before.since if before.digest == digest(held) else now,
        findings=tuple(Finding(Code(code), f"it is {code}") for code in codes),
    )
    return follow(before, found_now, ALERT, now, **how)


def test_people_are_reminded_after_an_hour_six_hours_and_then_daily_and_told_when_it_is_the_last():
    held = wrong(since=timedelta(0))
    told = []
    for hours in range(10 * 24):
        followed = looked(held, "older-commit", after=hours * HOUR)
        held = followed.memory
        told += [(hours, telling) for telling in followed.tellings]
    days = [(24 * day, Telling.REMINDER) for day in range(1, 6)]
    assert told == [
        (1, Telling.REMINDER),
        (6, Telling.REMINDER),
        *days,
        (144, Telling.LAST_REMINDER),
    ]
    assert reminder_due(held) is None
    assert REMIND_AFTER[-1] < LAST_REMINDER_AFTER


def test_while_nobody_can_look_people_are_reminded_all_the_same():
    blind = looked(wrong(), "registry-unreachable", after=HOUR)
    assert blind.tellings == (Telling.REMINDER,)


def test_who_acknowledged_a_build_is_not_reminded_of_it():
    held = acknowledge(wrong(), ACK)
    assert held.tellings == (Telling.ACKNOWLEDGED,)
    assert held.memory.incident.stage is Stage.ACKNOWLEDGED
    assert held.memory.incident.story[-1].by == "ann"
    assert reminder_due(held.memory) is None
    assert looked(held.memory, "older-commit", after=9 * HOUR).tellings == ()
    assert acknowledge(held.memory, ACK).tellings == ()


def test_another_bad_build_is_news_whoever_acknowledged_the_one_before():
    held = acknowledge(wrong(), ACK).memory
    followed = looked(held, "diverged", held="worse", after=HOUR)
    assert followed.tellings == (Telling.WRONG_AGAIN,)
    assert followed.memory.incident.stage is Stage.OPEN


@pytest.mark.parametrize(
    ("held", "answer"),
    [
        (memory(), ACK),
        (wrong(), replace(ACK, digest=digest("other"))),
        (replace(wrong(), digest=digest("other")), ACK),
    ],
    ids=["nothing-is-wrong", "no-such-build", "the-tag-has-moved-on"],
)
def test_an_acknowledgement_is_for_the_bad_build_that_the_tag_holds(held, answer):
    assert acknowledge(held, answer) == Followed(held)


def test_what_opens_in_a_silence_is_told_when_that_ends():
    opened = looked(memory(), "older-commit", silenced=True)
    assert opened.tellings == ()
    assert opened.memory.incident.told_at is None
    later = looked(opened.memory, "older-commit", after=9 * HOUR, silenced=True)
    assert (later.tellings, reminder_due(later.memory)) == ((), None)
    told = looked(later.memory, "older-commit", after=10 * HOUR)
    assert told.tellings == (Telling.WRONG,)
    assert told.memory.incident.told_at == NOW + 10 * HOUR


def test_what_came_and_went_in_a_silence_is_in_the_story_alone():
    opened = looked(memory(), "older-commit", silenced=True).memory
    followed = looked(opened, "newer", held="fix", after=HOUR, silenced=True)
    assert followed.tellings == ()
    assert followed.closed.stage is Stage.RESOLVED


def test_what_was_told_to_be_wrong_is_told_to_be_right_silence_or_not():
    assert looked(wrong(), "newer", held="fix", silenced=True).tellings == (Telling.RIGHT,)


def test_a_bad_build_that_joins_in_a_silence_is_not_told():
    followed = looked(wrong(), "diverged", held="worse", silenced=True)
    assert followed.tellings == ()
    assert len(followed.memory.incident.builds) == 2


def test_a_bad_build_that_comes_again_is_counted_and_not_told_again():
    held = looked(wrong(), "diverged", held="worse").memory
    followed = looked(held, "older-commit", held="bad")
    assert followed.tellings == ()
    assert followed.memory.incident.build(digest("bad")).times == 2
    assert happenings(followed.memory.incident) == [Happening.JOINED, Happening.CAME_AGAIN]


ENDINGS = {
    "approved": (("approved", "bad"), "it is approved"),
    "restored": (("restored", "fix"), "a person restored"),
    "accepted-now": (("newer", "bad"), "the policy or the source has changed"),
    "trusted-again": (("unchanged", "good"), "the trusted build is back"),
    "pushed": (("newer", "fix"), "a right build was pushed"),
}


@pytest.mark.parametrize(("look", "words"), ENDINGS.values(), ids=ENDINGS)
def test_the_end_says_what_made_the_tag_right_again(look, words):
    code, held = look
    closed = looked(wrong(), code, held=held).closed
    assert words in closed.closing
    assert closed.story[-1].what is Happening.RESOLVED
    assert (closed.resolved_at, closed.right_since) == (NOW, NOW)


def test_an_incident_of_a_rule_that_only_observes_now_is_closed_and_who_knew_of_it_hears_that():
    followed = follow(wrong(), wrong(), rule(enforce=Enforce.OBSERVE), NOW)
    assert followed.tellings == (Telling.CLOSED,)
    assert followed.closed.stage is Stage.RESOLVED
    untold = follow(wrong(told_at=None), wrong(told_at=None), rule(enforce=Enforce.OBSERVE), NOW)
    assert untold.tellings == ()
    assert close(memory(), NOW, "words") == Followed(memory())


def test_after_a_long_time_in_which_nobody_looked_one_reminder_stands_for_all():
    held = looked(wrong(since=timedelta(0)), "older-commit", after=75 * HOUR)
    assert held.tellings == (Telling.REMINDER,)
    again = looked(held.memory, "older-commit", after=76 * HOUR)
    assert again.tellings == ()
    assert reminder_due(again.memory) == NOW + timedelta(days=4)


def test_another_bad_build_begins_the_reminders_anew():
    weeks = looked(wrong(since=timedelta(0)), "older-commit", after=200 * HOUR).memory
    assert reminder_due(weeks) is None
    joined = looked(weeks, "diverged", held="worse", after=201 * HOUR)
    assert joined.tellings == (Telling.WRONG_AGAIN,)
    later = looked(joined.memory, "diverged", held="worse", after=202 * HOUR)
    assert later.tellings == (Telling.REMINDER,)


def test_what_the_watchdog_put_back_ends_with_its_words():
    followed = put_back(wrong(), NOW, "its signatures, too")
    assert followed.tellings == (Telling.REVERTED,)
    assert followed.memory.incident is None
    assert "put the trusted build back; its signatures, too" in followed.closed.closing
    assert put_back(wrong(), NOW).closed.closing.endswith("build back")
    assert put_back(memory(), NOW).closed is None


def test_what_became_of_a_revert_is_in_the_story():
    held = tell_overtaken(wrong(), NOW, "a push came").memory
    held = tell_unreverted(held, NOW, "the registry said no").memory
    assert happenings(held.incident) == [Happening.OVERTAKEN, Happening.REVERT_FAILED]
    assert tell_overtaken(memory(), NOW, "a push came").memory == memory()


def test_of_reverts_in_a_silence_only_the_end_of_what_was_told_is():
    done = put_back(wrong(), NOW)
    assert heard(done, silenced=True).tellings == (Telling.REVERTED,)
    assert heard(put_back(wrong(told_at=None), NOW), silenced=True).tellings == ()
    failed = tell_unreverted(wrong(), NOW)
    assert heard(failed, silenced=True).tellings == ()
    assert heard(failed, silenced=False) == failed


def row(name, *, since=NOW - 2 * HOUR, until=NOW - HOUR, codes=("older-commit",)):
    """The tag held a build for a while."""
    findings = tuple(Finding(Code(code), f"it is {code}") for code in codes)
    held = replace(memory(), digest=digest(name), findings=findings)
    return replace(Move.of(held, NOW, "passing"), since=since, until=until)


def test_a_bad_build_that_came_and_went_is_an_incident_that_is_over():
    followed = tell_passed(memory(), Followed(memory()), [row("a"), row("b")], NOW)
    assert followed.tellings == (Telling.WAS_WRONG,)
    closed = followed.closed
    assert (closed.wrong_since, closed.right_since) == (NOW - 2 * HOUR, NOW - HOUR)
    assert closed.digests == (digest("a"), digest("b"))
    assert followed.memory.incident is None


def test_it_joins_what_is_open_in_the_order_of_time_and_what_has_just_ended():
    opened = tell_passed(memory(), Followed(wrong()), [row("a")], NOW)
    assert opened.memory.incident.digests == (digest("a"), digest("bad"))
    ended = put_back(wrong(), NOW)
    both = tell_passed(wrong(), ended, [row("a")], NOW)
    assert both.closed.digests == (digest("a"), digest("bad"))
    assert both.tellings == (Telling.WAS_WRONG, Telling.REVERTED)


@pytest.mark.parametrize(
    "rows",
    [[], [row("bad")], [row("a", codes=("off-branch",))], [row("a", codes=("unreadable",))]],
    ids=["none", "told-already", "may-be-taken-back", "not-readable"],
)
def test_what_is_no_news_is_told_to_nobody(rows):
    before = Followed(memory(), (Telling.LAGGING,))
    assert tell_passed(wrong(), before, rows, NOW) == before


def test_in_a_silence_it_is_in_the_story_alone():
    followed = tell_passed(memory(), Followed(memory()), [row("a")], NOW, silenced=True)
    assert followed.tellings == ()
    assert followed.closed.told_at is None


def test_an_incident_keeps_so_many_builds_and_the_beginning_of_its_story():
    held = looked(memory(), "older-commit", held="first").memory
    for number in range(STORY_MAX + 5):
        held = looked(held, "older-commit", held=f"{number}", after=timedelta(number)).memory
    assert len(held.incident.builds) == BUILDS_MAX
    assert len(held.incident.story) == STORY_MAX
    assert held.incident.story[0].what is Happening.OPENED


def test_incidents_of_different_tags_never_share_an_id():
    other = replace(TAG, name="edge")
    assert incident_id(TAG, "7") != incident_id(other, "7")
    assert incident_id(TAG, "7") == incident_id(TAG, "7")


def test_nothing_is_due_where_nothing_is_wrong():
    assert remind(memory(), NOW) == Followed(memory())
    assert reminder_due(memory()) is None
