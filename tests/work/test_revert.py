"""The guards of a revert: each is broken once, and must hold."""

from dataclasses import replace
from datetime import timedelta

from tests.work.conftest import APP
from tests.work.reverting import decided, fail_on_put, uploads, writes
from watchdog.core.observation import StoredManifest
from watchdog.core.verdict import Code
from watchdog.demo.images import AMD64, ARM64, build_index


def test_the_bytes_that_are_put_back_are_the_ones_that_were_trusted(house, wrong):
    good, _ = wrong
    house.look()
    assert house.held == good
    assert house.registry.requests.count(("PUT", f"/v2/{APP}/manifests/latest")) == 1


def test_an_index_is_put_back_with_its_children_first(house, first):
    children = [house.build(first, platform=platform) for platform in (AMD64, ARM64)]
    index = build_index(
        children, attestation=b'{"predicateType": "https://slsa.dev/provenance/v1"}'
    )
    house.registry.push(index, house.tag)
    house.look()
    house.push(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.held == index.digest
    puts = [path.rpartition("/")[2] for _, path in uploads(house)]
    assert len(puts) == 5
    assert puts[-2:] == [str(index.digest), "latest"]
    assert {str(child.digest) for child in children} <= set(puts[:-2])


def test_the_global_switch_is_read_when_the_revert_is_carried_out(house, wrong):
    claim, memory = decided(house)
    house.tools.reverts = False
    house.carry_out(claim, memory)
    assert writes(house) == []
    assert house.held == wrong[1]
    assert house.told() == ["wrong", "revert-failed"]


def test_the_fourth_revert_within_a_day_is_left_to_people(house, first):
    zombie, source = house.sibling.commit("pre-fix"), house.source(f"{APP}-old")
    for _ in range(3):
        house.push(zombie, source=source)
        house.look()
    last = house.push(zombie, source=source)
    house.look()
    assert house.held == last
    assert house.told()[-1] == "wrong"
    house.ahead = timedelta(days=1, seconds=1)
    again = house.push(zombie, source=source)
    house.look()
    assert house.held != again


def test_a_trusted_build_that_left_every_allowed_ref_is_not_put_back(house, first):
    mistake = house.repository.commit("mistake")
    house.pushed(mistake)
    house.repository.force("main", first)
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == bad
    assert writes(house) == []


def test_nothing_is_put_back_while_git_cannot_be_asked(house, wrong):
    house.git.fail_next(503, times=10)
    house.look()
    codes = house.memory.verdict.codes
    assert codes == (Code.UNEXPECTED_SOURCE, Code.SOURCE_UNREACHABLE)
    assert writes(house) == []
    assert house.told() == ["wrong"]


def test_an_approved_build_is_left_and_becomes_what_is_put_back(house, wrong):
    _, bad = wrong
    house.approve(bad, "wanted")
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)
    assert house.memory.trusted.digest == house.held == bad


def test_a_rollback_that_a_person_approved_stays_and_what_it_left_is_rejected(house, first):
    old = house.held
    fix = house.repository.commit("fix")
    house.pushed(fix)
    house.registry.move(house.tag, old)
    house.approve(old, "the fix is broken")
    house.look()
    assert house.memory.trusted.digest == old
    digest = house.push(fix)
    house.look()
    assert house.memory.verdict.codes == (Code.ROLLED_BACK,)
    assert house.held == digest
    assert house.pushed(house.repository.commit("better")) == (Code.NEWER,)


def test_a_registry_that_refuses_the_write_is_told_with_its_reason(house, wrong):
    claim, memory = decided(house)
    house.registry.requests.clear()
    fail_on_put(house, 403)
    house.carry_out(claim, memory)
    assert house.held == wrong[1]
    assert house.told() == ["wrong", "revert-failed"]
    facts = house.receiver.received[-1].body["facts"]
    assert "403" in facts["Watchdog"]


def test_a_write_that_failed_for_now_is_tried_again(house, wrong):
    claim, memory = decided(house)
    fail_on_put(house, 503)
    house.carry_out(claim, memory)
    assert house.held == wrong[1]
    assert house.memory.revert is not None
    house.hook()
    claim = house.claim()
    house.carry_out(claim, house.examiner.examine(claim))
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "reverted"]


def test_saved_bytes_that_do_not_match_their_digest_are_not_written(house, wrong):
    claim, memory = decided(house)
    stored = house.tools.records.trusted_manifests(house.tag)
    broken = StoredManifest(stored[0].digest, stored[0].media_type, b"{}")
    name = f"000 {broken.digest}"
    house.client.hset(f"wd:manifests:{house.tag}", name, f"{broken.media_type}\n{{}}")
    house.carry_out(claim, memory)
    assert writes(house) == []
    assert house.told() == ["wrong", "revert-failed"]


def test_a_rule_that_only_alerts_says_that_it_would_have_put_back(house, wrong):
    house.policy({"enforce": "alert"})
    house.look()
    assert writes(house) == []
    assert house.told() == ["wrong"]
    assert "would be put back" in house.receiver.received[-1].body["facts"]["Watchdog"]


def test_a_finding_that_the_rule_does_not_list_is_not_reverted(house, wrong):
    house.policy({"enforce": "revert", "revert_on": ["older-commit"]})
    house.look()
    assert writes(house) == []


def test_a_look_is_given_up_after_three_leases_that_ran_out(house, first):
    house.hook()
    claim = replace(house.claim(), expired_leases=3)
    house.examiner.examine(claim)
    assert house.memory.verdict.codes == (Code.UNREADABLE,)
    due = house.tools.records.next_looks([house.tag])[house.tag]
    assert due - house.tools.records.now() > timedelta(minutes=55)


def test_a_base_that_is_watched_too_does_not_hold_back_reverts(house, first):
    base = house.registry.tag("crunchtools/base")
    watched = {"image": str(base.repository), "source": house.source()}
    house.policy({"enforce": "revert"}, watch=[watched], bases=[str(base)])
    house.registry.push(house.build(first), base)
    house.look(base)
    good = house.held
    house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.held == good


def test_a_refused_write_is_told_once_and_tried_again_quietly(house, wrong):
    for _ in range(2):
        claim, memory = decided(house)
        fail_on_put(house, 403)
        house.carry_out(claim, memory)
    assert house.told() == ["wrong", "revert-failed"]
    assert house.memory.reverts == ()
    house.look()
    assert house.held == wrong[0]


def test_an_approval_stops_a_revert_that_was_decided(house, wrong):
    claim, memory = decided(house)
    house.approve(wrong[1], "wanted")
    house.carry_out(claim, memory)
    assert writes(house) == []
    house.look()
    assert house.memory.verdict.codes == (Code.APPROVED,)
    assert house.held == wrong[1]


def test_an_approval_ends_with_the_next_newer_build(house, first):
    old = house.held
    house.approve(old, "for an hour")
    house.pushed(house.repository.commit("fix"))
    house.registry.move(house.tag, old)
    house.look()
    assert set(house.memory.verdict.codes) == {Code.OLDER_COMMIT, Code.PUT_BACK}
