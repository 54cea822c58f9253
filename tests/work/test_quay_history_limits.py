"""A history that is long, late, away, or on a replica that lags."""

from tests.work.conftest import APP
from tests.work.quay_past import foreign, keep, manifest_requests, quay, rows
from watchdog.core.verdict import Code
from watchdog.demo.images import build_image
from watchdog.registry.quay.tag_history import PAGES_MAX, ROWS_MAX
from watchdog.work.past import HISTORY_TRIES

__all__ = ["foreign", "quay"]


def test_a_long_history_is_read_page_by_page(house, quay, first):
    digests = []
    for number in range(47):
        image = keep(house, build_image({}, created=quay.clock.now, layers=[f"{number}".encode()]))
        digests.append(quay.push(image, house.tag))
        quay.clock.advance(7)
    house.push(house.repository.commit("fix"))
    house.look()
    assert [row[-1] for row in rows(house)] == [*digests, house.held]


def test_what_there_was_no_time_for_is_judged_by_the_next_look(house, quay, first, foreign):
    bad = [quay.push(keep(house, foreign()), house.tag) for _ in range(3)]
    house.push(house.repository.commit("fix"))
    house.tools.passing_max_s = -1
    house.look()
    assert [row[0] for row in rows(house)] == ["verdict"]
    house.tools.passing_max_s = 20
    house.examiner.examine(house.claim())
    assert [row[-1] for row in rows(house)] == [house.held, *bad]
    assert house.told() == ["was-wrong"]


def test_a_history_that_cannot_be_read_leaves_the_registry_itself(house, quay, first, foreign):
    bad = quay.push(foreign(), house.tag)
    for _ in range(HISTORY_TRIES):
        quay.fail_next(500)
        house.look()
        assert house.memory.verdict.codes == (Code.REGISTRY_UNREACHABLE,)
    quay.fail_next(500)
    house.look()
    assert house.memory.verdict.codes == (Code.UNEXPECTED_SOURCE,)
    assert house.held == bad


def test_what_was_judged_without_its_history_is_judged_with_it_before_it_is_put_back(
    house, quay, first, foreign
):
    bad = quay.push(foreign(), house.tag)
    for _ in range(HISTORY_TRIES + 1):
        quay.fail_next(500)
        house.look()
    house.look()
    assert house.held != bad
    assert house.told() == ["wrong", "reverted"]


def test_a_quay_that_asks_for_patience_is_not_pulled_from(house, quay, first):
    house.registry.requests.clear()
    house.registry.quay.limit_rate()
    house.look()
    assert house.memory.verdict.codes == (Code.REGISTRY_UNREACHABLE,)
    assert manifest_requests(house) == []
    house.rest()
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)


def test_a_replica_that_lags_behind_what_was_judged_is_not_believed(house, quay, first, foreign):
    house.look()
    quay.clock.advance(60)
    quay.push(foreign(), house.tag)
    house.look()
    assert house.told() == ["wrong", "reverted"]
    mark = house.memory.mark
    house.registry.quay.stale_history(1)
    house.look()
    assert house.memory.mark == mark
    house.look()
    assert house.memory.verdict.codes == (Code.UNCHANGED,)
    assert house.told() == ["wrong", "reverted"]
    assert len(house.memory.reverts) == 1


def test_a_tag_that_moves_while_it_is_read_is_read_again(house, quay, first, foreign):
    quay.clock.advance(60)
    bad = quay.push(foreign(), house.tag)
    good = house.build(house.repository.commit("fix"))
    path = f"/api/v1/repository/{APP}/manifest/{bad}"
    quay.before_next("GET", path, lambda: quay.push(good, house.tag))
    house.look()
    assert [row[:2] for row in rows(house)] == [
        ("passing", Code.UNREADABLE),
        ("verdict", Code.NEWER),
    ]
    assert house.memory.digest == good.digest
    assert house.memory.mark.digest == good.digest


def test_more_moves_than_are_read_are_said_to_be_that(house, quay, first):
    house.tools.passing_max_s = 300
    for number in range(ROWS_MAX * PAGES_MAX + 1):
        quay.move(house.tag, house.held if number else quay.digest(house.tag))
    house.push(house.repository.commit("fix"))
    house.look()
    assert ("passing", Code.UNREADABLE, None) in rows(house)
    assert house.memory.verdict.codes == (Code.NEWER,)


def test_repeated_pushes_beside_a_cut_are_judged_once(house, quay, first, foreign):
    bad = foreign()
    quay.push(keep(house, bad), house.tag)
    quay.push(bad, house.tag)
    quay.push(keep(house, foreign()), house.tag)
    house.push(house.repository.commit("fix"))
    house.tools.passing_max_s = -1
    house.look()
    house.tools.passing_max_s = 20
    house.examiner.examine(house.claim())
    house.look()
    passed = [row for row in rows(house) if row[0] == "passing"]
    assert len(passed) == 2
    assert house.told() == ["was-wrong"]
