"""Putting back the way Quay does it: its restore, what that displaced, and what if it refuses."""

import pytest

from tests.work.conftest import APP, House
from tests.work.reverting import decided
from watchdog.core.verdict import Code

TOKEN = "a-token-that-may-write"
RESTORE = f"/api/v1/repository/{APP}/tag/latest/restore"


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a Quay that knows our token."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, WATCHDOG_QUAY_TOKEN=TOKEN)
    house.registry.clock.freeze()
    house.registry.quay.grant(TOKEN, scope="repo:write")
    return house


def posts(house):
    return [path for method, path in house.registry.requests if method == "POST"]


def puts(house):
    return [path for method, path in house.registry.requests if method == "PUT"]


def reverts(house):
    return [move for move in house.tools.records.history(house.tag) if "revert" in move.event]


def what_happened(house):
    """The newest message."""
    house.told()
    return str(house.receiver.received[-1].body)


def test_quay_restores_the_trusted_build_and_no_byte_is_pushed(house, wrong):
    good, _ = wrong
    house.look()
    assert house.held == good
    assert (posts(house), puts(house)) == ([RESTORE], [])
    assert house.told() == ["wrong", "reverted"]
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told() == ["wrong", "reverted"]


def test_a_replica_that_lags_is_asked_again_until_it_shows_it(house, wrong):
    claim, memory = decided(house)
    house.registry.before_next("POST", RESTORE, lambda: house.registry.quay.stale_history(3))
    house.carry_out(claim, memory)
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_a_tag_that_moved_since_it_was_judged_is_not_restored(house, wrong):
    claim, memory = decided(house)
    fix = house.push(house.repository.commit("fix"))
    house.carry_out(claim, memory)
    assert house.held == fix
    assert posts(house) == []


def test_signatures_that_quay_let_expire_are_restored_with_the_build(house, first):
    good = house.held
    signature = house.registry.tag(APP, f"sha256-{good.hex}.sig")
    house.registry.push(house.build("", labels={}), signature)
    house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    assert house.registry.digest(signature) is None
    house.look()
    assert house.registry.digest(signature)
    assert signature.name in what_happened(house)


def test_where_quay_refuses_a_robot_s_bytes_do(house, wrong):
    house.registry.quay.revoke(TOKEN)
    house.look()
    assert house.held == wrong[0]
    assert puts(house)[-1] == f"/v2/{APP}/manifests/latest"
    assert house.told() == ["wrong", "reverted"]


def test_where_both_refuse_a_person_gets_the_reasons_and_the_command(house, wrong):
    house.registry.quay.protect(house.tag)
    house.look()
    assert house.held == wrong[1]
    assert house.told() == ["wrong", "revert-failed"]
    said = what_happened(house)
    assert "could not restore it, because" in said
    assert "immutable" in said
    assert f"{RESTORE}`" in said
    assert TOKEN not in said


def test_an_immutable_tag_is_not_fought_over(house, wrong):
    house.registry.quay.protect(house.tag)
    house.look()
    attempts = len(posts(house))
    house.look()
    assert house.told() == ["wrong", "revert-failed"]
    assert len(posts(house)) <= attempts + 1


def test_what_quay_has_lost_is_pushed_from_what_was_kept(house, wrong):
    house.registry.quay.forget(APP, wrong[0])
    house.look()
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_a_person_puts_back_what_nobody_can_read_any_more(house, first):
    """Quay restores by the digest alone; the history says what it was built from."""
    old = house.held
    house.pushed(house.repository.commit("fix"))
    house.client.delete("wd:content", "wd:content:ages", "wd:content:size")
    house.policy({"enforce": "alert"})
    house.answer("revert", to=old, reason="login is broken")
    house.registry.fail_next(404)
    house.look()
    assert house.held == old
    assert (posts(house), puts(house)) == ([RESTORE], [])
    assert (house.memory.trusted.digest, house.memory.trusted.revision) == (old, first)
    assert house.tools.records.trusted_manifests(house.tag) == ()
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told() == ["reverted"]


def test_what_the_tag_never_held_is_not_trusted_unread(house, first):
    house.policy({"enforce": "alert"})
    house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.look()
    house.answer("trust", digest=house.build("0" * 40).digest)
    house.look()
    assert house.told() == ["wrong", "order-failed"]
    assert house.memory.trusted.code is Code.FIRST_SEEN
