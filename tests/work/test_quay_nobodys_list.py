"""A list made for nobody, as Quay gives it to a token that it does not believe any more."""

from dataclasses import replace

import pytest

from tests.work.conftest import APP
from tests.work.listing import INTERVAL, looks_due, sweep, timed

TOKEN = "a-token-that-reads"


@pytest.fixture
def private(house, first):
    """A private repository, listed with a token that sees it, beside a public one."""
    house.registry.quay.grant(TOKEN, scope="repo:read")
    house.settings = replace(house.settings, quay_tokens={"": TOKEN})
    house.policy({})
    house.registry.push(house.build("x"), house.registry.tag("crunchtools/public"))
    house.registry.quay.create(APP, public=False)
    house.look()
    sweep(house)
    house.client.delete("wd:due:chores", "wd:due:looks")
    assert timed(house) > INTERVAL
    return house


def checks_of_the_token(house):
    """Take the check of the token out of what is due; returns whether it was."""
    return house.client.zrem("wd:due:chores", "quay-token") == 1


@pytest.mark.parametrize("public", [True, False], ids=["beside-a-public-one", "alone"])
def test_what_a_token_that_ended_hides_has_not_vanished(private, public):
    if not public:
        private.registry.quay.delete("crunchtools/public")
    private.registry.quay.revoke(TOKEN)
    checked = []
    for _ in range(4):
        sweep(private)
        checked.append(checks_of_the_token(private))
    assert private.told() == []
    assert timed(private) == INTERVAL, "nobody's list does not show its moves"
    assert looks_due(private) == [private.tag]
    assert checked == [True, False, False, False]
    private.registry.quay.grant(TOKEN, scope="repo:read")
    sweep(private)
    assert (private.told(), timed(private) > INTERVAL) == ([], True)
    assert not checks_of_the_token(private)


def test_with_a_token_that_is_believed_a_repository_that_vanished_is_told(private):
    private.registry.quay.delete(APP)
    for _ in range(3):
        sweep(private)
        assert not checks_of_the_token(private)
    assert private.told() == ["repository-gone"]
