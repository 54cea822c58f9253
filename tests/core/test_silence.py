"""Silences: which tags they are about, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, TAG, digest, incident, memory, rule
from watchdog.core.incident import acknowledge, follow, remind
from watchdog.core.incident_record import Acknowledgement, Happening
from watchdog.core.ordered import noted_silence
from watchdog.core.reference import Tag
from watchdog.core.rule import Enforce
from watchdog.core.silence import PATTERN_MAX_CHARS, Pattern, Silence, silencing
from watchdog.core.telling import Followed, Telling
from watchdog.core.verdict import Code, Finding
from watchdog.errors import MalformedError

HOUR = timedelta(hours=1)
QUIET = Silence("id", Pattern.parse(str(TAG)), "ann", "it moves", NOW, NOW + HOUR)
TAGS = [
    "quay.io/org/app:latest",
    "quay.io/org/app:v1",
    "quay.io/org/app2:latest",
    "quay.io/org/sub/app:latest",
    "localhost:5000/org/app:V1",
]
# A pattern, and which of TAGS it is about.
PATTERNS = {
    "quay.io/org/app:latest": [0],
    "quay.io/org/app": [0, 1],
    "QUAY.IO/org/app": [0, 1],
    "quay.io/org/*:latest": [0, 2],
    "quay.io/org/**:latest": [0, 2, 3],
    "quay.io/org/app?": [2],
    "quay.io/org/app:v*": [1],
    "localhost:5000/org/app": [4],
    "localhost:5000/org/app:V*": [4],
    "localhost:5000/org/app:v*": [],
    "**": [0, 1, 2, 3, 4],
}


@pytest.mark.parametrize("text", PATTERNS)
def test_a_pattern_is_about_tags_as_a_policy_s_globs_are(text):
    pattern = Pattern.parse(text)
    assert [n for n, tag in enumerate(TAGS) if pattern.matches(Tag.parse(tag))] == PATTERNS[text]
    assert Pattern.parse(str(pattern)) == pattern


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*",
        "app:latest",
        "quay.io/org/app@sha256:0",
        "quay.io/org/app:",
        "quay.io/a b",
        "quay.io/" + "a" * PATTERN_MAX_CHARS,
        "quay.io/*/*-*-*-*:latest",
        "quay.io/(a+)+:x",
    ],
)
def test_what_is_no_pattern_is_refused(text):
    with pytest.raises(MalformedError):
        Pattern.parse(text)


def test_a_silence_has_a_beginning_and_an_end():
    assert not QUIET.covers(TAG, NOW - HOUR)
    assert QUIET.covers(TAG, NOW)
    assert QUIET.covers(TAG, NOW + HOUR - timedelta(seconds=1))
    assert not QUIET.covers(TAG, NOW + HOUR)
    assert not QUIET.covers(Tag.parse("quay.io/org/other"), NOW)


def test_of_several_the_one_that_lasts_longest_is_named():
    longer = replace(QUIET, until=NOW + 2 * HOUR)
    assert silencing((QUIET, longer, QUIET), TAG, NOW) is longer
    assert silencing((), TAG, NOW) is None


def test_the_story_of_an_incident_says_once_who_silenced_it():
    wrong = Followed(memory(digest=digest("bad"), incident=incident()))
    noted = noted_silence(wrong, QUIET, NOW)
    (entry,) = noted.memory.incident.story
    assert (entry.what, entry.by) == (Happening.SILENCED, "ann")
    assert entry.words == "until 2026-03-02 05:30 UTC: it moves"
    assert noted_silence(noted, QUIET, NOW + HOUR) == noted
    assert noted_silence(wrong, None, NOW) == wrong
    right = Followed(memory())
    assert noted_silence(right, QUIET, NOW) == right


def wrong(held, before, *, silenced, **changes):
    """The look that finds a bad build under the tag."""
    bad = Finding(Code.OLDER_COMMIT, "older")
    after = replace(before, digest=digest(held), findings=(bad,), **changes)
    return follow(before, after, rule(enforce=Enforce.ALERT), NOW, silenced=silenced)


def test_a_bad_build_that_joined_in_a_silence_is_told_at_its_end_once():
    told = memory(digest=digest("bad"), incident=incident())
    joined = wrong("worse", told, silenced=True)
    assert joined.tellings == ()
    still = wrong("worse", joined.memory, silenced=True)
    again = wrong("bad", still.memory, silenced=True)
    heard = remind(again.memory, NOW, silenced=False)
    assert heard.tellings == (Telling.WRONG_AGAIN,)
    assert remind(heard.memory, NOW).tellings == ()


def test_what_was_acknowledged_in_a_silence_or_told_with_another_is_not_told_at_its_end():
    told = memory(digest=digest("bad"), incident=incident(since=timedelta(minutes=1)))
    joined = wrong("worse", told, silenced=True).memory
    known = acknowledge(joined, Acknowledgement(digest("worse"), "ann", "I know", NOW)).memory
    assert remind(known, NOW).tellings == ()
    third = wrong("worst", joined, silenced=False)
    assert third.tellings == (Telling.WRONG_AGAIN,)
    assert remind(third.memory, NOW).tellings == ()


def test_a_bad_build_that_comes_again_in_a_silence_is_no_news_at_its_end():
    known = incident("bad", "worse", since=timedelta(minutes=1))
    told = memory(digest=digest("worse"), incident=known)
    again = wrong("bad", told, silenced=True).memory
    assert remind(again, NOW).tellings == ()
