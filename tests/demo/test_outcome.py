"""The check of each step: a pure function over what was seen."""

from dataclasses import replace

import pytest

from watchdog.core.reference import Digest
from watchdog.demo.outcome import CHANNELS, Finding, Observed, faults
from watchdog.demo.receiver import Received
from watchdog.demo.scenes import SCENES, Expected

GOOD, BAD = Digest.of(b"good"), Digest.of(b"bad")
AT = "2026-01-12T04:30:01Z"


def message(channel, kind):
    line = f"quay.io/crunchtools/acquacotta:latest · {kind} · {AT}"
    bodies = {
        "slack": {"blocks": [{"type": "context", "elements": [{"text": line}]}]},
        "matrix": {"body": f"It is wrong · very · much\n{line}\nhttp://127.0.0.1:8080/"},
        "webhook": {"kind": kind},
    }
    return Received(channel, "", {}, bodies[channel])


def messages(*kinds):
    return tuple(message(channel, kind) for kind in kinds for channel in CHANNELS)


REVERTED = Expected(("unexpected-source",), reverted=True, messages=("wrong", "reverted"))
SEEN = Observed(
    before=GOOD,
    pushed=BAD,
    held=GOOD,
    findings=(Finding("unexpected-source", "built from elsewhere"),),
    said_reverted=True,
    messages=messages("wrong", "reverted"),
)
SILENT = Observed(before=GOOD, pushed=BAD, held=BAD, findings=(Finding("rebuild", ""),))
LAGGING = Observed(
    before=GOOD,
    pushed=None,
    held=GOOD,
    findings=(Finding("unchanged", ""),),
    conditions=(Finding("lagging", ""),),
    messages=messages("lagging"),
)


@pytest.mark.parametrize(
    ("expected", "observed"),
    [
        (REVERTED, SEEN),
        (Expected(("rebuild",)), SILENT),
        (Expected(("unchanged",), conditions=("lagging",), messages=("lagging",)), LAGGING),
    ],
)
def test_a_step_that_came_out_as_it_must_has_no_fault(expected, observed):
    assert faults(expected, observed) == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"findings": ()}, "the verdict: should be unexpected-source, is nothing"),
        (
            {"findings": (*SEEN.findings, Finding("older-commit", ""))},
            "the verdict: should be unexpected-source, is unexpected-source, older-commit",
        ),
        ({"held": BAD}, f"the tag: should be {GOOD}, is {BAD}"),
        ({"held": None}, f"the tag: should be {GOOD}, is None"),
        ({"said_reverted": False}, "the history: should be a revert, is no revert"),
        (
            {"conditions": (Finding("lagging", ""),)},
            "the conditions: should be nothing, is lagging",
        ),
    ],
)
def test_whatever_came_out_otherwise_is_named(changes, fault):
    assert faults(REVERTED, replace(SEEN, **changes)) == (fault,)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "kinds", [("wrong",), ("reverted", "wrong"), ("wrong", "reverted", "right")]
)
def test_each_channel_must_get_exactly_the_expected_messages(channel, kinds):
    others = tuple(taken for taken in SEEN.messages if taken.channel != channel)
    told = (*others, *(message(channel, kind) for kind in kinds))
    fault = f"told to {channel}: should be wrong, reverted, is {', '.join(kinds)}"
    assert faults(REVERTED, replace(SEEN, messages=told)) == (fault,)


def test_a_silent_step_must_be_silent():
    loud = replace(SILENT, messages=messages("wrong"))
    assert len(faults(Expected(("rebuild",)), loud)) == len(CHANNELS)


def test_without_a_push_the_tag_must_stay():
    expected = Expected(("unchanged",), conditions=("lagging",), messages=("lagging",))
    assert faults(expected, replace(LAGGING, held=BAD)) == (f"the tag: should be {GOOD}, is {BAD}",)


def test_the_story_is_the_one_that_was_promised():
    told = [(beat.expected.codes[0], beat.expected.messages) for s in SCENES for beat in s.beats]
    assert told == [
        ("first-seen", ()),
        ("newer", ()),
        ("unexpected-source", ("wrong", "reverted")),
        ("rebuild", ()),
        ("newer", ()),
        ("older-commit", ("wrong", "reverted")),
        ("unchanged", ("lagging",)),
        ("newer", ("caught-up",)),
    ]
