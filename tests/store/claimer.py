"""Another process that works on a due set; run by test_due_processes.py.

`claimer.py hold URL LEASE_S`: claims, says which member, and hangs.
`claimer.py work URL TOTAL`: three threads claim and complete until TOTAL are done.
"""

import sys
import threading
import time

from watchdog.store.connection import connect
from watchdog.store.due import DueSet


def hold(url, lease_s):
    claim = DueSet(connect(url), "looks", lease_s=float(lease_s)).claim()
    print(claim.member, flush=True)  # noqa: T201  # the parent waits for this line
    time.sleep(600)


def work(url, total):
    threads = [threading.Thread(target=one_worker, args=(url, int(total))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def one_worker(url, total):
    client = connect(url)
    looks = DueSet(client, "looks")
    while int(client.get("done") or 0) < total:
        claim = looks.claim()
        if claim is None:
            time.sleep(0.001)
            continue
        if client.incr(f"holders of {claim.member}") != 1:
            client.incr("held twice")
        client.decr(f"holders of {claim.member}")
        looks.complete(claim, next_in_ms=0, writes=[("INCR", "done")])
    client.close()


if __name__ == "__main__":
    {"hold": hold, "work": work}[sys.argv[1]](*sys.argv[2:])
