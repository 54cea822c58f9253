import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, TAG, digest, incident, memory, revision
from watchdog.core.facts import PASSED_SHOWN
from watchdog.core.memory import Condition, Move
from watchdog.core.message import Severity
from watchdog.core.occasion import Occasion
from watchdog.core.outage import Outage, outage_message
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.core.telling import Telling, message_id
from watchdog.core.verdict import Code, ConditionCode, Finding
from watchdog.core.wording import tag_message

ABOUT_TAGS = [t for t in Telling if t not in {Telling.UNREACHABLE, Telling.REACHABLE}]
FOREIGN = Finding(Code.UNEXPECTED_SOURCE, "built from another repository")
LAG = Condition(ConditionCode.LAGGING, "main", NOW, "refs/heads/main is 2 commits ahead")
GONE = Condition(ConditionCode.DELETED, "gone", NOW, "deleted")
BAD = memory(
    number=8,
    digest=digest("bad"),
    revision=revision("bad"),
    findings=(Finding(Code.NEWER, "ahead"), FOREIGN, Finding(Code.DIVERGED, "beside")),
    conditions=(LAG, GONE),
)
BEFORE = memory(incident=incident(since=timedelta(hours=2)))


ROWS = (Move.of(BAD, NOW, "passing"),)


def said(telling, after=BAD, **changes):
    values = {"tag": TAG, "before": BEFORE, "after": after, "now": NOW, "passed": ROWS} | changes
    return tag_message(telling, Occasion(**values))


def facts(message):
    return dict(message.facts)


TITLES = {
    Telling.WRONG: f"{TAG} is wrong: built from another repository",
    Telling.WRONG_AGAIN: f"{TAG} is wrong again, another bad build: built from another repository",
    Telling.WAS_WRONG: f"{TAG} was wrong for a while: built from another repository",
    Telling.REMINDER: f"{TAG} is still wrong after 2 h: built from another repository",
    Telling.LAST_REMINDER: f"{TAG} is still wrong after 2 h; this is the last reminder: built from "
    "another repository",
    Telling.CLOSED: f"{TAG}: its incident is closed",
    Telling.ACKNOWLEDGED: f"{TAG} is known to be wrong",
    Telling.FLAPPING: f"{TAG} changes all the time, and is wrong now; it is summed up when it is "
    "calm again",
    Telling.SETTLED: f"{TAG} is calm again, and is wrong",
    Telling.RIGHT: f"{TAG} is right again",
    Telling.INFORMATION: f"{TAG}: built from another repository",
    Telling.REVERTED: f"{TAG} was put back to the trusted build",
    Telling.REVERT_FAILED: f"{TAG} is still wrong: it could not be put back",
    Telling.OVERTAKEN: f"{TAG} was pushed while it was being put back",
    Telling.ORDER_FAILED: str(TAG),
    Telling.LAGGING: f"{TAG} lags: refs/heads/main is 2 commits ahead",
    Telling.CAUGHT_UP: f"{TAG} has caught up",
    Telling.DELETED: f"{TAG} is gone: deleted",
    Telling.RETURNED: f"{TAG} is back",
}


@pytest.mark.parametrize("telling", ABOUT_TAGS)
def test_every_message_says_in_one_sentence_what_happened_and_is_of_one_subject(telling):
    message = said(telling, link="https://watchdog.example/#tag")

    assert message.title == TITLES[telling]
    assert (message.subject, message.kind, message.at) == (str(TAG), telling.value, NOW)
    assert message.link == "https://watchdog.example/#tag"


def held(second, seconds=61):
    """A bad build that the tag held for a while."""
    row = Move.of(BAD, NOW, "passing")
    since = NOW + timedelta(seconds=second)
    return replace(row, since=since, until=since + timedelta(seconds=seconds))


def test_what_the_tag_held_is_told_with_its_time():
    message = said(Telling.WAS_WRONG, passed=(held(0),))

    assert message.title == f"{TAG} was wrong for 61 s: built from another repository"
    (name, text), (now, _) = message.facts
    assert (name, now) == ("Held", "Now")
    assert f"{NOW:%Y-%m-%d %H:%M:%S} UTC to " in text
    assert text.endswith("newer, unexpected-source, diverged")


def test_several_bad_builds_are_told_at_once():
    message = said(Telling.WAS_WRONG, passed=tuple(map(held, range(9))))

    assert message.title.startswith(f"{TAG} was wrong for 9 min, with 9 bad builds: ")
    assert [name for name, _ in message.facts] == ["Held"] * PASSED_SHOWN + ["Now"]


def test_a_bad_build_of_which_no_time_is_known_was_there_for_a_while():
    message = said(Telling.WAS_WRONG, passed=(replace(held(0), until=None),))

    assert message.title == f"{TAG} was wrong for a while: built from another repository"


@pytest.mark.parametrize("telling", ABOUT_TAGS)
def test_a_message_can_be_written_of_a_tag_of_which_nothing_is_known(telling):
    message = said(telling, replace(memory(), findings=(), trusted=None, digest=None))

    assert message.title
    assert all(text for _, text in message.facts)


def test_an_id_is_the_same_for_the_same_occasion_only_and_safe_in_a_url():
    first = said(Telling.WRONG)

    assert said(Telling.WRONG, action="puts back", now=NOW + timedelta(days=1)).id == first.id
    others = {
        said(Telling.RIGHT).id,
        said(Telling.WRONG, replace(BAD, number=9)).id,
        message_id("quay.io/another/tag:latest", "8", Telling.WRONG),
    }
    assert len(others - {first.id}) == 3
    assert re.fullmatch(r"[a-z0-9-]+", first.id)


def test_a_wrong_tag_is_told_with_the_verdict_the_builds_and_what_the_watchdog_does():
    message = said(Telling.WRONG, action="puts back sha256:0123")

    assert message.severity is Severity.CRITICAL
    assert facts(message) == {
        "Verdict": "newer, unexpected-source, diverged",
        "Why": "ahead; built from another repository; beside",
        "Pushed": f"github.com/crunchtools/acquacotta@{revision('bad')[:12]} "
        f"(sha256:{digest('bad').short}), pushed 2026-03-01 04:30 UTC",
        "Trusted": f"github.com/crunchtools/acquacotta@{revision('good')[:12]} "
        f"(sha256:{digest('good').short})",
        "Watchdog": "puts back sha256:0123",
    }


def test_a_wrong_tag_is_told_with_the_command_that_approves_it():
    build = f"{TAG}@{digest('bad')}"
    _, revert, approve, ack = said(Telling.WRONG).advice
    assert f'`watchdog revert {TAG} --reason "…"`' in revert
    assert f'`watchdog approve {build} --reason "…"`' in approve
    assert f'`watchdog ack {build} --reason "…"`' in ack
    nothing = said(Telling.WRONG, after=replace(BAD, trusted=None))
    assert all("watchdog revert" not in line for line in nothing.advice)
    assert said(Telling.RIGHT).advice == ()


def test_an_empty_fact_is_left_out():
    told = facts(said(Telling.WRONG, replace(BAD, findings=(FOREIGN,))))

    assert {"More", "Watchdog"}.isdisjoint(told)


def test_nothing_trusted_and_nothing_claimed_are_said_in_words():
    told = facts(said(Telling.WRONG, replace(BAD, trusted=None, source=None, revision=None)))

    assert told["Trusted"] == "none yet"
    assert told["Pushed"].startswith(f"no usable source and commit (sha256:{digest('bad').short})")


@pytest.mark.parametrize("telling", [Telling.RIGHT, Telling.REVERTED])
def test_the_end_of_an_incident_says_how_long_it_lasted(telling):
    assert facts(said(telling))["Wrong for"] == "2 h"
    assert "Wrong for" not in facts(said(telling, before=memory()))


def test_a_lag_says_since_when_and_where_to_look():
    message = said(Telling.LAGGING)

    assert facts(message)["Since"] == "2026-03-02 04:30 UTC"
    assert "last build of that branch" in message.advice[0]


def test_text_from_outside_is_cleaned_and_shortened():
    hostile = Finding(Code.DIVERGED, "\u202e<!here>\n" + "x" * 999)

    message = said(Telling.WRONG, replace(BAD, findings=(hostile, hostile, FOREIGN)))

    for text in (message.title, *(text for _, text in message.facts)):
        assert text.isprintable()
        assert len(text) <= 1000


@pytest.mark.parametrize(
    ("tags", "words"),
    [(1, "1 tag cannot be looked at"), (9, "9 tags cannot be looked at")],
)
def test_an_outage_is_one_message_about_all_its_tags(tags, words):
    outage = Outage("registry quay.io", NOW - timedelta(minutes=15), tags, "timed out\n")

    message = outage_message(Telling.UNREACHABLE, outage, NOW)

    assert message.title == f"registry quay.io: {words}"
    assert message.severity is Severity.WARNING
    assert facts(message) == {"Since": "2026-03-02 04:15 UTC (15 min)", "Reason": "timed out"}
    assert message.advice == ("Nothing is put back while the watchdog cannot see.",)


def test_the_end_of_an_outage_is_told_under_another_id():
    outage = Outage("registry quay.io", NOW - timedelta(hours=1), 2, "timed out")

    began = outage_message(Telling.UNREACHABLE, outage, NOW)
    over = outage_message(Telling.REACHABLE, outage, NOW + timedelta(hours=1))

    assert over.title == "registry quay.io: 2 tags can be looked at again"
    assert (over.severity, over.advice) == (Severity.RIGHT, ())
    assert facts(over) == {"Since": "2026-03-02 03:30 UTC (2 h)"}
    assert began.id == outage_message(Telling.UNREACHABLE, outage, NOW + timedelta(hours=9)).id
    assert began.id != over.id


def test_what_could_not_be_put_back_can_be_by_hand():
    command = "`skopeo copy …`"
    by_hand = f"To put the trusted build back by hand: {command}"

    assert by_hand in said(Telling.REVERT_FAILED, command=command).advice
    assert by_hand not in said(Telling.WRONG, command=command).advice
    assert all("by hand" not in line for line in said(Telling.REVERT_FAILED).advice)


ROBOT = Pusher(PusherKind.ROBOT, "acme+ci", "203.0.113.7", "skopeo/1.9.3")
DENIED = Pusher(PusherKind.UNKNOWN, note="needs repo:admin")


def test_who_pushed_is_told_by_the_log_or_else_by_the_hook():
    logged = facts(said(Telling.WRONG, after=replace(BAD, pusher=ROBOT), actor="a hook's word"))
    hinted = facts(said(Telling.WRONG, actor="a hook's word"))

    assert logged["Pushed by"] == ROBOT.sentence()
    assert hinted["Pushed by"] == "a hook's word"
    assert "Pushed by" not in facts(said(Telling.WRONG))


def test_that_it_takes_a_right_to_know_is_told_once():
    after = replace(BAD, pusher=DENIED)

    assert facts(said(Telling.WRONG, after=after))["Pushed by"] == "unknown (needs repo:admin)"
    again = said(Telling.WRONG, after=after, before=replace(BEFORE, pusher=DENIED))
    assert "Pushed by" not in facts(again)


def test_an_offender_that_comes_again_is_told():
    after = replace(BAD, offender="third Monday in a row")

    assert facts(said(Telling.WRONG, after=after))["Before"] == "third Monday in a row"
    row = replace(held(0), pusher=ROBOT)
    assert ROBOT.sentence() in facts(said(Telling.WAS_WRONG, passed=(row,)))["Held"]


def test_what_was_not_done_is_told_with_the_command_that_does_it_by_hand():
    told = said(Telling.ORDER_FAILED, action="the switch is off", command="`skopeo copy`")
    assert told.title == f"{TAG}: the switch is off"
    assert told.advice == ("To do it by hand: `skopeo copy`",)
    assert said(Telling.ORDER_FAILED).advice == ()


def test_nobody_is_told_to_put_back_what_the_tag_holds():
    held = memory(digest=digest("good"), findings=(FOREIGN,))
    assert not any("watchdog revert" in line for line in said(Telling.WRONG, held).advice)
    assert any("watchdog revert" in line for line in said(Telling.WRONG).advice)
