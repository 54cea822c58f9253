"""Lists by the page: every row once, whatever comes in meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, incident
from tests.web import seed
from watchdog.core.memory import TagMemory
from watchdog.core.telling import Followed
from watchdog.store.incidents import incident_writes

PAGES_MAX = 20
HISTORY = f"/api/v1/history?tag={seed.ROTV}"


@pytest.fixture
def put(redis_client):
    """Open incidents, so many minutes after the first; those of the same minute are alike."""

    def put(*minutes, first=0, **changes):
        for number, minute in enumerate(minutes, first):
            opened = NOW + timedelta(minutes=minute)
            one = replace(incident(number=f"{number:03}"), opened_at=opened, **changes)
            followed = Followed(TagMemory(incident=one))
            for write in incident_writes(seed.ROTV, None, followed):
                redis_client.execute_command(*write)

    return put


@pytest.fixture
def moves(redis_client):
    memory = seed.accepted(seed.ROTV, now=NOW)

    def moves(*days):
        rows = [seed.move(memory, NOW + timedelta(days=day)) for day in days]
        seed.write(redis_client, seed.ROTV, memory, *rows)

    return moves


def following(answer):
    """The address of the next page; None on the last one."""
    link = answer.headers.get("Link")
    if link is None:
        return None
    address, rel = link.split("; ")
    assert rel == 'rel="next"'
    return address.strip("<>")


def walk(browser, address, key, between=lambda: None):
    """All rows of all pages."""
    for _ in range(PAGES_MAX):
        answer = browser.get(address)
        assert answer.status_code == 200, answer.text
        yield from (row[key] for row in answer.json)
        between()
        address = following(answer)
        if address is None:
            return
    pytest.fail("the pages have no end")


def test_the_pages_of_a_history_hold_every_row_once(browser, moves):
    moves(*range(7))
    whole = [row["at"] for row in browser.get(HISTORY).json]
    assert len(set(whole)) == 7
    for limit in (1, 2, 3, 6, 7):
        assert list(walk(browser, f"{HISTORY}&limit={limit}", "at")) == whole


def test_the_last_page_has_no_next_one(browser, moves):
    moves(*range(4))
    assert following(browser.get(f"{HISTORY}&limit=4")) is None
    assert following(browser.get(f"{HISTORY}&limit=3")) is not None


def test_what_comes_in_meanwhile_moves_no_page(browser, moves):
    moves(*range(5))
    whole = [row["at"] for row in browser.get(HISTORY).json]
    days = iter(range(100, 200))
    found = list(walk(browser, f"{HISTORY}&limit=2", "at", lambda: moves(next(days))))
    assert found == whole


@pytest.mark.parametrize("query", ["", "&all=1"])
def test_the_pages_of_the_incidents_hold_every_one_once(browser, put, query):
    put(0, 1, 1, 1, 1, 2, 3)
    address = f"/api/v1/incidents?limit=50{query}"
    whole = [one["id"] for one in browser.get(address).json]
    assert len(set(whole)) == 7
    for limit in (1, 2, 3, 7):
        address = f"/api/v1/incidents?limit={limit}{query}"
        assert list(walk(browser, address, "id")) == whole


def test_an_incident_that_ends_meanwhile_ends_no_walk(browser, put):
    put(0, 1, 2, 3)
    first = browser.get("/api/v1/incidents?limit=2")
    put(3, first=3, resolved_at=NOW)
    put(2, first=2, resolved_at=NOW)
    rest = browser.get(following(first)).json
    assert [one["opened_at"][14:16] for one in rest] == ["31", "30"]


@pytest.mark.parametrize("address", [HISTORY, "/api/v1/incidents?", "/api/v1/incidents?all=1"])
@pytest.mark.parametrize("cursor", ["x", "", "%00", "0" * 16])
def test_a_cursor_that_names_no_row_is_refused(browser, moves, put, address, cursor):
    moves(1, 2)
    put(1, 2)
    answer = browser.get(f"{address}&cursor={cursor}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert "begin anew" in answer.json["detail"]
