"""The list of tags: the strip of each one's moves, and the search."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.web import seed


@pytest.fixture
def now(redis_client):
    return datetime.now(UTC)


@pytest.fixture
def filled(redis_client, browser, now):
    seed.fill(redis_client, now)
    return browser


def page(browser, path="/"):
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


def row(html, tag):
    return re.search(rf'<li[^>]* id="{re.escape(str(tag))}".*?</li>', html, re.DOTALL)[0]


def strip(html, tag):
    return re.findall(r'<i(?: class=(\w))? title="([^"]*)">', row(html, tag))


def test_each_tag_has_a_strip_of_its_last_moves_oldest_first(filled, now):
    marks = strip(page(filled), seed.ACQUACOTTA)
    assert [mark for mark, _ in marks] == ["", "w", "d", "", "w"]
    assert marks[0][1].endswith(" first-seen")
    assert marks[1][1].endswith("wrong: unexpected-source")
    assert marks[2][1].endswith("revert")
    said = "last 5 moves: 2 wrong, 2 right, 1 done"
    assert f'aria-label="{said}"' in row(page(filled), seed.ACQUACOTTA)


def test_a_strip_has_thirty_moves_at_most(redis_client, browser, now):
    memory = seed.accepted(seed.ROTV, now=now)
    moves = [seed.move(memory, now - timedelta(days=day)) for day in range(40, 0, -1)]
    seed.write(redis_client, seed.ROTV, memory, *moves)
    assert len(strip(page(browser), seed.ROTV)) == 30


def shown(html):
    return re.findall(r'<li [^>]*id="quay.io/crunchtools/(\w+):latest"', html)


def test_tags_are_found_by_their_name_and_by_how_they_stand(filled):
    assert shown(page(filled, "/?q=ROT")) == ["rotv"]
    assert shown(page(filled, "/?outcome=wrong")) == ["acquacotta"]
    assert shown(page(filled, "/?q=rotv&outcome=wrong")) == []
    assert "No tag is like that." in page(filled, "/?q=nothing")
    html = page(filled, "/?q=t&outcome=unknown")
    assert "1 of 5 tags" in html
    assert 'value="t"' in html
    assert '<option value="unknown" selected>' in html


def test_what_is_searched_for_is_escaped(filled):
    html = filled.get("/?q=%22><script>alert(1)</script>").text
    assert "<script>" not in html


@pytest.mark.parametrize("query", ["outcome=x", "page=x", "page=0"])
def test_a_wrong_question_is_refused(filled, query):
    assert filled.get(f"/?{query}").status_code == 400
