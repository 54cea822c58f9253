"""The overview of hundreds of tags: by the page, and light."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.web import seed
from watchdog.core.policy import parse_policy
from watchdog.core.reference import Tag
from watchdog.web.app import close_app, create_app

NOW = datetime.now(UTC)
PAGE_MAX_BYTES = 200_000
POLICY = parse_policy(
    {"watch": [{"image": "quay.io/**", "source": "https://github.com/crunchtools/{name}"}]}
)


def many(count):
    return [
        Tag.parse(f"quay.io/organisation-{n % 7}/service-number-{n:03}:latest")
        for n in range(count)
    ]


@pytest.fixture
def browser(redis_client, monkeypatch):
    monkeypatch.setattr(seed, "POLICY", POLICY)
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: POLICY, client=redis_client)
    yield app.test_client()
    close_app(app)


def fill(client, tags, moves=30):
    pipeline = client.pipeline(transaction=False)
    for n, tag in enumerate(tags):
        memory = seed.rejected(tag, now=NOW) if n % 25 == 0 else seed.accepted(tag, now=NOW)
        rows = [seed.move(memory, NOW - timedelta(hours=hours)) for hours in range(moves)]
        seed.write(pipeline, tag, memory, *rows)
    pipeline.execute()


@pytest.mark.parametrize("count", [100, 500])
def test_a_page_of_tags_with_all_their_moves_is_light(redis_client, browser, count):
    fill(redis_client, many(count))
    answer = browser.get("/")
    assert answer.text.count("</i>") >= 30 * 50
    assert len(answer.data) < PAGE_MAX_BYTES


def test_past_a_hundred_tags_they_are_paged_and_the_filter_stays(redis_client, browser):
    tags = many(101)
    fill(redis_client, tags, moves=1)
    seen = []
    for page in (1, 2, 3):
        html = browser.get(f"/?q=service&page={page}").text
        seen += re.findall(r'<li [^>]*id="([^"]+)"', html)
    assert sorted(seen) == sorted(map(str, tags))
    assert len(seen) == 101
    assert 'href="?q=service&amp;page=2#tags"' in html
    assert browser.get("/?page=4").status_code == 404
    assert browser.get("/?q=number-00").text.count('<ul class="rows">') == 7


def test_of_very_many_wrong_ones_the_newest_are_shown_and_the_others_counted(redis_client, browser):
    for tag in many(30):
        seed.write(redis_client, tag, seed.rejected(tag, now=NOW))
    html = browser.get("/").text
    assert html.count('<section class="tag wrong"') == 20
    assert '<a href="/?outcome=wrong">10 more are wrong</a>' in html
