"""What the page says of our token's rights on a Quay."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.quay_access import OF_A_REPOSITORY, Ability, Feature, Statement
from watchdog.core.quay_access_told import Standing
from watchdog.store.quay_access import standing_writes

HEADING = "Quay: what the token may do"
APP, TOOL = "quay.io/acme/app", "quay.io/acme/tool"
FINE = tuple(Statement(feature, Ability.YES) for feature in OF_A_REPOSITORY)
HOSTILE = Statement(Feature.RESTORE, Ability.NO, "it is <b>X</b>\u202e")


@pytest.fixture
def keep(redis_client):
    def keep(subject, *statements, age=timedelta(minutes=12)):
        at = datetime.now(UTC) - age
        for write in standing_writes(subject, Standing(at, statements)):
            redis_client.execute_command(*write)

    return keep


def page(browser):
    return browser.get("/health").text


def test_where_no_quay_is_watched_nothing_is_said_of_one(browser):
    assert HEADING not in page(browser)


def test_that_all_is_possible_is_one_line(browser, keep):
    keep(APP, *FINE)
    keep(TOOL, *FINE, age=timedelta(minutes=40))
    keep("quay.io", Statement(Feature.OAUTH, Ability.YES))
    html = page(browser)
    assert HEADING in html
    assert "Restoring, hooks and who pushed work for 2 repositories." in html
    assert "40 min ago" in html
    assert "<strong>hooks" not in html


def test_what_is_missing_is_said_once_with_its_reason(browser, keep):
    lacks = [
        Statement(feature, Ability.NO, "the token lacks the scope repo:admin")
        for feature in (Feature.HOOKS, Feature.PUSHERS)
    ]
    for name in (APP, TOOL):
        keep(name, *FINE[:2], *lacks)
    said = "<strong>hooks, who pushed</strong> (quay.io/acme/app, quay.io/acme/tool): "
    assert f"<li>{said}the token lacks the scope repo:admin</li>" in page(browser)
    assert "work for" not in page(browser)


def test_what_quay_said_is_escaped(browser, keep):
    keep(APP, HOSTILE)
    html = page(browser)
    assert "it is &lt;b&gt;X&lt;/b&gt;" in html
    assert "\u202e" not in html
