"""The whole product, replayed: real processes, a real store, real git, real HTTP."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

CODES = [
    "✓ first-seen",
    "✓ newer",
    "✗ unexpected-source",
    "✓ rebuild",
    "✓ newer",
    "✗ older-commit",
    "! lagging",
    "✓ newer",
]
TOLD = [
    "nobody",
    "nobody",
    "wrong and reverted, on every channel",
    "nobody",
    "nobody",
    "wrong and reverted, on every channel",
    "lagging, on every channel",
    "caught-up, on every channel",
]
# What a watchdog on the same machine may be set to, and what stands between it and the world.
FOREIGN = {
    "WATCHDOG_REVERTS": "off",
    "WATCHDOG_POLICY_FILE": "/nowhere",
    "WATCHDOG_LOOK_EVERY": "never",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "http_proxy": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
}
# The first build comes out as `first-seen`, which this story does not expect.
ANOTHER_STORY = """
import dataclasses, sys
from watchdog.demo.replay import replay
from watchdog.demo.scenes import SCENES, Expected
beat = dataclasses.replace(SCENES[0].beats[0], expected=Expected(("rebuild",)), within_s=1.5)
first = dataclasses.replace(SCENES[0], beats=(beat,))
sys.exit(replay(listen=sys.argv[1], ends=True, scenes=(first, *SCENES[1:])))
"""


@pytest.fixture
def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return "{}:{}".format(*probe.getsockname())


@pytest.fixture
def temp(tmp_path_factory):
    """A folder for everything temporary; its path is short enough for a socket below it."""
    return tmp_path_factory.mktemp("demo")


def start(arguments, temp, **environment):
    return subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, "TMPDIR": str(temp), "COLUMNS": "100", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes_of(temp):
    """The processes that were started with this folder, whoever their parent is by now."""
    mark = f"TMPDIR={temp}".encode()
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = environ.read_bytes()
        except OSError:
            continue
        if mark in content.split(b"\0"):
            found.append(environ.parent.name)
    return found


def assert_nothing_is_left(temp):
    assert processes_of(temp) == []
    assert list(temp.iterdir()) == []


def test_the_whole_story_comes_out_as_it_must_and_leaves_nothing_behind(temp, free_address):
    demo = start(["-m", "watchdog", "demo", "--exit", "--listen", free_address], temp, **FOREIGN)
    story, _ = demo.communicate()
    assert demo.returncode == 0, story
    assert re.findall(r"seen +(. [a-z-]+)", story) == CODES
    assert re.findall(r"told +(\S.*?) *\n", story) == TOLD
    assert story.count("put the trusted build back") == 2
    assert story.count("─ Slack ─") == 6
    assert "─ Matrix ─" in story
    assert "All 7 steps came out as they must" in story
    assert "\x1b" not in story
    assert_nothing_is_left(temp)


def test_a_step_with_another_outcome_ends_the_story_and_is_named(temp, free_address):
    demo = start(["-c", ANOTHER_STORY, free_address], temp)
    story, _ = demo.communicate()
    assert demo.returncode == 1, story
    assert "Step 1, The first build, did not come out as it must" in story
    assert "the verdict: should be rebuild, is first-seen" in story
    assert "Verdict on 127.0.0.1" in story, "the end of the watchdog's log"
    assert "The fix" not in story
    assert_nothing_is_left(temp)


def test_ctrl_c_in_the_middle_puts_everything_away(temp, free_address):
    demo = start(["-m", "watchdog", "demo", "--listen", free_address], temp, PYTHONUNBUFFERED="1")
    for line in demo.stdout:
        if "The fix" in line:
            break
    assert len(processes_of(temp)) > 3, "demo, supervisor, web, worker, store"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):  # an impatient person's
        demo.send_signal(number)
    story, _ = demo.communicate()
    assert demo.returncode == 130, story
    assert "Traceback" not in story
    assert_nothing_is_left(temp)


def test_an_address_in_use_is_named_with_the_way_out(temp):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        demo = start(["-m", "watchdog", "demo", "--exit", "--listen", address], temp)
        said, _ = demo.communicate()
    assert demo.returncode == 1
    assert f"cannot listen on {address}: Address already in use" in said
    assert "--listen HOST:PORT" in said
    assert "Traceback" not in said
    assert_nothing_is_left(temp)


def test_what_is_no_address_is_refused(temp):
    demo = start(["-m", "watchdog", "demo", "--listen", "8080"], temp)
    said, _ = demo.communicate()
    assert demo.returncode == 1
    assert "--listen 8080: not HOST:PORT" in said
