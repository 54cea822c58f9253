"""Badges: in words and colour how a tag stands, and always a picture."""

from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.web import seed
from watchdog.core.memory import Condition
from watchdog.core.verdict import ConditionCode
from watchdog.store import keys
from watchdog.store.connection import connect
from watchdog.store.records import Records, milliseconds
from watchdog.web.app import close_app, create_app

SVG = "{http://www.w3.org/2000/svg}"
GREY = "#5f6773"


@pytest.fixture
def now(redis_client):
    return Records(redis_client).now()


@pytest.fixture
def filled(browser, redis_client, now):
    seed.fill(redis_client, now)
    return browser


def drawn(answer):
    """What a badge says, and its colour."""
    assert answer.mimetype == "image/svg+xml"
    root = ET.fromstring(answer.data)
    said = root.find(f"{SVG}title").text
    assert root.get("aria-label") == said
    assert ": ".join(text.text for text in root.iter(f"{SVG}text")) == said
    return said, [shape.get("fill") for shape in root.iter(f"{SVG}rect")][-1]


def badge(browser, tag):
    return drawn(browser.get(f"/badge/{tag}.svg"))


def test_a_right_tag_is_trusted_at_its_commit(filled):
    short = seed.revision("postiz")[:7]
    assert badge(filled, seed.POSTIZ) == (f"latest: trusted · {short}", "#1e7d4b")


@pytest.mark.parametrize(
    ("tag", "says", "colour"),
    [
        (seed.ACQUACOTTA, f"wrong · {seed.revision('bad')[:7]}", "#c62828"),
        (seed.ROTV, f"lagging · {seed.revision('rotv')[:7]}", "#9a5b00"),
        (seed.GATEHOUSE, f"unknown · {seed.revision('gatehouse')[:7]}", "#6a5acd"),
        (seed.UNSEEN, "not looked at yet", GREY),
    ],
)
def test_any_other_says_how_it_stands_in_its_colour(filled, tag, says, colour):
    assert badge(filled, tag) == (f"latest: {says}", colour)


def test_a_tag_that_is_gone_has_no_commit(browser, redis_client, now):
    gone = Condition(ConditionCode.DELETED, "k", now, "deleted", in_force=True)
    seed.write(
        redis_client, seed.ROTV, replace(seed.accepted(seed.ROTV, now=now), conditions=(gone,))
    )
    assert badge(browser, seed.ROTV) == ("latest: gone", "#9a5b00")


def test_what_nobody_has_looked_at_lately_is_not_called_trusted(filled, redis_client, now):
    due = milliseconds(now - timedelta(hours=1))
    redis_client.zadd(keys.due_keys(keys.LOOKS)[0], {str(seed.POSTIZ): due})
    said, colour = badge(filled, seed.POSTIZ)
    assert said.startswith("latest: unknown")
    assert colour == "#6a5acd"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("quay.io/stranger/app:v1", "v1: not watched"),
        ("quay.io/crunchtools/unheard-of:latest", "latest: not watched"),
        ("latest", "tag: not watched"),
        ("quay.io/a/b:<script>alert(1)</script>", "tag: not watched"),
    ],
)
def test_what_is_not_watched_is_grey(filled, path, said):
    answer = filled.get(f"/badge/{path}.svg")
    assert answer.status_code == 404
    assert drawn(answer) == (said, GREY)
    assert b"script" not in answer.data


def test_a_badge_is_kept_for_seconds_and_asked_again_by_its_etag(filled, redis_client, now):
    path = f"/badge/{seed.POSTIZ}.svg"
    first = filled.get(path)
    assert first.headers["Cache-Control"] == "public, max-age=5"
    again = filled.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    seed.write(redis_client, seed.POSTIZ, seed.inconclusive(seed.POSTIZ, now=now))
    changed = filled.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_the_words_fit_into_the_badge_at_any_length(browser, redis_client, now):
    long = seed.Tag(seed.POSTIZ.repository, "x" * 128)
    seed.write(redis_client, long, seed.accepted(seed.POSTIZ, now=now))
    root = ET.fromstring(browser.get(f"/badge/{long}.svg").data)
    left, right = root.iter(f"{SVG}text")
    ends = [int(one.get("x")) + int(one.get("textLength")) for one in (left, right)]
    assert ends[0] < int(right.get("x"))
    assert ends[1] < int(root.get("width"))


def test_without_a_store_the_badge_says_so_and_is_not_kept():
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=connect("redis://127.0.0.1:1/0"),
    )
    answer = app.test_client().get(f"/badge/{seed.POSTIZ}.svg")
    close_app(app)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert drawn(answer) == ("latest: no answer", GREY)
