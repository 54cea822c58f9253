"""Coverage-guided fuzzing by hand, where `atheris` is installed (pip install atheris).

python -m tests.hostile.coverage_guided PARSER -max_total_time=60

PARSER is a key of PARSERS; what follows is libFuzzer's. A crash leaves the input that caused it.
"""

import sys

import atheris
from hypothesis import HealthCheck, given, settings

with atheris.instrument_imports(include=["watchdog"]):
    from tests.hostile.parsers import PARSERS, with_own_errors


def main():
    """Fuzz one parser until told to stop."""
    name = sys.argv.pop(1)
    parser = PARSERS[name]

    @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(parser.inputs)
    def reads(written):
        with_own_errors(parser.read, written)

    atheris.Setup(sys.argv, reads.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
