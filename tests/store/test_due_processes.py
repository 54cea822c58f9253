"""Several processes and threads on one due set, and one that is killed."""

import subprocess
import sys
import time
from pathlib import Path

from watchdog.store.due import DueSet
from watchdog.store.keys import due_keys

CLAIMER = Path(__file__).with_name("claimer.py")
PATIENCE_S = 30.0


def start(*words):
    command = [sys.executable, str(CLAIMER), *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def claim_in_time(looks):
    deadline = time.monotonic() + PATIENCE_S
    while (claim := looks.claim()) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return claim


def test_no_member_is_held_by_two_workers_at_once(redis_client, store_server):
    looks = DueSet(redis_client, "looks")
    looks.schedule([(name, 0) for name in "abc"])
    processes = [start("work", store_server, 600) for _ in range(2)]
    while int(redis_client.get("done") or 0) < 600:
        looks.announce("a")
        assert all(process.poll() in (None, 0) for process in processes)
    for process in processes:
        process.communicate(timeout=PATIENCE_S)
    assert [process.returncode for process in processes] == [0, 0]
    assert redis_client.get("held twice") is None
    assert looks.size() == (3, 0)


def test_what_a_killed_worker_held_is_claimed_again_once_its_lease_ran_out(
    redis_client, store_server
):
    looks = DueSet(redis_client, "looks")
    looks.announce("a", hint="sha256:1")
    with start("hold", store_server, 0.3) as process:
        assert process.stdout.readline() == "a\n"
        runs_out = redis_client.zscore(due_keys("looks")[1], "a")
        process.kill()
    claim = claim_in_time(looks)
    assert (claim.member, claim.hints, claim.expired_leases) == ("a", ("sha256:1",), 1)
    assert claim.announced
    assert claim.now_ms >= runs_out
