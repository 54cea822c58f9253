"""The simulator's Quay answers what a real one answered: every exchange that was recorded.

Status, headers and text must be the same; digests, ids and addresses correspond. What is not
played stands in `quay_reports.NOT_REPLAYED`, each with its reason.
"""

from contextlib import ExitStack

import pytest

from tests.demo import quay_reports_of_tags
from tests.demo.quay_likeness import Likeness
from tests.demo.quay_moments import moments, prepare
from tests.demo.quay_recording import Ask, Heard, Push, Said, read_recording
from tests.demo.quay_replay import Replay
from tests.demo.quay_reports import NOT_REPLAYED, REPORTS
from watchdog.demo.registry import RegistrySimulator

SECTIONS = read_recording()
assert quay_reports_of_tags.ODDS  # its reports are in the table now


def report_of(line):
    """Find what plays a line of the report; the longest beginning counts."""
    starts = [start for start in REPORTS if line.startswith(start)]
    return REPORTS[max(starts, key=len)] if starts else None


def play(replay, section):
    """Play one section, which builds on those before it."""
    replay.title, times = section.title, iter(moments(section.title))
    replay.hooks()
    prepare(replay, section.title)
    for step in section.steps:
        if isinstance(step, Said):
            report = report_of(step.line)
            if report is not None:
                report(replay, step.line)
            continue
        if isinstance(step, Ask | Push) and (clock := next(times, None)):
            replay.at(clock)
        replay.step(step)


def test_the_simulator_answers_as_quay_did():
    with ExitStack() as closing:
        replay = Replay(closing.enter_context(RegistrySimulator()), closing)
        for section in SECTIONS:
            try:
                play(replay, section)
            except AssertionError as error:
                error.add_note(f"in the section {section.title!r} of the recording")
                raise


def test_every_line_is_played_or_excused():
    lines = [step.line for section in SECTIONS for step in section.steps if isinstance(step, Said)]
    left = [
        line for line in lines if not report_of(line) and not line.startswith(tuple(NOT_REPLAYED))
    ]
    assert left == []
    assert all(any(line.startswith(start) for line in lines) for start in NOT_REPLAYED)


def test_the_recording_is_read_whole():
    steps = [step for section in SECTIONS for step in section.steps]
    counts = [sum(isinstance(step, kind) for step in steps) for kind in (Ask, Heard, Push)]
    assert counts == [88, 14, 36]


def test_another_answer_is_not_like_the_recorded_one():
    like = Likeness({})
    like.check("x " + "a" * 64, "x " + "b" * 64)
    for here in ("y " + "b" * 64, "x " + "c" * 64, "x"):
        with pytest.raises(AssertionError):
            like.check("x " + "a" * 64, here)
    with pytest.raises(AssertionError):
        like.check("x " + "d" * 64, "x " + "b" * 64)
