"""The overview."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.web import seed
from watchdog.core.incident_record import incident_id
from watchdog.core.policy import parse_policy
from watchdog.core.verdict import Code, Finding
from watchdog.store.connection import connect
from watchdog.web.app import close_app, create_app


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


def wrong(html):
    return re.findall(r'<section class="tag .*?</section>', html, re.DOTALL)


def test_one_line_says_whether_all_is_well(filled):
    html = page(filled)
    assert "1 tag is wrong" in re.search(r"<h1>.*?</h1>", html, re.DOTALL)[0]
    assert "1 tag right, 1 wrong, 1 lagging, 1 unknown, 1 not looked at yet" in html
    assert "<title>1 tag is wrong" in html


def test_what_is_wrong_comes_first_then_all_tags_under_their_namespace(filled):
    html = page(filled)
    assert html.index('<section class="tag wrong"') < html.index('<h2 class="namespace">')
    assert re.findall('<h2 class="namespace">(.*)</h2>', html) == ["quay.io/crunchtools"]
    order = re.findall(r'<li [^>]*id="quay.io/crunchtools/(\w+):latest"', html)
    assert order == ["acquacotta", "gatehouse", "new", "postiz", "rotv"]


def test_a_wrong_tag_shows_why_and_since_when_and_leads_to_its_story(filled):
    (html,) = wrong(page(filled))
    for words in (
        f'href="/tags/{seed.ACQUACOTTA}"',
        "unexpected-source",
        "built from github.com/crunchtools/acquacotta-old",
        "12 min ago",
        f'href="/incidents/{incident_id(seed.ACQUACOTTA, "8")}"',
    ):
        assert words in html


@pytest.mark.parametrize(
    ("tag", "word", "shape"),
    [
        (seed.ACQUACOTTA, "wrong", "#shape-wrong"),
        (seed.ROTV, "lagging", "#shape-lagging"),
        (seed.GATEHOUSE, "unknown", "#shape-unknown"),
        (seed.UNSEEN, "not looked at yet", "#shape-unseen"),
        (seed.POSTIZ, "right", "#shape-right"),
    ],
)
def test_how_a_tag_stands_is_a_word_and_a_shape_beside_the_colour(filled, tag, word, shape):
    stands = re.search(r"<b .*?</b>", row(page(filled), tag), re.DOTALL)[0]
    assert word in stands
    assert shape in stands


def test_a_source_is_a_link_only_where_the_policy_names_it(filled):
    html = page(filled)
    commit = seed.revision("rotv")
    assert f'href="https://github.com/crunchtools/rotv/commit/{commit}"' in html
    assert 'href="https://github.com/crunchtools/acquacotta-old' not in html


def test_a_link_leads_where_the_policy_s_own_url_does(redis_client, now):
    url = "http://git.example:3000/crunchtools/rotv"
    memory = seed.accepted(seed.ROTV, now=now)
    source = seed.parse_source(url)[0]
    memory = seed.replace(
        memory, source=source, trusted=seed.replace(memory.trusted, source=source)
    )
    entry = {"image": str(seed.ROTV.repository), "source": f"{url}.git"}
    policy = parse_policy({"watch": [entry]})
    seed.write(redis_client, seed.ROTV, memory, seed.move(memory, now))
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: policy, client=redis_client)
    browser = app.test_client()
    html = page(browser) + page(browser, f"/tags/{seed.ROTV}")
    assert f'href="{url}"' in html
    assert f'href="{url}/commit/{memory.revision}"' in html
    row = browser.get("/api/v1/tags").json[0]
    assert row["source"] == row["trusted"]["source"] == url
    assert browser.get(f"/api/v1/history?tag={seed.ROTV}").json[0]["source"] == url
    close_app(app)


def test_times_are_for_machines_too(filled, now):
    assert f'datetime="{now - timedelta(minutes=12):%Y-%m-%dT%H:%M:%SZ}"' in page(filled)


def test_all_right_is_said_so(redis_client, now):
    policy = parse_policy(
        {"watch": [{"image": str(seed.ROTV.repository), "source": "https://github.com/a/b"}]}
    )
    seed.write(redis_client, seed.ROTV, seed.accepted(seed.ROTV, now=now))
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: policy, client=redis_client)
    html = page(app.test_client())
    assert "1 tag watched, and it is right" in html
    assert "1 tag right, 0 wrong, 0 lagging, 0 unknown" in html
    assert "Three steps" not in html
    close_app(app)


def test_what_nobody_has_looked_at_lately_is_not_called_right(redis_client, now):
    policy = parse_policy(
        {"watch": [{"image": str(seed.ROTV.repository), "source": "https://github.com/a/b"}]}
    )
    seed.write(redis_client, seed.ROTV, seed.accepted(seed.ROTV, now=now))
    due = (now - timedelta(minutes=10)).timestamp() * 1000
    redis_client.zadd("wd:due:looks", {str(seed.ROTV): due})
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: policy, client=redis_client)
    html = page(app.test_client())
    assert "All was right when it was last looked at" in html
    assert "Nobody is looking" in html
    close_app(app)


def wait(client, lanes, reason, **failure):
    """Let so many messages wait in these lanes, for this reason."""
    failure = {"since": "2026-03-02T04:30:00Z", "attempts": 3, "reason": reason, **failure}
    for lane, count in lanes.items():
        client.rpush(f"wd:lane:{lane}", *["{}"] * count)
        client.hset("wd:lane-failures", lane, json.dumps(failure))
        client.zadd("wd:due:lanes", {lane: 0})


def test_each_channel_is_shown_with_what_it_took_what_waits_and_why(redis_client, browser, now):
    redis_client.hset("wd:channels", mapping={"ops": "slack", "matrix": "matrix"})
    at = now - timedelta(minutes=5)
    redis_client.hset("wd:channels:delivered", "ops", round(at.timestamp() * 1000))
    redis_client.hset("wd:channels:given-up", "ops", 2)
    wait(redis_client, {"ops|a": 1, "ops|b": 3}, "404 <gone>", refused_since="2026-03-02T04:30:00Z")
    (listed,) = re.findall(r'id="channels".*?</section>', browser.get("/health").text, re.DOTALL)
    ops, matrix = re.findall(r"<li>.*?</li>", " ".join(listed.split()))
    assert "<strong>ops</strong> (slack): last message taken" in ops
    assert f'datetime="{at:%Y-%m-%dT%H:%M:%SZ}"' in ops
    assert ", 4 wait, 2 given up so far. It refuses since" in ops
    assert ": 404 &lt;gone&gt;" in ops
    assert "<strong>matrix</strong>: has taken no message yet." in matrix


def test_what_people_were_not_told_is_said_in_one_line_that_leads_to_more(redis_client, browser):
    assert "The watchdog itself" not in page(browser)
    wait(redis_client, {"slack|a": 2, "slack|b": 1, "matrix|a": 1}, "503 <busy>\u202e")
    (line,) = re.findall(r'<p class="notice lagging itself">.*?</p>', page(browser), re.DOTALL)
    assert "3 messages for slack wait" in line
    assert "1 message for matrix waits" in line
    assert 'href="/health"' in line
    assert "503" not in line


def test_at_the_beginning_it_says_what_to_do_next(browser):
    html = page(browser)
    assert "4 tags not looked at yet" in html
    assert "Three steps to a first verdict" in html
    assert "/hooks/quay" in html


def test_text_from_outside_is_escaped(redis_client, browser, now):
    hostile = seed.replace(
        seed.accepted(seed.ROTV, now=now),
        findings=(Finding(Code.UNIDENTIFIED, "<script>alert(1)</script>\u202e"),),
    )
    moved = seed.move(hostile, now, actor='"><img src=x>')
    seed.write(redis_client, seed.ROTV, hostile, moved)
    html = browser.get("/").text
    assert "&lt;script&gt;alert" in html
    assert "<script>" not in html
    assert "<img" not in html
    assert "\u202e" not in html


def test_nothing_is_inline_and_no_other_page_may_frame_it(filled):
    answer = filled.get("/")
    assert not re.search(r"<script>|<style| style=| on\w+=", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    for part in ("default-src 'none'", "style-src 'self'", "img-src 'self' data:"):
        assert part in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_style_sheet_is_there_and_may_be_kept(browser):
    address = re.search(r'rel="stylesheet" href="([^"]+)"', browser.get("/").text)[1]
    with browser.get(address) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/css")
        assert "max-age" in answer.headers["Cache-Control"]


def test_the_icon_is_red_when_something_is_wrong(browser, redis_client, now):
    icon = r'rel="icon" href="([^"]+)"'
    calm = re.search(icon, browser.get("/").text)[1]
    seed.fill(redis_client, now)
    alarmed = re.search(icon, browser.get("/").text)[1]
    assert calm.startswith("data:image/svg+xml,")
    assert "c62828" in alarmed
    assert "c62828" not in calm


def test_the_refresh_can_be_paused(browser):
    assert 'http-equiv="refresh"' in page(browser)
    assert 'http-equiv="refresh"' not in page(browser, "/?paused")


def test_the_timer_is_told_as_it_is_set(redis_client):
    seven = timedelta(minutes=7)
    app = create_app(look_every=seven, policy=lambda: seed.POLICY, client=redis_client)
    assert "What moved is looked for at least every 7 min" in page(app.test_client())
    close_app(app)


def test_without_a_store_the_page_says_so():
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=connect("redis://127.0.0.1:1/0"),
    )
    answer = app.test_client().get("/")
    assert answer.status_code == 503
    assert "The store does not answer" in answer.text
    assert 'rel="stylesheet"' in answer.text
    close_app(app)


def test_an_unknown_page_leads_back(browser):
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert 'href="/"' in answer.text


def test_a_damaged_record_spoils_no_other_tag(filled, redis_client):
    redis_client.hset("wd:memories", str(seed.ACQUACOTTA), b"{")
    assert "not looked at yet" in row(page(filled), seed.ACQUACOTTA)
