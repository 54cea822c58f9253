"""A tag that was deleted, on the status page."""

from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from tests.web import seed
from watchdog.core.memory import Condition
from watchdog.core.verdict import ConditionCode

NOW = datetime.now(UTC)
GONE = Condition(ConditionCode.DELETED, "k", NOW, "it was deleted", in_force=True)


@pytest.fixture
def page(redis_client, browser):
    def show(memory):
        seed.fill(redis_client, NOW)
        for tag in (seed.ACQUACOTTA, seed.GATEHOUSE):
            seed.write(redis_client, tag, seed.accepted(tag, now=NOW))
        seed.write(redis_client, seed.POSTIZ, memory)
        return unescape(browser.get("/").text)

    return show


def test_a_deleted_tag_is_gone_and_comes_before_one_that_lags(page):
    html = page(replace(seed.accepted(seed.POSTIZ, now=NOW), conditions=(GONE,)))
    assert "<title>1 tag is gone" in html
    assert "2 tags right, 0 wrong, 1 lagging, 0 unknown, 1 gone, 1 not looked at yet" in html
    assert html.index(f'id="{seed.POSTIZ}"') < html.index(f'id="{seed.ROTV}"')


def test_a_wrong_tag_that_was_deleted_stays_wrong(page):
    html = page(replace(seed.rejected(seed.POSTIZ, now=NOW), conditions=(GONE,)))
    assert "<title>1 tag is wrong" in html
    assert "1 gone" not in html
