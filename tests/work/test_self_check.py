"""The chore that looks at the watchdog itself, over the real store."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from tests.work.conftest import House
from watchdog.core.self_condition import OVER_AFTER, SelfCode
from watchdog.core.self_trouble import FETCHES_FAILED_MIN, NodeReport
from watchdog.errors import RemoteError
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.embedded import EmbeddedStore, bundled_server
from watchdog.work.node import Reporter
from watchdog.work.self_check import SELF_CHECK

MINUTE, GIB = timedelta(minutes=1), 1024**3


class Watched(House):
    """A House that looks at itself every few minutes."""

    def later(self, span=15 * MINUTE, **machine):
        """Look again after so long; a worker reports before, if anything is said of its machine.

        Returns the kinds of all messages so far.
        """
        self.ahead += span
        if machine:
            self.report(**machine)
        return self.check_self()

    def over(self):
        """Look twice more, so that what is well counts as over."""
        self.later(MINUTE)
        return self.later(OVER_AFTER)

    def report(self, worker="node-a:1", *, age=timedelta(), **changes):
        """Let a worker report, as of that long before the next look."""
        at = self.tools.records.now() + self.ahead - age
        values = {"clock_ahead": timedelta(), "disk_free": 9 * GIB, "disk_total": 10 * GIB}
        node = worker.partition(":")[0]
        self.tools.self_conditions.report(worker, NodeReport(node, at, **(values | changes)))

    @property
    def open(self):
        conditions = self.tools.self_conditions.conditions().values()
        return {one.trouble.code for one in conditions if one.is_open}

    @property
    def last(self):
        return self.receiver.received[-1].body


@pytest.fixture
def own_store(stack, tmp_path):
    """A client of a store that a test may spoil."""
    store = stack.enter_context(EmbeddedStore(tmp_path / "store", binary=bundled_server()))
    client = connect(store.url)
    stack.callback(client.close)
    return client


@pytest.fixture
def house(stack, redis_client, tmp_path):
    return Watched(stack, redis_client, tmp_path, {})


def test_where_all_is_well_nothing_is_open_and_nothing_told(house):
    house.report()
    assert house.later() == house.later() == []
    assert house.open == set()
    assert house.tools.self_conditions.checked_at() is not None


def test_a_chore_at_every_start_looks_at_the_watchdog(house):
    house.report(disk_free=1)
    house.chore("self-check")
    assert house.open == {SelfCode.DISK_LOW}


def test_late_looks_are_told_once_and_once_that_they_are_done_in_time(house, first):
    name = str(house.tag)
    house.client.zadd(keys.due_keys(keys.LOOKS)[0], {name: round((time.time() - 300) * 1000)})
    assert house.check_self() == []
    assert house.open == {SelfCode.SWEEP_LATE}
    assert house.later() == house.later() == ["sweep-late"]
    assert name not in str(house.last)
    house.look()
    assert house.over() == ["sweep-late", "sweep-late-over"]
    assert house.last["title"] == "Looks and chores are done in time again"


NODES = {
    "disk": ({"disk_free": GIB // 2}, SelfCode.DISK_LOW),
    "clock": ({"clock_ahead": timedelta(seconds=-31)}, SelfCode.CLOCK_APART),
}


def test_a_chore_that_does_not_end_is_late_but_for_this_one(house):
    long_ago = house.tools.records.now() - 10 * MINUTE
    house.tools.undone.begin(SELF_CHECK, long_ago)
    house.check_self()
    assert house.open == set()
    house.tools.undone.begin("outages", long_ago)
    house.check_self()
    assert house.open == {SelfCode.SWEEP_LATE}


@pytest.mark.parametrize(("found", "code"), NODES.values(), ids=NODES)
def test_each_machine_is_told_by_its_name_and_over_when_its_worker_says_so(house, found, code):
    for _ in range(3):
        house.later(**found)
        house.report("node-b:1")
    assert house.told() == [str(code)]
    assert house.last["title"].startswith("node-a: ")
    house.later(MINUTE, disk_free=9 * GIB)
    assert house.later(OVER_AFTER)[-1] == f"{code}-over"


def test_two_workers_on_one_machine_are_one_condition(house):
    for _ in range(3):
        house.later(disk_free=1)
        house.report("node-a:2", disk_free=1)
    assert house.told() == ["disk-low"]


def test_a_worker_that_is_gone_is_forgotten_with_what_it_said(house):
    house.report(disk_free=1, age=6 * MINUTE)
    house.report("node-b:1")
    house.check_self()
    assert house.open == set()
    assert house.tools.self_conditions.reports().keys() == {"node-b:1"}


def test_a_worker_reports_how_its_machine_is(house, tmp_path):
    Reporter(house.tools).report()
    (report,) = house.tools.self_conditions.reports().values()
    assert report.disk_free is None
    (tmp_path / "data").mkdir()
    reporter = Reporter(house.tools)
    reporter.report()
    (report,) = house.tools.self_conditions.reports().values()
    assert 0 < report.disk_free < report.disk_total
    assert abs(report.clock_ahead) < timedelta(seconds=30)
    house.client.delete(keys.NODES)
    reporter.report()
    assert house.tools.self_conditions.reports() == {}


def test_a_store_that_does_not_answer_costs_a_report_and_no_more(house, caplog):
    house.tools.self_conditions = type(house.tools.self_conditions)(
        connect("redis://127.0.0.1:1/0")
    )
    Reporter(house.tools).report()
    assert "Could not report about this machine" in caplog.text


def test_a_git_host_that_only_the_lag_asks_is_told_when_it_fails(house, first):
    house.policy({"max_lag": "2h"})
    house.look()
    house.git.fail_next(503, times=30)
    mirror = house.tools.mirrors.mirror(house.source())
    for _ in range(FETCHES_FAILED_MIN):
        with pytest.raises(RemoteError, match="503"):
            mirror.refresh(after=float("inf"))
    Reporter(house.tools).report()
    house.check_self()
    assert house.open == {SelfCode.MIRROR_FAILING}
    assert house.memory.outage is None


def test_a_git_host_whose_outage_is_told_of_its_tags_is_not_told_twice(house, first):
    house.push(house.repository.commit("fix"))
    house.git.fail_next(503, times=30)
    for _ in range(3):
        house.look()
    assert house.tools.mirrors.failing(house.tools.records.now())
    Reporter(house.tools).report()
    house.check_self()
    assert house.open == set()


def test_a_store_that_could_not_write_its_snapshot_is_told(stack, own_store, tmp_path):
    place = Path(*(own_store.config_get(name)[name] for name in ("dir", "dbfilename")))
    place.mkdir()
    own_store.bgsave()
    while own_store.info("persistence")["rdb_bgsave_in_progress"]:
        time.sleep(0.01)
    house = Watched(stack, own_store, tmp_path, {})
    house.check_self()
    assert house.later() == ["store-write-failed"]
    assert "snapshot" in str(house.last["facts"])


def test_a_store_without_persistence_is_told(stack, own_store, tmp_path):
    client = own_store
    client.config_set("appendonly", "no")
    house = Watched(stack, client, tmp_path, {})
    assert house.check_self() == []
    assert house.later() == ["store-unsafe"]
    assert "keeps nothing on disk" in str(house.last["facts"])
    client.config_set("appendonly", "yes")
    assert house.over() == ["store-unsafe", "store-unsafe-over"]


def test_a_message_says_where_the_page_is(stack, redis_client, tmp_path):
    house = Watched(stack, redis_client, tmp_path, {}, WATCHDOG_BASE_URL="https://w.example")
    for _ in range(2):
        house.later(disk_free=1)
    assert house.last["link"] == "https://w.example/"
    assert (house.last["subject"], house.last["stage"]) == ("the watchdog", "open")
