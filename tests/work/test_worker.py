"""The loop as it runs: claims, slots, leases, and an end without loss."""

import threading
import time
from contextlib import contextmanager

from tests.work.conftest import APP
from watchdog.store.wake import Waker
from watchdog.work.worker import Leases, Worker


@contextmanager
def running(house):
    worker = Worker(house.tools, lambda: Waker(house.client))
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def eventually(condition, timeout_s=15.0):
    deadline = time.monotonic() + timeout_s
    while not (result := condition()):
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)
    return result


def test_a_hook_leads_to_a_verdict_a_revert_and_its_messages(house, first):
    good = house.held
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    with running(house):
        house.hook()
        eventually(lambda: len(house.receiver.received) == 2)
    assert house.held == good != bad
    assert [received.body["kind"] for received in house.receiver.received] == ["wrong", "reverted"]


def test_a_start_makes_every_tag_due(house):
    with running(house):
        eventually(lambda: house.tools.looks.size()[0] == 1)


def test_a_worker_reports_of_its_machine(house):
    with running(house):
        eventually(house.tools.self_conditions.reports)


def test_a_look_in_hand_is_finished_before_the_end(house, first):
    fix = house.push(house.repository.commit("fix"))
    house.registry.hang_next(0.5)
    with running(house):
        house.hook()
        eventually(lambda: house.tools.looks.size()[1] == 1)
    assert house.memory.digest == fix
    assert house.tools.looks.size()[1] == 0


def test_a_fault_in_one_look_backs_it_off_and_stops_nothing_else(house, first, caplog):
    with running(house):
        house.tools.looks.announce("this is no tag")
        fix = house.push(house.repository.commit("fix"))
        house.hook()
        eventually(lambda: house.memory.digest == fix)
        eventually(lambda: "A fault while working on" in caplog.text)
    again_ms = house.client.zscore("wd:due:looks", "this is no tag")
    assert again_ms > house.tools.records.now().timestamp() * 1000


def test_the_lease_of_a_long_look_is_renewed_and_that_of_an_endless_one_is_not(house, first):
    house.hook()
    claim = house.claim()
    leases = Leases(house.tools.looks)
    leases.add(claim)
    leases.renew()
    assert leases.held == (claim,)
    house.tools.looks.void_leases()
    leases.renew()
    assert leases.held == ()


def test_a_look_during_which_another_hook_came_is_done_again(house, first):
    house.hook()
    claim = house.claim()
    house.hook()
    assert house.claim() is None
    house.examiner.examine(claim)
    assert house.claim() is not None
