"""What is read at its worst stays within the memory of a small host."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.measured import DOCUMENTS

GROWTH_MAX_BYTES = 100 * 1024 * 1024
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("case", [*DOCUMENTS, "image"])
def test_the_worst_of_its_kind_takes_less_than_100_megabytes(case):
    command = [sys.executable, "-m", "tests.hostile.measured", case]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < GROWTH_MAX_BYTES
