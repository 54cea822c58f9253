"""Programs that these tests need from the system, and patience with what they do."""

import os
import shutil
import socket
import time

import pytest

WAIT_S = 20.0
POLL_S = 0.05


def program(name):
    """Find a program; where it is missing the test is skipped by name, and fails in CI."""
    found = shutil.which(name)
    if found is None:
        missing = f"{name} is not installed (see tests/install-system-packages)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return found


def free_port():
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(ask, wanted=bool, *, within_s=WAIT_S):
    """Ask until the answer is as wanted, and return it; fails with the last answer."""
    deadline = time.monotonic() + within_s
    while True:
        answer = ask()
        if wanted(answer):
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"still not so after {within_s} s: {answer!r}")
        time.sleep(POLL_S)
