"""An incident's page: its story from the push to the end; and the list of them."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from tests.core.examples import NOW, digest, incident
from tests.web import seed
from watchdog.core.incident_record import Acknowledgement, BadBuild, Entry, Happening, incident_id
from watchdog.core.memory import TagMemory
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code
from watchdog.store.incidents import incident_writes

MINUTE, WEEK = timedelta(minutes=1), timedelta(weeks=1)
OLD = seed.source("acquacotta-old")
BAD = BadBuild(digest("bad"), NOW, Code.UNEXPECTED_SOURCE, "from <b>elsewhere</b>", OLD)
OPEN = replace(
    incident(number="8"),
    wrong_since=NOW,
    opened_at=NOW + 3 * MINUTE,
    told_at=NOW + 4 * MINUTE,
    builds=(BAD,),
    story=(
        Entry(NOW + 3 * MINUTE, Happening.OPENED, "from <b>elsewhere</b>", BAD.digest),
        Entry(NOW + 9 * MINUTE, Happening.ACKNOWLEDGED, "<script>I know", BAD.digest, "ann"),
    ),
    acknowledged=Acknowledgement(BAD.digest, "ann", "<script>I know", NOW + 9 * MINUTE),
)
BEFORE = replace(
    OPEN,
    number="6",
    wrong_since=NOW - WEEK,
    opened_at=NOW - WEEK,
    acknowledged=None,
    builds=(replace(BAD, since=NOW - WEEK),),
    story=(Entry(NOW - WEEK + 20 * MINUTE, Happening.RESOLVED, "it was put back"),),
    resolved_at=NOW - WEEK + 20 * MINUTE,
    right_since=NOW - WEEK + 15 * MINUTE,
    closing="it was put back",
)
NAME = incident_id(seed.ACQUACOTTA, "8")


@pytest.fixture
def keep(redis_client):
    def keep(*incidents, tag=seed.ACQUACOTTA):
        for one in incidents:
            for write in incident_writes(tag, None, Followed(TagMemory(incident=one))):
                redis_client.execute_command(*write)

    return keep


def words(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    for sign in ("<script", "<b>"):
        assert sign not in answer.text
    return " ".join(unescape(re.sub("<[^>]*>", " ", answer.text)).split())


def test_the_story_goes_from_the_push_to_what_was_answered(browser, keep):
    keep(OPEN)
    said = words(browser, f"/incidents/{NAME}")
    assert f"{seed.ACQUACOTTA} is wrong" in said
    steps = (
        "04:30:00 UTC the wrong build was pushed",
        "04:33:00 UTC noticed, and judged to be wrong : from <b>elsewhere</b>",
        "04:34:00 UTC people were told",
        "04:39:00 UTC acknowledged by ann: <script>I know",
    )
    places = [said.replace(" : ", ": ").index(step.replace(" : ", ": ")) for step in steps]
    assert places == sorted(places)


def test_it_says_how_long_it_took_to_notice_and_to_put_right(browser, keep):
    keep(OPEN, BEFORE)
    assert "To notice 3 min To put right not yet" in words(browser, f"/incidents/{NAME}")
    over = words(browser, f"/incidents/{incident_id(seed.ACQUACOTTA, '6')}")
    assert "It was wrong for 15 min: it was put back." in over
    assert "To put right 15 min" in over
    assert "right again: it was put back" in over.replace(" : ", ": ")


def test_the_same_offender_before_is_named_of_whatever_tag(browser, keep):
    keep(BEFORE, tag=seed.ROTV)
    keep(OPEN)
    said = words(browser, f"/incidents/{NAME}")
    assert f"The same offender before 2026-02-23 04:30:00 UTC, {seed.ROTV}" in said
    other = words(browser, f"/incidents/{incident_id(seed.ROTV, '6')}")
    assert "The same offender" not in other


def test_what_repeats_in_the_tag_s_history_is_said(browser, keep, redis_client):
    bad = replace(seed.rejected(seed.ACQUACOTTA, now=NOW), source=OLD)
    moves = [
        replace(seed.move(bad, NOW - weeks * WEEK), since=NOW - weeks * WEEK)
        for weeks in range(4, -1, -1)
    ]
    seed.write(redis_client, seed.ACQUACOTTA, bad, *moves)
    keep(OPEN)
    said = words(browser, f"/incidents/{NAME}")
    assert "5th Monday in a row at about 04:30 UTC: a cron" in said


def test_the_open_ones_are_counted_and_all_are_listed_newest_first(browser, keep):
    assert "No incident is open" in words(browser, "/incidents")
    keep(OPEN, BEFORE)
    said = words(browser, "/incidents")
    assert "1 incident is open" in said
    assert said.index("ann knows: <script>I know") < said.index("for 15 min: it was put back")


def test_the_list_is_paged(browser, keep):
    for number in range(60):
        keep(replace(BEFORE, number=str(number), opened_at=NOW - number * MINUTE))
    first = browser.get("/incidents").text
    assert first.count("<article") == 50
    assert 'href="/incidents?page=2"' in first
    last = browser.get("/incidents?page=2").text
    assert last.count("<article") == 10
    assert "Older" not in last


@pytest.mark.parametrize(
    ("path", "status"),
    [("/incidents/x", 404), ("/incidents?page=0", 400), ("/incidents?page=999999", 404)],
)
def test_what_is_not_there_is_said_so(browser, path, status):
    assert browser.get(path).status_code == status
