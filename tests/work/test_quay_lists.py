"""When Quay's lists are relied upon, when not, and what people are told of repositories."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from tests.work.listing import HOUR_S, INTERVAL, fill, looks_due, requests_of, sweep, timed
from watchdog.core.memory import TagMemory
from watchdog.errors import StaleLeaseError, StoreError
from watchdog.settings import Settings
from watchdog.store.connection import connect
from watchdog.store.embedded import EmbeddedStore, bundled_server
from watchdog.work.sweep import do_chore, make_all_due

DAY = timedelta(days=1)
BETWEEN_LISTS = {
    "another-worker-took-over": (StaleLeaseError, lambda house: house.tools.chores.void_leases()),
    "the-store-died": (StoreError, lambda house: house.store.stop()),
}


def due_in(house, tag=None):
    (due,) = house.tools.records.next_looks([tag or house.tag]).values()
    return due - house.tools.records.now()


@pytest.fixture
def listed(house, first):
    """A watched tag that relies on a list."""
    house.look()
    sweep(house)
    assert timed(house) > INTERVAL
    return house


def test_a_listed_tag_has_its_own_look_within_a_day_and_not_all_at_once(listed):
    times = [timed(listed) for _ in range(50)]
    assert all(DAY * 0.75 <= time <= DAY for time in times)
    assert len(set(times)) > 40


def test_a_look_at_a_listed_tag_is_the_last_for_a_day_unless_something_is_open(listed):
    waits = []
    for _ in range(5):
        listed.client.delete("wd:due:looks")
        listed.tools.looks.schedule([(str(listed.tag), 0)])
        listed.examiner.examine(listed.claim())
        waits.append(round(due_in(listed).total_seconds()))
    assert waits[:3] == [5, 15, 60]
    assert waits[4] > DAY.total_seconds() * 0.7


def test_a_tag_that_lags_by_a_rule_is_looked_at_often_enough_to_see_it(listed):
    listed.policy({"max_lag": "2h"})
    assert timed(listed) == timedelta(minutes=12)
    listed.policy({"max_lag": "10m"})
    assert timed(listed) == INTERVAL


def test_what_is_not_right_keeps_the_look_interval(listed):
    assert timed(listed, memory=TagMemory()) == INTERVAL
    listed.push(listed.sibling.commit("x"), source=listed.source(f"{APP}-old"))
    listed.policy({"enforce": "alert"})
    listed.look()
    assert timed(listed) == INTERVAL


def test_a_tag_of_another_kind_of_registry_keeps_the_look_interval(stack, redis_client, tmp_path):
    house = House(stack, redis_client, tmp_path, {}, kind="oci")
    house.pushed(house.repository.commit("first"))
    assert timed(house) == INTERVAL
    assert house.tools.chores.next_due_ms() is None


def test_a_private_repository_is_relied_upon_with_a_token_that_sees_it(house, first):
    house.registry.quay.create(APP, public=False)
    sweep(house)
    assert timed(house) == INTERVAL
    house.registry.quay.grant("a-token-that-reads", scope="repo:read")
    token = {"WATCHDOG_QUAY_TOKEN": "a-token-that-reads"}
    house.settings = Settings.from_environ({"WATCHDOG_DATA": str(house.settings.data), **token})
    house.policy({})
    sweep(house)
    assert timed(house) > INTERVAL


def test_lists_that_ceased_are_not_relied_upon(listed):
    listed.ahead = timedelta(minutes=16)
    assert timed(listed) == INTERVAL


def test_a_list_that_fails_brings_the_timers_back_at_once_and_once(listed):
    listed.tools.looks.complete(due(listed), next_in_ms=DAY.total_seconds() * 1000)
    listed.registry.fail_next(503)
    sweep(listed)
    assert timedelta() < due_in(listed) <= INTERVAL
    assert timed(listed) == INTERVAL
    assert 290_000 < listed.tools.chores.next_due_ms() <= 300_000
    listed.client.delete("wd:due:looks")
    listed.registry.fail_next(503)
    sweep(listed)
    assert listed.tools.looks.size() == (0, 0)
    sweep(listed)
    assert timed(listed) > INTERVAL


def test_a_quay_that_asks_for_more_time_is_listed_later(listed):
    listed.registry.fail_next(503, retry_after="600")
    sweep(listed)
    assert 590_000 < listed.tools.chores.next_due_ms() <= 600_000


def test_timers_come_back_though_the_worker_that_wanted_it_died(listed):
    listed.client.delete("wd:due:looks")
    listed.client.hset(
        "wd:quay:lists",
        f"{listed.registry.host}/crunchtools",
        b'{"read_at":"2026-01-01T00:00:00Z","failing":"503","owed":true}',
    )
    listed.registry.fail_next(503)
    sweep(listed)
    assert due_in(listed) <= INTERVAL


def test_lists_that_are_never_read_to_their_end_count_as_failing(listed):
    listed.client.delete("wd:due:chores")
    listed.tools.chores.schedule([(f"quay-moves:{listed.registry.host}/crunchtools", 0)])
    for _ in range(3):
        listed.claim(listed.tools.chores)
        listed.tools.chores.void_leases()
    claim = listed.claim(listed.tools.chores)
    assert requests_of(listed, lambda: do_chore(listed.tools, claim)) == []
    assert timed(listed) == INTERVAL


def test_a_repository_that_is_missing_once_is_looked_at_and_not_told(listed):
    hide(listed)
    sweep(listed)
    assert looks_due(listed) == [listed.tag]
    assert timed(listed) == INTERVAL
    hide(listed, public=True)
    sweep(listed)
    assert listed.told() == []
    assert timed(listed) > INTERVAL


def test_a_repository_that_vanished_is_told_once_and_so_is_its_return(listed):
    hide(listed)
    for _ in range(4):
        sweep(listed)
    assert listed.told() == ["repository-gone"]
    assert str(listed.tag.repository) in listed.receiver.received[0].body["title"]
    listed.client.delete("wd:due:looks")
    hide(listed, public=True)
    for _ in range(2):
        sweep(listed)
    assert looks_due(listed) == [listed.tag]
    assert listed.told() == ["repository-gone", "repository-back"]


def test_many_that_vanish_together_are_one_message(house):
    image, source = f"{house.registry.host}/crunchtools/*", house.source("crunchtools/{name}")
    house.policy({"image": image, "source": source})
    tags = fill(house, 12)
    sweep(house)
    for tag in tags:
        house.registry.quay.delete(tag.repository.path)
    for _ in range(2):
        sweep(house)
    assert house.told() == ["repository-gone"]
    assert "12 repositories of" in house.receiver.received[0].body["title"]


def test_where_the_rule_only_observes_nothing_is_told_of_a_repository(listed):
    listed.policy({"enforce": "observe"})
    hide(listed)
    for _ in range(3):
        sweep(listed)
    assert listed.told() == []


def test_a_repository_that_is_not_watched_any_more_is_forgotten(listed):
    listed.policy({"image": f"{listed.registry.host}/crunchtools/other"})
    hide(listed)
    for _ in range(3):
        sweep(listed)
    assert listed.told() == []
    assert listed.client.keys("wd:quay:repositories:*") == []


def test_the_namespaces_of_a_glob_are_listed_from_their_first_tag_on(house, first):
    house.policy({"image": f"{house.registry.host}/*/acquacotta"})
    house.client.delete("wd:due:chores")
    make_all_due(house.tools)
    chore = f"quay-moves:{house.registry.host}/crunchtools"
    assert house.client.zscore("wd:due:chores", chore) is None
    house.look()
    assert house.client.zscore("wd:due:chores", chore)
    sweep(house)
    assert timed(house) > INTERVAL


def test_a_start_has_every_namespace_listed(house):
    make_all_due(house.tools)
    chores = house.client.zrange("wd:due:chores", 0, -1)
    assert f"quay-moves:{house.registry.host}/crunchtools".encode() in chores


@pytest.mark.parametrize(("error", "happens"), BETWEEN_LISTS.values(), ids=BETWEEN_LISTS)
def test_what_moved_is_found_though_its_list_was_not_remembered(tmp_path, error, happens):
    with ExitStack() as stack:
        store = EmbeddedStore(tmp_path / "store", binary=bundled_server())
        stack.callback(store.stop)
        store.start()
        house = House(stack, connect(store.url), tmp_path, {"enforce": "revert"})
        house.store = store
        house.registry.clock.advance(-HOUR_S)
        older = house.push(house.repository.commit("first"))
        sweep(house)
        house.look()
        sweep(house)
        house.client.delete("wd:due:looks", "wd:due:looks:generations")
        house.registry.clock.advance(HOUR_S / 2)
        newer = house.push(house.repository.commit("newer"))
        house.registry.before_next("GET", "/api/v1/repository", lambda: happens(house))
        with pytest.raises(error):
            sweep(house)
        if not store.alive():
            store.start()
            house.tools.chores.void_leases()
        house.client.delete("wd:due:looks")
        sweep(house)
        assert looks_due(house) == [house.tag]
        house.examiner.examine(house.claim())
        assert house.memory.digest == newer != older


def hide(house, *, public=False):
    """Take the repository out of the list, or put it back."""
    house.client.delete("wd:due:looks")
    house.registry.quay.create(APP, public=public)


def due(house):
    """Claim the watched tag."""
    house.tools.looks.schedule([(str(house.tag), 0)])
    return house.claim()
