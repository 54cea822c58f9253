"""What a restore displaced is given back, and what another put back is not said to be our work."""

import pytest

from tests.demo.quay_asking import Asking
from tests.work.conftest import APP, House
from tests.work.reverting import decided
from watchdog.core.pusher import PusherKind
from watchdog.core.verdict import Code

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
def wrong(house, first):
    """A robot's bad build, a minute after the first one; returns the trusted digest and it."""
    house.registry.clock.advance(60)
    return house.held, house.registry.push(foreign(house), house.tag, by="crunchtools+old")


def foreign(house):
    return house.build(house.sibling.commit("pre-fix"), source=house.source(f"{APP}-old"))


def in_between(house, image, **who):
    """Let this be pushed when the tag was read and is not yet written."""

    def push():
        house.registry.clock.advance(2)
        house.registry.push(image, house.tag, **who)

    house.registry.before_next("POST", RESTORE, push)


def posts(house):
    return [path for method, path in house.registry.requests if method == "POST"]


def said(house, kind):
    house.told()
    bodies = [one.body for one in house.receiver.received if one.body["kind"] == kind]
    return str(bodies[-1])


def test_a_good_push_in_between_that_no_other_tag_holds_is_put_back_and_judged(house, wrong):
    good = house.build(house.repository.commit("fix"))
    in_between(house, good, by="crunchtools+ci")
    house.look()
    assert house.held == good.digest
    assert "was put back" in said(house, "overtaken")
    house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.memory.trusted.digest == good.digest
    assert house.memory.pusher.name == "crunchtools+ci"
    assert house.told() == ["wrong", "overtaken", "right"]


def test_a_person_s_push_in_between_is_put_back_and_left_though_it_is_wrong(house, wrong):
    image = foreign(house)
    in_between(house, image, by="alice")
    house.look()
    house.look()
    assert house.held == image.digest
    assert house.memory.pusher.kind is PusherKind.PERSON
    assert house.memory.pusher.name == "alice"
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)


def test_a_robot_s_bad_push_in_between_is_put_right_by_the_next_look(house, wrong):
    in_between(house, foreign(house), by="crunchtools+old")
    house.look()
    house.look()
    assert house.held == wrong[0]
    assert house.told()[-1] == "reverted"


def test_signatures_of_what_came_in_between_are_put_back_with_it(house, wrong):
    good = house.build(house.repository.commit("fix"))
    signature = house.registry.tag(APP, f"sha256-{good.digest.hex}.sig")

    def push():
        house.registry.push(good, house.tag)
        house.registry.push(house.build("", labels={}), signature)

    house.registry.before_next("POST", RESTORE, push)
    house.look()
    assert house.registry.digest(signature)
    assert signature.name in said(house, "overtaken")


def test_two_pushes_in_between_are_both_in_the_history(house, wrong):
    bad, good = foreign(house), house.build(house.repository.commit("fix"))

    def push():
        house.registry.push(bad, house.tag)
        house.registry.push(good, house.tag)

    house.registry.before_next("POST", RESTORE, push)
    house.look()
    house.look()
    assert house.held == good.digest
    assert house.memory.verdict.outcome == "accepted"
    passed = [row for row in house.tools.records.history(house.tag) if row.event == "passing"]
    assert bad.digest in {row.digest for row in passed}


def test_giving_way_is_tried_again(house, wrong):
    good = house.build(house.repository.commit("fix"))

    def push():
        house.registry.push(good, house.tag)
        house.registry.before_next("POST", RESTORE, house.registry.quay.limit_rate)

    house.registry.before_next("POST", RESTORE, push)
    house.look()
    assert house.held == good.digest


def test_what_cannot_be_put_back_is_told_with_the_command_and_judged_by_nobody(house, wrong):
    good = house.build(house.repository.commit("fix"))

    def protect():
        house.registry.quay.protect(house.tag)

    def push():
        house.registry.push(good, house.tag)
        house.registry.before_next("POST", RESTORE, protect)

    house.registry.before_next("POST", RESTORE, push)
    house.look()
    assert house.held == wrong[0]
    told = said(house, "overtaken")
    assert "could not be put back" in told
    assert "curl" in told
    assert str(good.digest) in told
    house.look()
    passed = [row for row in house.tools.records.history(house.tag) if row.event == "passing"]
    assert good.digest in {row.digest for row in passed}


def test_what_came_after_giving_way_is_not_written_over(house, wrong):
    good, newest = (house.build(house.repository.commit(words)) for words in ("fix", "more"))

    def push():
        house.registry.push(good, house.tag)
        house.registry.before_next("POST", RESTORE, house.registry.quay.limit_rate)
        house.registry.before_next(
            "PUT", f"/v2/{APP}/manifests/latest", lambda: house.registry.push(newest, house.tag)
        )

    house.registry.before_next("POST", RESTORE, push)
    house.look()
    house.registry.push(newest, house.tag)
    house.look()
    assert house.held == newest.digest
    assert house.memory.verdict.outcome == "accepted"


def test_a_person_s_restore_over_a_fix_is_left_and_not_claimed(house, wrong):
    claim, memory = decided(house)
    fix = house.build(house.repository.commit("fix"))
    house.registry.push(fix, house.registry.tag(APP, "sha-fix"))
    house.registry.push(fix, house.tag)
    house.registry.quay.restore_by("alice", house.tag, wrong[0])
    house.carry_out(claim, memory)
    assert house.held == wrong[0]
    assert posts(house) == []
    house.look()
    assert house.memory.reverts == ()
    assert house.told() == ["wrong", "right"]


def test_a_person_s_restore_at_the_same_time_as_ours_is_not_claimed(house, wrong):
    house.registry.before_next(
        "POST", RESTORE, lambda: house.registry.quay.restore_by("alice", house.tag, wrong[0])
    )
    house.look()
    house.look()
    assert house.told() == ["wrong", "right"]
    assert application(house) == ""


def test_a_person_s_restore_over_a_fix_at_the_same_time_as_ours_is_left(house, wrong):
    fix = house.build(house.repository.commit("fix"))

    def restore():
        house.registry.push(fix, house.tag)
        house.registry.quay.restore_by("alice", house.tag, wrong[0])

    house.registry.before_next("POST", RESTORE, restore)
    house.look()
    house.look()
    assert house.held == wrong[0]
    assert house.told() == ["wrong", "right"]


def test_the_same_bad_build_pushed_again_by_a_person_is_not_written_over(house, first):
    image = foreign(house)
    house.registry.push(image, house.tag, by="crunchtools+old")
    claim, memory = decided(house)
    house.registry.clock.advance(5)
    house.registry.push(image, house.tag, by="alice")
    house.carry_out(claim, memory)
    assert posts(house) == []
    assert house.held == image.digest


def test_a_push_right_after_ours_is_left_and_ours_is_known(house, wrong):
    fix = house.build(house.repository.commit("fix"))
    history = f"/api/v1/repository/{APP}/tag/"
    house.registry.before_next(
        "POST",
        RESTORE,
        lambda: house.registry.before_next(
            "GET", history, lambda: house.registry.push(fix, house.tag)
        ),
    )
    house.look()
    assert house.held == fix.digest
    assert application(house)
    house.look()
    assert house.told() == ["wrong", "right"]


def test_the_application_of_a_restore_right_after_ours_is_not_taken_for_ours(house, wrong):
    history = f"/api/v1/repository/{APP}/tag/"
    house.registry.quay.grant("argo's", scope="repo:write", application_id="ARGO", person="alice")
    alice = Asking(house.registry, "argo's", APP)

    def restore():
        house.registry.clock.advance(5)
        alice.restore(wrong[0])

    house.registry.before_next(
        "POST", RESTORE, lambda: house.registry.before_next("GET", history, restore)
    )
    house.look()
    assert house.held == wrong[0]
    assert application(house) == ""


def application(house):
    host = house.tag.repository.registry
    return house.tools.quay_applications.read(host, house.tools.quay.token_mark(host))
