"""What people answer while a look is under way: the look ends, and their word stands."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP


@pytest.fixture
def meanwhile(house):
    """Look at the tag, and let somebody answer when the look has read the answers."""

    def look(*answers):
        def answer():
            for one in answers:
                one()

        path = f"/api/v1/repository/{APP}/manifest/{house.held}"
        house.registry.before_next("GET", path, answer)
        house.look()

    return look


def approvals(house):
    return house.tools.answers.read(house.tag).decisions.approvals


def test_an_approval_for_ever_outlives_the_end_of_the_one_in_whose_place_it_came(
    house, first, meanwhile
):
    fix = house.build(house.repository.commit("fix")).digest
    house.answer("approval", digest=fix, expires="1h")
    house.ahead = timedelta(hours=2)
    house.push(house.repository.commit("more"))
    meanwhile(lambda: house.answer("approval", digest=fix, reason="for ever"))
    assert [(one.reason, one.expires) for one in approvals(house)] == [("for ever", None)]


def test_an_approval_outlives_the_newer_build_that_ends_the_one_in_whose_place_it_came(
    house, first, meanwhile
):
    old = house.held
    house.approve(old, "it is right")
    house.push(house.repository.commit("fix"))
    meanwhile(lambda: house.approve(old, "it is right again"))
    assert [one.reason for one in approvals(house)] == ["it is right again"]
    house.pushed(house.repository.commit("more"))
    assert approvals(house) == ()


def test_the_use_of_an_approval_replaces_none_that_came_since(house, first, meanwhile):
    house.pushed(house.repository.commit("fix"))
    house.answer("approval", revision=first, expires="2h")
    house.push(first)
    meanwhile(lambda: house.answer("approval", revision=first, reason="and once more"))
    assert [(one.reason, one.used) for one in approvals(house)] == [("and once more", None)]


def test_the_use_of_an_approval_that_was_rejected_since_is_not_noted(house, first, meanwhile):
    house.pushed(house.repository.commit("fix"))
    house.answer("approval", revision=first, expires="2h")
    house.push(first)
    meanwhile(lambda: house.answer("rejection", revision=first))
    assert approvals(house) == ()
