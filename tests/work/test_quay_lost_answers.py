"""A restore whose answer was lost, or whose worker died: counted once, claimed if proven."""

import pytest

from tests.work.conftest import APP, House
from tests.work.reverting import decided
from watchdog.core.verdict import Code
from watchdog.errors import StaleLeaseError
from watchdog.store.quay_applications import application_writes

TOKEN = "a-token-that-may-read-the-log"
RESTORE = f"/api/v1/repository/{APP}/tag/latest/restore"


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a Quay that knows our token, and whose log we may read."""
    house = House(stack, redis_client, tmp_path, {"enforce": "revert"}, WATCHDOG_QUAY_TOKEN=TOKEN)
    house.registry.clock.freeze()
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    return house


@pytest.fixture
def push_bad(house, first):
    """Pushes a robot's bad build."""

    def push():
        house.registry.clock.advance(60)
        image = house.build(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
        return house.registry.push(image, house.tag, by="crunchtools+old")

    return push


@pytest.fixture
def known(house, push_bad):
    """Our application is known, from a first restore."""
    good = house.held
    push_bad()
    house.look()
    assert house.held == good
    assert application(house)
    return good


def application(house):
    host = house.tag.repository.registry
    return house.tools.quay_applications.read(host, house.tools.quay.token_mark(host))


def posts(house):
    return [path for method, path in house.registry.requests if method == "POST"]


def written_by_a_worker_that_died(house):
    """Restore, and lose the lease before that is recorded."""
    claim, memory = decided(house)
    house.registry.before_next("POST", RESTORE, house.tools.looks.void_leases)
    with pytest.raises(StaleLeaseError):
        house.carry_out(claim, memory)


def test_a_restore_whose_answer_was_lost_is_seen_to_be_done(house, known, push_bad):
    push_bad()
    house.registry.lose_answer("POST", RESTORE)
    house.look()
    assert house.held == known
    assert len(posts(house)) == 2
    assert len(house.memory.reverts) == 2
    assert house.told() == ["wrong", "reverted"] * 2


def test_a_restore_that_nothing_proves_is_counted_and_not_claimed(house, push_bad):
    good = house.held
    push_bad()
    house.registry.lose_answer("POST", RESTORE)
    house.look()
    house.look()
    assert house.held == good
    assert len(posts(house)) == len(house.memory.reverts) == 1
    assert application(house) == ""
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told() == ["wrong", "right"]


def test_a_restore_of_a_worker_that_died_is_told_though_reverts_are_off_now(house, known, push_bad):
    push_bad()
    written_by_a_worker_that_died(house)
    house.tools.reverts = False
    house.look()
    assert house.held == known
    assert len(posts(house)) == len(house.memory.reverts) == 2
    assert house.told() == ["wrong", "reverted"] * 2


def test_a_restore_of_a_worker_that_died_is_told_though_a_replica_lags(house, known, push_bad):
    push_bad()
    written_by_a_worker_that_died(house)
    house.registry.stale_reads(1)
    house.look()
    assert len(house.memory.reverts) == 2
    assert house.told() == ["wrong", "reverted"] * 2


@pytest.mark.parametrize("reads", [2, 4])
def test_what_a_worker_that_died_restored_is_one_revert_though_the_history_lags(
    house, known, push_bad, reads
):
    push_bad()
    written_by_a_worker_that_died(house)
    house.registry.quay.stale_history(reads)
    house.look()
    assert house.held == known
    assert house.told() == ["wrong", "reverted"] * 2
    assert len(house.memory.reverts) == 2


def test_what_a_person_restored_while_we_could_not_is_not_claimed(house, known, push_bad):
    push_bad()
    claim, memory = decided(house)

    def restore():
        house.registry.quay.restore_by("alice", house.tag, known)
        house.registry.fail_next(503, times=2)

    house.registry.lose_answer("POST", RESTORE)
    house.registry.quay.read_only = True
    house.registry.before_next("POST", RESTORE, restore)
    house.carry_out(claim, memory)
    house.registry.quay.read_only = False
    house.look()
    house.look()
    assert house.held == known
    assert house.told() == ["wrong", "reverted", "wrong", "right"]


def test_an_application_that_was_learnt_wrongly_is_put_right_by_the_next_restore(
    house, known, push_bad
):
    host, right = house.tag.repository.registry, application(house)
    (write,) = application_writes(host, house.tools.quay.token_mark(host), "ARGO")
    house.client.execute_command(*write)
    push_bad()
    house.look()
    assert application(house) == right


def test_another_token_is_another_application(house, known):
    host = house.tag.repository.registry
    assert house.tools.quay_applications.read(host, "another") == ""
