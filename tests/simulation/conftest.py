"""Shows what was simulated at the end of a test run."""

import pytest

SUMMARY = pytest.StashKey[list[str]]()


def pytest_terminal_summary(terminalreporter, config):
    """Print seed and counts of the simulations, if there were any."""
    for summary in config.stash.get(SUMMARY, []):
        terminalreporter.section("simulated pushes")
        terminalreporter.write_line(summary)
