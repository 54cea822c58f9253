"""Not knowing is an answer: it is recorded, tried again, told once if it lasts; never reverted."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from watchdog.core.verdict import Code, Outcome


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a registry that is asked in one way only."""
    return House(stack, redis_client, tmp_path, {"enforce": "revert"}, kind="oci")


def next_look_in(house, tag=None):
    """In how many seconds the tag is due."""
    due = house.tools.records.next_looks([tag or house.tag])[tag or house.tag]
    return (due - house.tools.records.now()).total_seconds()


def test_an_unreachable_registry_is_inconclusive_and_keeps_the_trust(house, first):
    trusted = house.memory.trusted
    house.registry.fail_next(503)
    house.look()
    assert house.memory.verdict.codes == (Code.REGISTRY_UNREACHABLE,)
    assert house.memory.outcome is Outcome.INCONCLUSIVE
    assert house.memory.trusted == trusted
    assert house.told() == []


def test_failures_are_tried_again_with_a_growing_wait(house, first):
    waits = []
    for _ in range(4):
        house.registry.fail_next(503)
        house.look()
        waits.append(round(next_look_in(house)))
    assert waits == [2, 5, 15, 30]


def test_a_retry_after_is_honoured(house, first):
    house.registry.fail_next(429, retry_after="120")
    house.look()
    assert 115 < next_look_in(house) <= 120


def test_an_outage_is_told_after_a_quarter_of_an_hour_once_for_all_tags(house, first):
    other = house.registry.tag("crunchtools/other")
    house.policy({}, watch=[{"image": str(other.repository), "source": house.source()}])
    for tag in (house.tag, other):
        house.registry.fail_next(503)
        house.look(tag)
    house.chore()
    assert house.told() == []
    house.ahead = timedelta(minutes=15, seconds=1)
    house.chore()
    house.chore()
    assert house.told() == ["unreachable"]
    assert "2 tags" in house.receiver.received[0].body["title"]
    house.look(other)
    house.look()
    house.chore()
    assert house.told() == ["unreachable", "reachable"]


def test_an_outage_that_ends_before_it_is_told_is_not_told(house, first):
    house.registry.fail_next(503)
    house.look()
    house.look()
    house.ahead = timedelta(minutes=16)
    house.chore()
    assert house.told() == []


def test_an_unreachable_source_makes_a_new_build_inconclusive(house, first):
    digest = house.push(house.repository.commit("fix"))
    house.git.fail_next(503, times=5)
    house.look()
    assert house.memory.verdict.codes == (Code.SOURCE_UNREACHABLE,)
    assert house.memory.trusted.digest != digest
    while house.memory.verdict.outcome is Outcome.INCONCLUSIVE:
        house.look()
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.memory.trusted.digest == digest


def test_a_tag_that_the_policy_names_and_nobody_pushed_is_unreadable(house):
    house.look()
    assert house.memory.verdict.codes == (Code.UNREADABLE,)


def test_a_name_that_only_a_hook_invented_is_not_kept(house):
    house.policy({"image": f"{house.registry.host}/**", "tags": ["*"]})
    invented = house.registry.tag(APP, "invented")
    waits = []
    for _ in range(4):
        house.look(invented)
        waits.append(round(next_look_in(house, invented)))
    assert waits == [2, 5, 15, 60]
    house.look(invented)
    assert house.tools.records.memory(invented) is None
    assert house.tools.looks.size() == (0, 0)


def test_a_tag_that_a_glob_matches_is_watched_from_its_first_push(house):
    house.policy({"image": f"{house.registry.host}/**", "tags": ["*"]})
    revision = house.repository.commit("first")
    stable = house.registry.tag(APP, "stable")
    house.registry.push(house.build(revision), stable)
    house.look(stable)
    assert house.tools.records.memory(stable).verdict.codes == (Code.FIRST_SEEN,)
    assert house.tools.records.next_looks([stable])


def test_a_slip_in_the_policy_costs_no_trust(house, first):
    other, trusted = house.registry.tag("crunchtools/other"), house.memory.trusted
    house.policy({"image": str(other.repository)})
    house.look()
    assert house.tools.looks.size() == (0, 0)
    house.policy({})
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    assert house.memory.trusted == trusted
    assert house.memory.digest == bad
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)


def test_a_manifest_that_is_no_manifest_is_unreadable_and_stops_nothing(house, first):
    house.registry.push(house.build(first), house.registry.tag(APP, "other"))
    house.registry.fail_next(200)
    house.look()
    assert house.memory.verdict.codes == (Code.UNREADABLE,)


def test_a_hook_that_finds_nothing_new_is_followed_by_further_looks(house, first):
    waits = []
    house.look()
    for _ in range(5):
        waits.append(round(next_look_in(house)))
        house.tools.looks.schedule([(str(house.tag), 0)])
        house.examiner.examine(house.claim())
    assert waits == [2, 5, 15, 60, 300]


def test_messages_arrive_after_failures_and_only_once(house, first):
    house.policy({"enforce": "alert"})
    good = house.held
    house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    house.registry.move(house.tag, good)
    house.look()
    house.receiver.fail_next(500, times=2)
    assert house.told() == []
    for _ in range(3):
        house.client.zadd("wd:due:lanes", {f"webhook|{house.tag}": 0})
        house.told()
    # The tag was right again before anybody could be told: that is one message.
    (message,) = house.receiver.received
    assert (message.body["kind"], "What it was" in message.body["facts"]) == ("right", True)
    assert house.tools.lanes.size() == (0, 0)


def test_an_invented_name_that_the_registry_denies_is_not_kept(house):
    house.policy({"image": f"{house.registry.host}/**", "tags": ["*"]})
    house.registry.require_token("somebody", "else")
    invented = house.registry.tag(APP, "invented")
    for _ in range(5):
        house.look(invented)
    assert house.tools.records.memory(invented) is None


def test_a_glob_tag_that_a_lagging_replica_does_not_show_yet_is_watched_all_the_same(house):
    house.policy({"image": f"{house.registry.host}/**", "tags": ["*"]})
    stable = house.registry.tag(APP, "stable")
    house.look(stable)
    house.registry.push(house.build(house.repository.commit("first")), stable)
    house.look(stable)
    assert house.tools.records.memory(stable).verdict.codes == (Code.FIRST_SEEN,)


def test_a_tag_that_leaves_its_outage_by_a_new_policy_leaves_it_for_good(house, first):
    house.push(house.repository.commit("fix"))
    house.git.fail_next(503, times=3)
    house.look()
    assert house.memory.outage == "git host 127.0.0.1"
    house.registry.fail_next(503)
    house.look()
    assert house.memory.outage == f"registry {house.registry.host}"
    house.ahead = timedelta(minutes=30)
    house.chore()
    assert "git host" not in str(house.tools.records.outages())


def test_a_wrong_tag_stays_wrong_while_its_registry_is_away(house, first):
    house.policy({"enforce": "alert"})
    house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.look()
    house.registry.fail_next(503)
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE, Code.REGISTRY_UNREACHABLE)
    assert house.memory.outcome is Outcome.REJECTED


def test_a_build_of_which_git_knows_nothing_is_looked_at_again_soon(house, first):
    house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    house.git.fail_next(503, times=3)
    house.look()
    assert house.memory.outcome is Outcome.REJECTED
    assert next_look_in(house) <= 2


def test_the_history_has_a_row_for_each_verdict_and_none_for_an_outage_between(house, first):
    house.policy({"enforce": "alert"})
    house.push("a" * 40)
    house.look()
    house.registry.fail_next(503)
    house.look()
    house.look()
    rows = [[f.code for f in move.findings] for move in house.tools.records.history(house.tag)]
    assert rows == [[Code.UNKNOWN_COMMIT], [Code.FIRST_SEEN]]


def test_a_doubt_that_a_policy_change_brings_has_two_minutes_too(house, first):
    house.ahead = timedelta(hours=5)
    house.policy({"refs": ["release"]})
    house.look()
    assert house.memory.verdict.codes == (Code.OFF_BRANCH,)
    assert house.told() == []
