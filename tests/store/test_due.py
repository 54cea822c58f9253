"""Every transition of the due set, against both servers."""

import time

import pytest

from watchdog.errors import StaleLeaseError, StoreError
from watchdog.store.connection import connect, now_ms
from watchdog.store.due import HINT_MAX_BYTES, DueSet
from watchdog.store.keys import due_keys
from watchdog.store.scripts import HINTS_MAX

TAG = "quay.io/crunchtools/acquacotta:latest"
OTHER = "quay.io/crunchtools/other:latest"
HOUR_MS = 3_600_000


def test_an_empty_set_has_nothing_to_claim(looks):
    assert looks.claim() is None
    assert looks.next_due_ms() is None
    assert looks.size() == (0, 0)


def test_an_announced_member_is_claimed_at_once(looks, client):
    before = now_ms(client)
    looks.announce(TAG)
    claim = looks.claim()
    assert (claim.member, claim.announced, claim.hints) == (TAG, True, ())
    assert claim.expired_leases == 0
    assert before <= claim.now_ms <= now_ms(client)
    assert looks.size() == (0, 1)


def test_a_scheduled_member_is_claimed_by_time_without_being_announced(looks):
    looks.schedule([(TAG, 0)])
    claim = looks.claim()
    assert (claim.member, claim.announced, claim.generation) == (TAG, False, 0)


def test_a_burst_of_announcements_is_one_look(looks):
    for _ in range(5):
        looks.announce(TAG)
    looks.complete(looks.claim(), next_in_ms=HOUR_MS)
    assert looks.claim() is None


def test_a_leased_member_is_not_claimed_twice(looks):
    looks.announce(TAG)
    assert looks.claim() is not None
    looks.announce(TAG)
    looks.schedule([(TAG, 0)])
    assert looks.claim() is None


def test_what_has_been_due_longest_is_claimed_first(looks):
    looks.announce(OTHER)
    time.sleep(0.003)
    looks.announce(TAG)
    looks.announce(OTHER)
    assert [looks.claim().member, looks.claim().member] == [OTHER, TAG]


def test_scheduling_never_makes_a_member_due_later(looks):
    looks.announce(TAG)
    looks.schedule([(TAG, HOUR_MS)])
    assert looks.next_due_ms() == 0


def test_scheduling_makes_a_member_due_earlier(looks):
    looks.schedule([(TAG, HOUR_MS)])
    looks.schedule([(TAG, 1000)])
    assert 0 < looks.next_due_ms() <= 1000
    assert looks.size() == (1, 0)


def test_many_members_are_scheduled_in_one_call(looks):
    looks.schedule((f"quay.io/many/image:{number}", number) for number in range(2500))
    assert looks.size() == (2500, 0)


def test_scheduling_a_leased_member_has_it_looked_at_again(looks):
    looks.schedule([(TAG, 0)])
    claim = looks.claim()
    looks.schedule([(TAG, HOUR_MS)])
    looks.complete(claim, next_in_ms=HOUR_MS)
    assert looks.claim().member == TAG


def test_a_completed_member_is_due_again_after_its_delay(looks):
    looks.announce(TAG)
    looks.complete(looks.claim(), next_in_ms=60_000)
    assert looks.claim() is None
    assert 50_000 < looks.next_due_ms() <= 60_000
    assert looks.size() == (1, 0)


def test_a_member_completed_for_good_leaves_nothing_behind(looks, client):
    looks.announce(TAG, hint="sha256:1")
    looks.complete(looks.claim(), next_in_ms=None)
    assert client.keys() == []


def test_a_member_at_rest_costs_one_entry_in_one_key(looks, client):
    looks.announce(TAG, hint="sha256:1")
    looks.complete(looks.claim(), next_in_ms=HOUR_MS)
    assert client.keys() == [due_keys("looks")[0].encode()]


@pytest.mark.parametrize("next_in_ms", [None, HOUR_MS])
def test_a_member_whose_generation_moved_meanwhile_is_due_at_once(looks, next_in_ms):
    looks.announce(TAG)
    claim = looks.claim()
    looks.announce(TAG)
    looks.complete(claim, next_in_ms=next_in_ms)
    assert looks.next_due_ms() == 0
    assert looks.claim().announced


def test_after_a_completed_look_the_next_one_is_by_time(looks):
    looks.announce(TAG)
    looks.complete(looks.claim(), next_in_ms=0)
    assert not looks.claim().announced


def test_a_lease_that_ran_out_is_claimed_again_and_counted(looks, claim_and_die):
    looks.announce(TAG, hint="sha256:1")
    for expected in range(4):
        claim = claim_and_die()
        assert (claim.expired_leases, claim.hints, claim.announced) == (
            expected,
            ("sha256:1",),
            True,
        )


def test_a_completed_claim_resets_the_count_of_expired_leases(looks, claim_and_die):
    looks.announce(TAG)
    claim_and_die()
    looks.complete(looks.claim(), next_in_ms=0)
    assert looks.claim().expired_leases == 0


def test_giving_back_keeps_the_count_of_expired_leases(looks, claim_and_die):
    looks.announce(TAG)
    claim_and_die()
    looks.give_back(looks.claim())
    assert looks.claim().expired_leases == 1


def test_a_lease_that_ran_out_may_be_completed_while_nobody_else_holds_it(looks, claim_and_die):
    looks.announce(TAG)
    looks.complete(claim_and_die(), next_in_ms=HOUR_MS)
    assert looks.claim() is None


def test_renewed_leases_begin_anew_and_lost_ones_are_told(looks, dying):
    looks.announce(TAG)
    looks.announce(OTHER)
    first, second = looks.claim(), looks.claim()
    dying.renew([first, second])
    assert looks.next_due_ms() <= 1
    assert looks.renew([second, first]) == (second, first)
    assert looks.next_due_ms() > 15_000
    looks.complete(first, next_in_ms=HOUR_MS)
    assert looks.renew([first, second]) == (second,)
    assert looks.renew([]) == ()


def test_what_is_given_back_is_due_again_with_hints_and_generation(looks):
    looks.announce(TAG, hint="sha256:1")
    claim = looks.claim()
    looks.give_back(claim)
    again = looks.claim()
    assert (again.hints, again.generation, again.announced) == (("sha256:1",), 1, True)
    assert again.token != claim.token


def test_what_is_given_back_for_later_is_due_later(looks):
    looks.announce(TAG)
    looks.give_back(looks.claim(), in_ms=60_000)
    assert 50_000 < looks.next_due_ms() <= 60_000


def test_what_is_given_back_for_later_is_due_at_once_if_it_was_announced_meanwhile(looks):
    looks.announce(TAG)
    claim = looks.claim()
    looks.announce(TAG)
    looks.give_back(claim, in_ms=HOUR_MS)
    assert looks.next_due_ms() == 0


def test_the_end_of_a_lease_counts_as_something_due(looks):
    looks.announce(TAG)
    looks.claim()
    assert 15_000 < looks.next_due_ms() <= 20_000


def test_voided_leases_are_due_now_and_their_tokens_worth_nothing(looks):
    looks.announce(TAG, hint="sha256:1")
    looks.announce(OTHER)
    stale, _ = looks.claim(), looks.claim()
    assert looks.void_leases() == 2
    assert looks.void_leases() == 0
    assert looks.size() == (2, 0)
    with pytest.raises(StaleLeaseError):
        looks.complete(stale, next_in_ms=0)
    again = looks.claim()
    assert (again.member, again.hints, again.expired_leases) == (TAG, ("sha256:1",), 1)


def test_due_sets_do_not_mix(looks, client):
    looks.announce(TAG)
    assert DueSet(client, "lanes").claim() is None


def test_the_scripts_survive_a_restart_of_the_server(looks, client):
    looks.announce(TAG)
    client.script_flush()
    assert looks.claim().member == TAG


def test_an_unreachable_store_is_a_store_error(tmp_path):
    gone = DueSet(connect(f"unix://{tmp_path}/gone.sock"), "looks")
    with pytest.raises(StoreError, match=r"announcing \(looks\)") as caught:
        gone.announce(TAG)
    assert caught.value.retryable
    with pytest.raises(StoreError):
        gone.size()


def test_hints_stay_until_a_completed_claim_considered_them(looks):
    looks.announce(TAG, hint="first")
    looks.give_back(looks.claim())
    looks.announce(TAG, hint="second")
    claim = looks.claim()
    assert claim.hints == ("first", "second")
    looks.announce(TAG, hint="third")
    looks.complete(claim, next_in_ms=HOUR_MS)
    assert looks.claim().hints == ("third",)


def test_a_hint_that_is_repeated_during_the_look_is_considered_again(looks):
    looks.announce(TAG, hint="sha256:1")
    claim = looks.claim()
    looks.announce(TAG, hint="sha256:1")
    looks.complete(claim, next_in_ms=HOUR_MS)
    assert looks.claim().hints == ("sha256:1",)


def test_hints_that_could_not_be_considered_are_kept_for_the_next_claim(looks):
    looks.announce(TAG, hint="first")
    looks.complete(looks.claim(), next_in_ms=0, keep_hints=True)
    claim = looks.claim()
    assert (claim.hints, claim.announced) == (("first",), False)
    looks.complete(claim, next_in_ms=0)
    claim = looks.claim()
    assert claim.hints == ()
    looks.announce(TAG, hint="first")
    looks.complete(claim, next_in_ms=0, keep_hints=True)
    claim = looks.claim()
    looks.announce(TAG, hint="second")
    looks.complete(claim, next_in_ms=HOUR_MS, keep_hints=True)
    claim = looks.claim()
    assert claim.hints == ("first", "second")
    looks.complete(claim, next_in_ms=0)
    assert looks.claim().hints == ()


def test_of_too_many_hints_the_newest_different_ones_stay(looks):
    for number in [*range(HINTS_MAX + 3), 5]:
        looks.announce(TAG, hint=f"hint {number}")
    hints = looks.claim().hints
    assert len(hints) == HINTS_MAX
    assert hints[0] == "hint 3"
    assert hints[-2:] == (f"hint {HINTS_MAX + 2}", "hint 5")


def test_a_hint_that_is_too_long_is_left_out_and_the_member_is_due_all_the_same(looks):
    looks.announce(TAG, hint="ü" * (HINT_MAX_BYTES // 2))
    looks.announce(TAG, hint="ü" * (HINT_MAX_BYTES // 2) + "x")
    assert looks.claim().hints == ("ü" * (HINT_MAX_BYTES // 2),)


def test_a_hint_is_returned_as_it_was_whatever_it_holds(looks):
    looks.announce(TAG, hint="\x00 \ud800 ü \n'")
    assert looks.claim().hints == ("\x00 \ud800 ü \n'",)
