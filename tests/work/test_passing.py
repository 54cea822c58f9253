"""What hooks say a tag held between two looks: in the history, and at most in the baseline."""

import itertools
import json
from datetime import timedelta

import pytest

from tests.work.conftest import APP, House
from watchdog.core.verdict import Code, Outcome
from watchdog.store.records import moment
from watchdog.work.look import Look
from watchdog.work.passing import HINTED_MAX, SEEN_FOR, judge_passing
from watchdog.work.past import actor_of, read_past
from watchdog.work.sought import seeking

_numbers = itertools.count()


@pytest.fixture
def house(stack, redis_client, tmp_path):
    """A watched tag of a registry that has no history of its own: hooks are all there is."""
    return House(stack, redis_client, tmp_path, {"enforce": "revert"}, kind="oci")


def announce(house, digest=None, actor=None):
    """Let a hook name a digest and who pushed it."""
    known = {"from": "distribution", "digest": digest and str(digest), "actor": actor}
    hint = json.dumps({key: value for key, value in known.items() if value})
    house.tools.looks.announce(str(house.tag), hint=hint)


def pass_by(house, revision, *, actor=None, kept=True, **how):
    """Push a build that its hook names; what is kept by another tag can be read later."""
    image = house.build(revision, **how)
    if kept:
        house.registry.push(image, house.registry.tag(APP, f"kept{next(_numbers)}"))
    digest = house.registry.push(image, house.tag)
    announce(house, digest, actor)
    return digest


def rows(house):
    """The history, the oldest row first."""
    moves = reversed(house.tools.records.history(house.tag))
    return [(move.event, *(f.code for f in move.findings), move.digest) for move in moves][1:]


def foreign(house):
    return {"source": house.source(f"{APP}-old"), "revision": house.sibling.commit("pre-fix code")}


def asked_for(house, digest):
    return sum(str(digest) in path for _, path in house.registry.requests)


def test_a_bad_build_that_was_there_for_a_moment_is_in_the_history_and_nowhere_else(house, first):
    before = house.memory
    bad = pass_by(house, actor="crunchtools+old", **foreign(house))
    announce(house, bad)
    good = pass_by(house, house.repository.commit("fix"), actor="ci")
    house.look()
    assert rows(house) == [
        ("passing", Code.UNEXPECTED_SOURCE, bad),
        ("verdict", Code.NEWER, good),
    ]
    newest, passing = house.tools.records.history(house.tag)[:2]
    assert (newest.actor, passing.actor) == ("ci", "crunchtools+old")
    assert str(passing.source).endswith(f"{APP}-old")
    assert house.held == good
    assert house.memory.incident is None
    assert newest.number == passing.number == house.memory.number == before.number + 1
    assert house.told() == []


def test_a_good_build_that_a_newer_one_displaced_is_accepted_in_its_turn(house, first):
    between = pass_by(house, house.repository.commit("fix"))
    newest = house.repository.commit("and more")
    held = pass_by(house, newest)
    house.look()
    assert rows(house) == [("passing", Code.NEWER, between), ("verdict", Code.NEWER, held)]
    assert (house.memory.baseline, house.memory.trusted.digest) == (newest, held)
    assert [accepted.revision for accepted in house.memory.accepted] == [newest, first]


def test_each_is_judged_against_what_passed_before_it(house, first):
    older, newer = house.repository.commit("one"), house.repository.commit("two")
    digests = [pass_by(house, newer), pass_by(house, older), pass_by(house, newer)]
    last = house.repository.commit("three")
    held = pass_by(house, last)
    house.look()
    assert rows(house) == [
        ("passing", Code.NEWER, digests[0]),
        ("passing", Code.OLDER_COMMIT, digests[1]),
        ("passing", Code.REBUILD, digests[2]),
        ("verdict", Code.NEWER, held),
    ]
    history = house.tools.records.history(house.tag, 4)
    assert {row.number for row in history} == {house.memory.number}


def test_a_newer_build_that_an_older_one_displaced_raises_the_baseline_and_is_not_trusted(
    house, first
):
    older, newer = house.repository.commit("one"), house.repository.commit("two")
    pass_by(house, newer)
    held = pass_by(house, older)
    house.look()
    assert (house.memory.baseline, house.memory.trusted.digest) == (newer, held)
    assert [accepted.revision for accepted in house.memory.accepted] == [newer, older, first]
    assert house.memory.verdict.codes == (Code.NEWER,)
    assert house.pushed(older) == (Code.OLDER_COMMIT,)
    assert house.pushed(newer) == (Code.REBUILD,)


def test_a_baseline_raised_in_passing_outlasts_a_force_push(house, first):
    newer = house.repository.commit("two")
    pass_by(house, newer)
    pass_by(house, first)
    house.look()
    house.repository.force("main", first)
    house.push(first)
    house.look()
    assert house.memory.verdict.codes == (Code.REWRITTEN_HISTORY,)
    assert [ref for ref in house.settings.data.rglob("refs/watchdog/*") if newer in ref.read_text()]


def test_a_good_build_under_a_bad_one_is_a_baseline_and_the_revert_is_as_ever(house, first):
    trusted = house.held
    fix = house.repository.commit("fix")
    good = pass_by(house, fix)
    bad = pass_by(house, **foreign(house))
    house.look()
    assert rows(house) == [
        ("passing", Code.NEWER, good),
        ("verdict", Code.UNEXPECTED_SOURCE, bad),
        ("revert", Code.UNCHANGED, trusted),
    ]
    assert house.held == house.memory.trusted.digest == trusted
    assert house.memory.baseline == fix
    assert house.told() == ["wrong", "reverted"]


def test_the_first_build_of_all_may_pass_by(house):
    revision = house.repository.commit("first")
    digest = pass_by(house, revision)
    house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    passing = house.tools.records.history(house.tag)[1]
    assert (passing.event, passing.digest) == ("passing", digest)
    assert (house.memory.trusted, house.memory.baseline) == (None, revision)
    assert house.pushed(house.repository.commit("fix")) == (Code.NEWER,)


def test_what_cannot_be_read_any_more_is_said_to_be_that_once(house, first):
    gone = pass_by(house, house.repository.commit("fix"), kept=False, actor="ci")
    held = pass_by(house, house.repository.commit("more"))
    house.look()
    assert rows(house) == [("passing", Code.UNREADABLE, gone), ("verdict", Code.NEWER, held)]
    passing = house.tools.records.history(house.tag)[1]
    assert (passing.outcome, passing.actor) == (Outcome.INCONCLUSIVE, "ci")
    assert (passing.source, passing.revision) == (None, None)
    asked = asked_for(house, gone)
    announce(house, gone)
    house.look()
    house.look()
    assert asked_for(house, gone) == asked
    assert len(rows(house)) == 2
    assert house.told() == []


def test_a_registry_that_fails_for_one_digest_spoils_no_look(house, first):
    passing = pass_by(house, house.repository.commit("fix"))
    held = pass_by(house, house.repository.commit("more"))
    path = f"/v2/{APP}/manifests/{passing}"
    house.registry.before_next("GET", path, lambda: house.registry.fail_next(503))
    house.look()
    assert rows(house) == [("passing", Code.UNREADABLE, passing), ("verdict", Code.NEWER, held)]
    assert house.memory.verdict.codes == (Code.NEWER,)


def test_what_hooks_said_waits_for_a_look_that_finds_out(house, first):
    passing = pass_by(house, house.repository.commit("fix"))
    held = pass_by(house, house.repository.commit("more"))
    house.registry.fail_next(503)
    house.look()
    house.look()
    assert rows(house) == [("passing", Code.NEWER, passing), ("verdict", Code.NEWER, held)]
    house.hook()
    assert house.claim().hints == ()


def test_what_the_tag_holds_or_held_at_the_last_look_did_not_pass(house, first):
    announce(house, house.held)
    house.look()
    before = house.held
    held = pass_by(house, house.repository.commit("fix"))
    house.ahead = SEEN_FOR + timedelta(seconds=1)
    announce(house, before)
    house.look()
    assert rows(house) == [("verdict", Code.NEWER, held)]


def test_a_late_hook_is_no_news_and_the_same_build_another_day_is(house, first):
    house.policy({"enforce": "alert"})
    bad = pass_by(house, **foreign(house))
    pass_by(house, house.repository.commit("fix"))
    house.look()
    announce(house, bad)
    house.look()
    assert [row for row in rows(house) if row[-1] == bad] == [
        ("passing", Code.UNEXPECTED_SOURCE, bad)
    ]
    house.ahead = SEEN_FOR + timedelta(seconds=1)
    announce(house, bad)
    house.look()
    assert [row[0] for row in rows(house) if row[-1] == bad] == ["passing", "passing"]


def test_an_approval_is_no_sight_of_a_build(house, first):
    approved = pass_by(house, **foreign(house))
    house.approve(approved, "for now")
    held = pass_by(house, house.repository.commit("fix"))
    house.look()
    assert rows(house)[1:] == [
        ("passing", Code.APPROVED, approved),
        ("verdict", Code.NEWER, held),
    ]
    assert house.memory.trusted.digest == held


def test_the_trusted_build_in_passing_needs_no_reading(house, first):
    trusted = house.held
    house.policy({"enforce": "alert"})
    house.push(**foreign(house))
    house.look()
    announce(house, trusted)
    house.ahead = SEEN_FOR + timedelta(seconds=1)
    house.registry.requests.clear()
    house.push(**foreign(house))
    house.look()
    assert ("passing", Code.UNCHANGED, trusted) in rows(house)
    assert asked_for(house, trusted) == 0


def test_of_many_the_newest_are_judged(house, first):
    commits = [house.repository.commit(f"{number}") for number in range(HINTED_MAX + 3)]
    digests = [pass_by(house, commit) for commit in commits]
    house.look()
    assert [row[-1] for row in rows(house)] == digests[2:]


def test_none_is_begun_when_time_is_up(house, first):
    pass_by(house, house.repository.commit("fix"))
    pass_by(house, house.repository.commit("more"))
    claim, rule = house.claim(), house.tools.policy.rule_for(house.tag)
    look = Look(claim, house.tag, rule, house.memory, moment(claim.now_ms))
    house.tools.passing_max_s = -1
    past = read_past(house.tools, look)
    passing = judge_passing(
        house.tools, look, seeking(house.tools, look, past), house.held, house.memory
    )
    assert (passing.memory, passing.rows) == (house.memory, ())


def test_a_rewritten_history_in_passing_is_left_to_be_told(house, first):
    house.pushed(house.repository.commit("mistake"))
    mistake = house.memory.baseline
    house.repository.force("main", first)
    pass_by(house, first)
    house.registry.push(house.build("", labels={}), house.tag)
    house.look()
    assert rows(house)[-2][:2] == ("passing", Code.REWRITTEN_HISTORY)
    assert house.memory.baseline == mistake


@pytest.mark.parametrize(
    ("hints", "actor"),
    [
        ([], None),
        ([{"from": "quay"}], None),
        ([{"actor": "ann"}], "ann"),
        ([{"actor": "ann"}, {"actor": "ben"}, {"from": "quay"}], "ben"),
        ([{"actor": "ann", "digest": "this"}, {"actor": "ben", "digest": "other"}], "ann"),
        ([{"actor": "ben", "digest": "other"}], None),
        ([{"digest": "this"}, {"actor": "ann"}], "ann"),
    ],
)
def test_who_moved_a_tag_is_not_who_moved_it_elsewhere(house, hints, actor):
    this, other = (house.build("").digest for _ in range(2))
    known = {"this": str(this), "other": str(other)}
    texts = [
        json.dumps(hint | ({"digest": known[hint["digest"]]} if "digest" in hint else {}))
        for hint in hints
    ]
    assert actor_of(texts, this) == actor
