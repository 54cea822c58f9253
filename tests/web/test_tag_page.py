"""A tag's page: what it is and what it should be, and its past."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from tests.web import seed
from watchdog.core.policy import parse_policy
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.core.verdict import Code, Finding
from watchdog.web.app import close_app, create_app

NOW = datetime.now(UTC)
PATH = f"/tags/{seed.ACQUACOTTA}"


@pytest.fixture
def filled(redis_client, browser):
    # The page tells how long ago something was by the store's clock.
    seed.fill(redis_client, datetime.now(UTC))
    return browser


def page(browser, path=PATH):
    answer = browser.get(path)
    assert answer.status_code == 200
    return unescape(answer.text)


def part(html, name):
    return re.search(rf'aria-labelledby="{name}".*?</section>', html, re.DOTALL)[0]


def words(html):
    return " ".join(re.sub("<[^>]*>", " ", html).split())


def test_it_says_how_the_tag_stands_and_since_when(filled):
    html = page(filled)
    assert f"<title>{seed.ACQUACOTTA}: wrong" in html
    assert "It is wrong. It has held this build since" in words(html)
    assert "12 min ago" in html


def test_every_finding_is_told_in_words(filled):
    found = words(part(page(filled), "findings"))
    assert "unexpected-source built from github.com/crunchtools/acquacotta-old" in found
    assert "unrelated-history no common ancestor with the baseline" in found


def test_what_it_is_stands_beside_what_it_should_be_with_the_differences_marked(filled):
    rows = re.findall(r"<tr class=\"differs\">.*?</tr>", page(filled), re.DOTALL)
    assert [words(row).split()[0] for row in rows] == ["Source", "Commit", "Digest"]
    assert all("differs" in words(row) for row in rows)
    assert f"{seed.revision('bad')[:12]} {seed.revision('acquacotta')[:12]}" in words(rows[1])
    right = part(page(filled, f"/tags/{seed.POSTIZ}"), "builds")
    assert words(right).count("the same") == 3
    assert 'class="differs"' not in right


def test_a_source_is_a_link_only_where_the_policy_names_it(filled):
    html = page(filled)
    assert 'href="https://github.com/crunchtools/acquacotta"' in html
    assert 'href="https://github.com/crunchtools/acquacotta-old' not in html


def test_the_drawing_marks_what_was_wrong_by_its_shape_and_in_words(filled):
    drawn = part(page(filled), "timeline")
    assert "wrong 2 times, for 13 min in all" in words(drawn)
    assert drawn.count('class="hatched"') == 2
    assert "wrong (unexpected-source): " in drawn


@pytest.mark.parametrize(("span", "said"), [("24h", "wrong 1 time, for 12 min"), ("1y", "2 times")])
def test_a_link_zooms(filled, span, said):
    assert said in words(part(page(filled, f"{PATH}?span={span}"), "timeline"))


def test_earlier_is_a_link_and_from_there_later(filled):
    (earlier,) = re.findall(r'<a href="([^"]+)">Earlier', page(filled, f"{PATH}?span=24h"))
    before = page(filled, PATH + earlier.partition("#")[0])
    assert "never wrong" in part(before, "timeline")
    assert ">Later</a>" in before


@pytest.mark.parametrize(
    "query", ["span=2d", "until=x", "until=-1", "until=²", "until=999999999999", "page=0", "page=x"]
)
def test_a_wrong_question_is_refused(filled, query):
    assert filled.get(f"{PATH}?{query}").status_code == 400


@pytest.mark.parametrize("until", ["0", "99999999999"])
def test_the_beginning_of_time_and_the_future_can_be_asked_for(filled, until):
    assert "never wrong" in page(filled, f"{PATH}?span=1y&until={until}") or until != "0"


def test_the_history_is_paged(redis_client, browser):
    memory = seed.accepted(seed.ROTV, now=NOW)
    rows = [seed.move(memory, NOW - timedelta(hours=hours)) for hours in range(60, 0, -1)]
    seed.write(redis_client, seed.ROTV, memory, *rows)
    path = f"/tags/{seed.ROTV}"
    assert page(browser, path).count('<td class="when">') == 25
    last = page(browser, f"{path}?span=24h&page=3")
    assert last.count('<td class="when">') == 10
    assert 'href="?span=24h&page=2#history"' in last
    assert browser.get(f"{path}?page=4").status_code == 404


def test_who_pushed_is_named_without_address_and_program(redis_client, browser):
    pusher = Pusher(PusherKind.ROBOT, "crunchtools+old", ip="203.0.113.7", agent="skopeo/1.9.3")
    memory = seed.replace(seed.rejected(seed.ROTV, now=NOW), pusher=pusher, offender="a cron")
    moved = seed.replace(seed.move(memory, NOW), pusher=pusher)
    seed.write(redis_client, seed.ROTV, memory, moved)
    html = page(browser, f"/tags/{seed.ROTV}")
    assert html.count("robot `crunchtools+old`") == 2
    assert "a cron" in html
    assert "203.0.113.7" not in html
    assert "skopeo" not in html


def test_text_from_outside_is_escaped(redis_client, browser):
    script = "<script>alert(1)</script>\u202e"
    memory = seed.replace(
        seed.rejected(seed.ROTV, now=NOW),
        findings=(Finding(Code.UNIDENTIFIED, script),),
        pusher=Pusher(PusherKind.PERSON, script, agent=script, title=script, note=script),
        offender=script,
    )
    moved = seed.move(memory, NOW, actor='"><img src=x>')
    seed.write(redis_client, seed.ROTV, memory, moved, seed.replace(moved, pusher=memory.pusher))
    html = browser.get(f"/tags/{seed.ROTV}").text
    for sign in ("<script", "<img", "\u202e"):
        assert sign not in html
    assert "&lt;script&gt;" in html


def test_it_says_until_when_there_is_time(redis_client):
    image = {
        "image": str(seed.ROTV.repository),
        "source": "https://github.com/crunchtools/rotv",
        "pulls": {"at": "03:00", "timezone": "Europe/Berlin"},
    }
    policy = parse_policy({"watch": [image]})
    app = create_app(look_every=seed.LOOK_EVERY, policy=lambda: policy, client=redis_client)
    seed.write(redis_client, seed.ROTV, seed.rejected(seed.ROTV, now=NOW))
    assert re.search(
        "Hosts pull it in [0-9]+", words(page(app.test_client(), f"/tags/{seed.ROTV}"))
    )
    seed.write(redis_client, seed.ROTV, seed.accepted(seed.ROTV, now=NOW))
    assert "Hosts pull" not in page(app.test_client(), f"/tags/{seed.ROTV}")
    close_app(app)


def test_a_tag_without_a_look_says_when_its_first_one_is(filled):
    assert "Its first look is in 3 min" in words(page(filled, f"/tags/{seed.UNSEEN}"))


@pytest.mark.parametrize("name", ["quay.io/stranger/app:latest", "x", "quay.io/crunchtools/none:v"])
def test_what_is_not_watched_is_not_found(filled, name):
    assert filled.get(f"/tags/{name}").status_code == 404


def test_an_address_without_its_tag_leads_to_the_latest(filled):
    answer = filled.get(f"/tags/{seed.ROTV.repository}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/tags/{seed.ROTV}")
