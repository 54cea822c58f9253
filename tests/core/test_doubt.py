"""Since when a verdict is one that git may yet take back."""

from dataclasses import replace

import pytest

from tests.core.examples import NOW
from tests.core.test_incident import LONG_AGO, OPEN, found
from watchdog.core.doubt import with_doubt


@pytest.mark.parametrize(
    ("before", "codes", "held", "since"),
    [
        (found("off-branch", since=LONG_AGO), ("unknown-commit",), "bad", LONG_AGO),
        (found("off-branch", since=LONG_AGO), ("off-branch",), "worse", LONG_AGO),
        (found("off-branch", incident=OPEN), ("off-branch",), "bad", LONG_AGO),
        (found("off-branch", incident=OPEN), ("off-branch",), "worse", NOW),
        (found("off-branch", held="worse", incident=OPEN), ("off-branch",), "worst", LONG_AGO),
        (replace(found("newer"), doubted_since=None), ("off-branch",), "bad", NOW),
        (found("off-branch", since=LONG_AGO), ("off-branch", "rolled-back"), "bad", None),
        (found("off-branch", since=LONG_AGO), ("newer",), "bad", None),
    ],
    ids=[
        "goes-on",
        "another-build",
        "told-and-still-there",
        "another-build-after-it-was-told",
        "another-build-before-it-was-told",
        "begins",
        "is-sure-now",
        "is-over",
    ],
)
def test_a_doubt_lasts_from_the_first_look_that_had_it(before, codes, held, since):
    after = with_doubt(before, found(*codes, held=held), NOW)
    assert after.doubted_since == since
