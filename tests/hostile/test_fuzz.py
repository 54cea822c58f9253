"""Every parser of what comes from outside returns, or raises the product's own error.

FUZZ_SECONDS says for how long in all (60 in CI, else 10), FUZZ_SEED begins with a seed that failed.
"""

import json
import os
import random
import time
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.hostile import documents as good
from tests.hostile.parsers import PARSERS, with_own_errors

SECONDS = float(os.environ.get("FUZZ_SECONDS") or (60 if os.environ.get("CI") else 10))
EXAMPLES_A_ROUND = 50
# Not how fast it is, but that it ends: a pattern that backtracks without end takes years.
EXAMPLE_MAX = timedelta(seconds=20)


def one_round(parser, number):
    """Try so many examples, chosen by a seed."""

    @seed(number)
    @settings(
        max_examples=EXAMPLES_A_ROUND,
        deadline=EXAMPLE_MAX,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(parser.inputs)
    def reads(written):
        with_own_errors(parser.read, written)

    reads()


@pytest.mark.parametrize(
    ("read", "document"),
    [
        (PARSERS["manifest"].read, good.MANIFEST),
        (PARSERS["index"].read, good.INDEX),
        (PARSERS["config"].read, good.CONFIG),
        (PARSERS["artifact"].read, good.ARTIFACT),
        (PARSERS["github"].read, good.ATTESTATIONS),
        (PARSERS["policy"].read, good.POLICY),
    ],
)
def test_what_the_fuzzing_begins_with_is_read(read, document):
    assert read(json.dumps(document).encode())


@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("name", PARSERS)
def test_what_comes_from_outside_is_read_or_refused(name):
    number = int(os.environ.get("FUZZ_SEED") or random.SystemRandom().randrange(2**32))
    until = time.monotonic() + SECONDS / len(PARSERS)
    while True:
        print(f"FUZZ_SEED={number}")  # noqa: T201  (shown with a failure)
        one_round(PARSERS[name], number)
        if time.monotonic() > until:
            break
        number += 1
