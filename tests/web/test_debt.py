"""Hooks while the store is down: answered, owed, and paid when it is back."""

import threading
import time

import pytest

from tests.web import seed
from tests.web.conftest import SECRET
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.due import DueSet
from watchdog.store.embedded import EmbeddedStore, bundled_server
from watchdog.web.app import close_app, create_app
from watchdog.web.debt import Debt

TAG = seed.ACQUACOTTA


@pytest.fixture
def own_store(tmp_path):
    """A store that this test may stop."""
    with EmbeddedStore(tmp_path, binary=bundled_server()) as store:
        yield store


@pytest.fixture
def own_client(own_store):
    client = connect(own_store.url)
    yield client
    client.close()


@pytest.fixture
def make_debt(own_client):
    made = []

    def make(**settings):
        looks, everything = DueSet(own_client, keys.LOOKS), (seed.ACQUACOTTA, seed.ROTV)
        made.append(Debt(looks, lambda: everything, retry_s=0.05, **settings))
        return made[-1]

    yield make
    for debt in made:
        debt.stop()


@pytest.fixture
def debt(make_debt):
    return make_debt()


def eventually(fact):
    deadline = time.monotonic() + 20
    while not (found := fact()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
    return found


def claimed(client):
    return [claim.member for claim in iter(DueSet(client, keys.LOOKS).claim, None)]


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "debt"]


def test_a_hook_while_the_store_is_down_is_taken_and_announced_when_it_is_back(
    own_store, own_client
):
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=own_client,
        hook_secrets=(SECRET,),
    )
    browser = app.test_client()
    own_store.stop()
    sent = {"docker_url": str(TAG.repository), "updated_tags": ["latest", "unwatched"]}
    for _ in range(2):
        answer = browser.post(f"/hooks/quay?token={SECRET}", json=sent)
        assert answer.status_code == 202
        assert answer.json["deferred"] == [str(TAG)]
        assert answer.json["queued"] == []
    own_store.start()
    assert eventually(lambda: claimed(own_client)) == [str(TAG)]
    eventually(lambda: not threads())
    answer = browser.post(f"/hooks/quay?token={SECRET}", json=sent)
    assert answer.json["queued"] == [str(TAG)]
    close_app(app)


def test_nothing_runs_before_the_first_failure(debt):
    assert debt.announce(TAG, "{}")
    assert threads() == []


def test_the_hint_is_owed_with_the_tag(own_store, own_client, debt):
    own_store.stop()
    assert not debt.announce(TAG, '{"from": "quay"}')
    own_store.start()
    claim = eventually(DueSet(own_client, keys.LOOKS).claim)
    assert claim.hints == ('{"from": "quay"}',)


def test_after_a_failure_the_store_is_not_asked_by_further_hooks(own_store, own_client, debt):
    own_store.stop()
    debt.announce(TAG, "first")
    own_store.start()
    debt.announce(TAG, "second")
    claim = eventually(DueSet(own_client, keys.LOOKS).claim)
    assert set(claim.hints) <= {"first", "second"}
    eventually(lambda: not threads())


def test_over_its_bound_it_owes_everything(own_store, own_client, make_debt):
    debt = make_debt(owed_max=1)
    own_store.stop()
    debt.announce(TAG, "one")
    debt.announce(seed.POSTIZ, "two")
    own_store.start()
    eventually(lambda: not threads())
    known = own_client.zrange(keys.due_keys(keys.LOOKS)[0], 0, -1)
    assert {name.decode() for name in known} == {str(seed.ACQUACOTTA), str(seed.ROTV)}


def test_a_stop_pays_what_it_can(own_store, own_client, debt):
    own_store.stop()
    debt.announce(TAG, "{}")
    own_store.start()
    debt.stop()
    assert claimed(own_client) == [str(TAG)]


def test_a_stop_while_the_store_is_down_ends(own_store, debt):
    own_store.stop()
    debt.announce(TAG, "{}")
    debt.stop()
    assert threads() == []


def test_many_hooks_at_once_are_all_paid(own_store, own_client, debt):
    own_store.stop()
    tags = [f"quay.io/crunchtools/image{n}:latest" for n in range(40)]
    workers = [
        threading.Thread(target=debt.announce, args=(seed.Tag.parse(tag), "{}")) for tag in tags
    ]
    for worker in workers:
        worker.start()
    own_store.start()
    for worker in workers:
        worker.join()
    eventually(lambda: not threads())
    assert sorted(claimed(own_client)) == sorted(tags)
