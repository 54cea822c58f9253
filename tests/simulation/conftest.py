"""Shows what was simulated at the end of a test run."""

import pytest

SUMMARY = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter, config):
    """Print seed and counts of a simulation, if there was one."""
    if summary := config.stash.get(SUMMARY, None):
        terminalreporter.section("simulated pushes")
        terminalreporter.write_line(summary)
