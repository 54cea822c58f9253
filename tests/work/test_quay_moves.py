"""What Quay's lists of repositories make due: over real HTTP, with a real store."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP
from tests.work.listing import HOUR_S, fill, looks_due, requests_of, sweep
from watchdog.core.verdict import Code
from watchdog.work.quay_moves import list_namespace


@pytest.fixture
def settled(house, first):
    """A watched tag that was accepted an hour ago, and listed since."""
    house.registry.clock.advance(HOUR_S)
    sweep(house)
    house.client.delete("wd:due:looks")
    return house


@pytest.fixture(autouse=True)
def long_ago(house):
    """Everything is pushed an hour ago, unless the simulator's clock is put forward."""
    house.registry.clock.advance(-HOUR_S)


def watch_all(house, **rule):
    image, source = f"{house.registry.host}/crunchtools/*", house.source("crunchtools/{name}")
    house.policy({"image": image, "source": source, **rule})


@pytest.mark.parametrize(("count", "lists"), [(99, 1), (100, 1), (101, 2), (250, 3)])
def test_where_nothing_moved_a_hundred_repositories_cost_one_request(house, count, lists):
    watch_all(house)
    fill(house, count)
    sweep(house)
    assert requests_of(house, lambda: sweep(house)) == [("GET", "/api/v1/repository")] * lists


def test_of_a_thousand_repositories_three_that_moved_are_looked_at(house):
    watch_all(house)
    tags = fill(house, 1000)
    sweep(house)
    assert sum(house.tools.looks.size()) == 1000
    house.client.delete("wd:due:looks")
    house.registry.clock.advance(HOUR_S / 2)
    for tag in (moved := [tags[7], tags[500], tags[999]]):
        house.registry.push(house.build("x"), tag)
    assert len(requests_of(house, lambda: sweep(house))) == 10
    assert looks_due(house) == sorted(moved)
    house.client.delete("wd:due:looks")
    sweep(house)
    assert looks_due(house) == []


def test_a_move_through_the_api_which_sends_no_hook_is_found(settled):
    house, older = settled, settled.held
    house.push(house.repository.commit("newer"))
    house.look()
    house.registry.clock.advance(-HOUR_S / 2)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.clock.advance(HOUR_S / 4)
    house.registry.move(house.tag, older)
    sweep(house)
    assert looks_due(house) == [house.tag]
    house.examiner.examine(house.claim())
    assert house.memory.digest == older


def test_a_second_push_within_a_second_is_found(house, first):
    house.policy({"enforce": "alert"})
    clock = house.registry.clock
    clock.freeze(house.tools.records.now().timestamp() // 1 - 30)
    bad = house.push(house.sibling.commit("x"), source=house.source(f"{APP}-old"))
    sweep(house)
    house.client.delete("wd:due:looks")
    house.look()
    clock.advance(0.5)
    good = house.push(house.repository.commit("fix"))
    house.client.delete("wd:due:looks")
    sweep(house)
    assert looks_due(house) == [house.tag]
    assert house.memory.digest == bad
    house.examiner.examine(house.claim())
    assert house.memory.digest == good


def test_a_time_that_was_read_soon_after_itself_calls_for_looks_until_it_is_a_minute_old(house):
    house.registry.clock.freeze(house.tools.records.now().timestamp() // 1)
    watch_all(house)
    fill(house, 1)
    due = []
    for minutes in (0, 0, 2, 2):
        house.ahead = timedelta(minutes=minutes)
        sweep(house)
        due.append(len(looks_due(house)))
        house.client.delete("wd:due:looks")
    assert due[1:] == [1, 1, 0]


def test_a_new_repository_of_a_glob_is_watched_from_then_on(house):
    watch_all(house)
    fill(house, 3)
    sweep(house)
    house.client.delete("wd:due:looks")
    new = house.registry.tag("crunchtools/new")
    house.registry.push(house.build(house.repository.commit("first")), new)
    sweep(house)
    assert looks_due(house) == [new]
    house.policy({"image": str(new.repository)})
    house.examiner.examine(house.claim())
    assert house.tools.records.memory(new).verdict.codes == (Code.FIRST_SEEN,)


def test_of_a_repository_that_is_gone_only_tags_that_were_seen_are_looked_at(house):
    watch_all(house)
    (tag,) = fill(house, 1)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.quay.delete(tag.repository.path)
    sweep(house)
    assert looks_due(house) == []


def test_a_new_repository_without_a_tag_needs_no_look_until_it_has_one(house):
    watch_all(house)
    fill(house, 1)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.quay.create("crunchtools/new")
    sweep(house)
    assert looks_due(house) == []
    new = house.registry.tag("crunchtools/new")
    house.registry.push(house.build("x"), new)
    sweep(house)
    assert looks_due(house) == [new]


def test_tags_of_a_glob_are_found_where_they_were_written_since(house):
    watch_all(house, tags=["latest", "v*"])
    fill(house, 3)
    sweep(house)
    house.client.delete("wd:due:looks")
    path, clock = "crunchtools/app-0001", house.registry.clock
    clock.advance(HOUR_S / 4)
    house.registry.push(house.build("x"), house.registry.tag(path, "v0"))
    sweep(house)
    house.client.delete("wd:due:looks")
    clock.advance(HOUR_S / 4)
    for name in ("v1", "v2", "other"):
        house.registry.push(house.build("x"), house.registry.tag(path, name))
    asked = requests_of(house, lambda: sweep(house))
    assert asked == [("GET", "/api/v1/repository"), ("GET", f"/api/v1/repository/{path}/tag/")]
    assert looks_due(house) == [house.registry.tag(path, name) for name in ("v1", "v2")]


@pytest.fixture
def many(house):
    """Twenty tags of one repository, looked at and listed a quarter of an hour ago."""
    house.policy({"tags": ["*"], "enforce": "alert"})
    image = house.build(house.repository.commit("first"))
    tags = [house.registry.tag(APP, f"t{number:02}") for number in range(20)]
    for tag in tags:
        house.registry.push(image, tag)
        house.look(tag)
    house.registry.clock.advance(HOUR_S / 4)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.clock.advance(HOUR_S / 4)
    return tags


def test_of_many_tags_of_a_repository_only_the_one_that_was_written_is_looked_at(house, many):
    house.registry.push(house.build("x"), many[3])
    sweep(house)
    assert looks_due(house) == [many[3]]


def test_a_look_that_a_list_called_for_is_not_repeated_as_after_a_hook(house, many):
    house.registry.push(house.build(house.repository.commit("fix")), many[3])
    sweep(house)
    house.examiner.examine(house.claim())
    memory = house.tools.records.memory(many[3])
    assert (memory.verdict.codes, memory.repeats) == ((Code.NEWER,), 0)


def test_of_two_named_tags_only_the_one_that_was_written_is_looked_at(house, first):
    house.policy({"tags": ["latest", "stable"]})
    stable = house.registry.tag(APP, "stable")
    house.registry.push(house.build(first), stable)
    house.registry.clock.advance(HOUR_S / 4)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.clock.advance(HOUR_S / 4)
    house.registry.push(house.build(house.repository.commit("fix")), stable)
    sweep(house)
    assert looks_due(house) == [stable]


def test_where_a_replica_does_not_show_yet_what_was_written_all_are_looked_at(house, many):
    house.registry.push(house.build("x"), many[3])
    house.registry.quay.stale_history(1)
    sweep(house)
    assert looks_due(house) == many
    house.client.delete("wd:due:looks")
    sweep(house)
    assert looks_due(house) == [many[3]]


def test_where_the_newest_tag_was_deleted_all_are_looked_at(house, many):
    house.registry.push(house.build("x"), many[3])
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.delete_tag(many[3])
    sweep(house)
    assert looks_due(house) == many


def test_where_quay_does_not_say_which_tags_moved_it_is_asked_again(house):
    watch_all(house, tags=["v*"])
    fill(house, 1)
    sweep(house)
    house.client.delete("wd:due:looks")
    path = "crunchtools/app-0000"
    house.registry.clock.advance(HOUR_S / 2)
    house.registry.push(house.build("x"), house.registry.tag(path, "v1"))
    house.registry.before_next(
        "GET", f"/api/v1/repository/{path}/tag/", house.registry.quay.limit_rate
    )
    sweep(house)
    assert looks_due(house) == []
    house.rest()
    sweep(house)
    assert looks_due(house) == [house.registry.tag(path, "v1")]


def test_what_there_was_no_time_for_follows_at_once(house):
    watch_all(house)
    tags = fill(house, 3)
    sweep(house)
    house.client.delete("wd:due:looks")
    house.registry.clock.advance(HOUR_S / 2)
    house.registry.push(house.build("x"), tags[1])
    chore = sweep(house, do=lambda tools, claim: list_namespace(tools, claim, within_s=-1))
    assert looks_due(house) == []
    claim = house.tools.chores.claim()
    assert claim.member == chore
    list_namespace(house.tools, claim)
    assert looks_due(house) == [tags[1]]


def test_a_namespace_that_no_rule_watches_is_not_listed_any_more(house, first):
    sweep(house)
    assert house.client.exists("wd:quay:lists")
    for image in ("quay.io/other/app", f"{house.registry.host}/other/app"):
        house.policy({"image": image})
        assert requests_of(house, lambda: sweep(house)) == [("GET", "/api/v1/repository")] * (
            "quay.io" not in image
        )
        assert house.client.keys("wd:quay:*") == []
        assert house.tools.chores.next_due_ms() is None
