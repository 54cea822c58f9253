"""What is written with a lease in hand: all of it, or with a stale token nothing."""

import pytest

from watchdog.errors import StaleLeaseError, StoreError
from watchdog.store.due import WRITE_ARGUMENTS_MAX, DueSet

TAG = "quay.io/crunchtools/acquacotta:latest"
OTHER = "quay.io/crunchtools/other:latest"
HOUR_MS = 3_600_000


@pytest.mark.parametrize("act", ["complete", "commit", "drop"])
def test_a_stale_token_is_refused_and_nothing_is_written(looks, claim_and_die, client, act):
    looks.announce(TAG)
    stale = claim_and_die()
    fresh = looks.claim()
    writes = [("SET", "key", "value")]
    acts = {
        "complete": lambda: looks.complete(
            stale, next_in_ms=0, writes=writes, announce=[("lanes", "a")]
        ),
        "commit": lambda: looks.commit(stale, writes, [("lanes", "a")]),
        "drop": lambda: looks.drop(stale, writes),
    }
    with pytest.raises(StaleLeaseError, match="acquacotta:latest"):
        acts[act]()
    assert client.get("key") is None
    assert DueSet(client, "lanes").size() == (0, 0)
    assert looks.size() == (0, 1)
    assert looks.renew([stale, fresh]) == (fresh,)


def test_a_claim_is_completed_once(looks, client):
    looks.announce(TAG)
    claim = looks.claim()
    looks.complete(claim, next_in_ms=HOUR_MS, writes=[("INCR", "n")])
    with pytest.raises(StaleLeaseError):
        looks.complete(claim, next_in_ms=HOUR_MS, writes=[("INCR", "n")])
    assert client.get("n") == b"1"


def test_a_lost_lease_is_left_alone_when_it_is_given_back(looks, claim_and_die):
    looks.announce(TAG)
    stale = claim_and_die()
    looks.claim()
    looks.give_back(stale)
    assert looks.size() == (0, 1)


def test_writes_are_applied_in_order_with_any_bytes(looks, client):
    every_byte = bytes(range(256))
    looks.announce(TAG)
    writes = [
        ("SET", "key", b"before"),
        ("SET", "key", every_byte),
        ("RPUSH", b"list\xff", "ü", 7, b""),
        ("DEL", "nothing"),
    ]
    looks.complete(looks.claim(), next_in_ms=HOUR_MS, writes=writes)
    assert client.get("key") == every_byte
    assert client.lrange(b"list\xff", 0, -1) == ["ü".encode(), b"7", b""]


def test_a_write_may_have_thousands_of_words(looks, client):
    looks.announce(TAG)
    words = range(WRITE_ARGUMENTS_MAX - 2)
    looks.complete(looks.claim(), next_in_ms=0, writes=[("RPUSH", "list", *words)])
    assert client.llen("list") == len(words)


@pytest.mark.parametrize("write", [(), ("RPUSH", "list", *range(WRITE_ARGUMENTS_MAX))])
def test_a_write_of_no_or_too_many_words_is_refused_before_anything_is_written(
    looks, client, write
):
    looks.announce(TAG)
    claim = looks.claim()
    with pytest.raises(ValueError, match="words"):
        looks.complete(claim, next_in_ms=0, writes=[("SET", "key", "value"), write])
    assert client.get("key") is None


def test_a_full_server_refuses_a_transaction_before_its_first_write(looks, client):
    client.set("key", "value")
    looks.announce(TAG)
    claim = looks.claim()
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(StoreError, match="memory"):
            looks.complete(claim, next_in_ms=0, writes=[("DEL", "key"), ("SET", "k", "v")])
    finally:
        client.config_set("maxmemory", 0)
    assert client.get("key") == b"value"
    assert looks.renew([claim]) == (claim,)


def test_completing_announces_members_of_any_due_set(looks, client):
    looks.announce(TAG)
    pairs = [("lanes", "slack|a"), ("looks", OTHER), ("lanes", "matrix|a"), ("chores", "sweep")]
    looks.complete(looks.claim(), next_in_ms=HOUR_MS, announce=pairs)
    lanes, chores = DueSet(client, "lanes"), DueSet(client, "chores")
    assert {lanes.claim().member, lanes.claim().member} == {"slack|a", "matrix|a"}
    assert (looks.claim().member, chores.claim().member) == (OTHER, "sweep")


def test_a_member_may_announce_itself(looks):
    looks.announce(TAG)
    looks.complete(looks.claim(), next_in_ms=HOUR_MS, announce=[("looks", TAG)])
    assert looks.claim().announced


def test_committing_writes_and_keeps_the_lease(looks, client):
    looks.announce(TAG, hint="sha256:1")
    claim = looks.claim()
    looks.commit(claim, [("SET", "key", "value")], [("lanes", "slack|a")])
    assert client.get("key") == b"value"
    assert DueSet(client, "lanes").claim().member == "slack|a"
    assert looks.size() == (0, 1)
    looks.complete(claim, next_in_ms=HOUR_MS)


def test_committing_lets_the_lease_begin_anew(looks, claim_and_die):
    looks.announce(TAG)
    claim = claim_and_die()
    looks.commit(claim, [])
    assert looks.claim() is None
    assert looks.next_due_ms() > 0


def test_a_dropped_member_is_forgotten_altogether(looks, client):
    looks.announce(TAG, hint="sha256:1")
    looks.drop(looks.claim(), [("SET", "key", "value")])
    assert client.keys() == [b"key"]


def test_a_dropped_member_that_was_announced_meanwhile_stays(looks):
    looks.announce(TAG)
    claim = looks.claim()
    looks.announce(TAG, hint="sha256:1")
    looks.drop(claim)
    assert looks.claim().hints == ("sha256:1",)
