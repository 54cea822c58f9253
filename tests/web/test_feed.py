"""The feed of incidents: valid Atom, whose entries keep their ids."""

from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.core.examples import NOW, digest, incident
from tests.web import seed
from watchdog.core.incident_record import Acknowledgement, BadBuild, Entry, Happening
from watchdog.core.memory import TagMemory
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code
from watchdog.store.incidents import incident_writes
from watchdog.web.app import close_app, create_app

ATOM = "{http://www.w3.org/2005/Atom}"
HOUR = timedelta(hours=1)
BUILD = BadBuild(digest("bad"), NOW, Code.OLDER_COMMIT, "2 commits behind")
WRONG = replace(incident(number="8"), builds=(BUILD,), opened_at=NOW, wrong_since=NOW)


@pytest.fixture
def put(redis_client):
    def put(*incidents, tag=seed.ACQUACOTTA):
        for one in incidents:
            followed = Followed(TagMemory(incident=one))
            for write in incident_writes(tag, None, followed):
                redis_client.execute_command(*write)

    return put


def entries(browser):
    return ET.fromstring(browser.get("/feed.atom").data).findall(f"{ATOM}entry")


def said(element, name):
    return element.find(f"{ATOM}{name}").text


def required_once(element, *names):
    for name in names:
        (one,) = element.findall(f"{ATOM}{name}")
        assert one.text


def test_it_has_what_atom_requires(browser, put):
    put(WRONG, replace(WRONG, number="9", opened_at=NOW + HOUR))
    answer = browser.get("/feed.atom")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    required_once(feed, "id", "title", "updated")
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    assert {link.get("rel") for link in feed.findall(f"{ATOM}link")} == {"self", "alternate"}
    found = feed.findall(f"{ATOM}entry")
    assert len({said(entry, "id") for entry in found}) == len(found) == 2
    for entry in found:
        required_once(entry, "id", "title", "updated", "published", "content")
        assert said(entry, "id").startswith("urn:uuid:")
        assert datetime.fromisoformat(said(entry, "updated")).tzinfo
        assert entry.find(f"{ATOM}link[@rel='alternate']").get("href").startswith("http://")


def test_without_an_incident_it_is_a_feed_all_the_same(browser):
    feed = ET.fromstring(browser.get("/feed.atom").data)
    assert said(feed, "updated") == "1970-01-01T00:00:00Z"
    assert entries(browser) == []


def test_an_entry_says_what_was_wrong_and_how_it_ended(browser, put):
    put(replace(WRONG, resolved_at=NOW + HOUR, right_since=NOW + HOUR, closing="a revert"))
    (entry,) = entries(browser)
    assert said(entry, "title") == f"{seed.ACQUACOTTA} was wrong, and is right again"
    assert said(entry, "content").splitlines() == [
        "Wrong since 2026-03-02T04:30:00Z.",
        f"{digest('bad')} — older-commit: 2 commits behind",
        "Right since 2026-03-02T05:30:00Z: a revert.",
    ]


def test_an_entry_keeps_its_id_and_is_updated_as_its_story_goes_on(browser, put):
    put(WRONG)
    (before,) = entries(browser)
    noted = Entry(NOW + HOUR, Happening.ACKNOWLEDGED, "I know", digest("bad"), "ann")
    known = Acknowledgement(digest("bad"), "ann", "I know", NOW + HOUR)
    put(replace(WRONG, story=(noted,), acknowledged=known))
    (after,) = entries(browser)
    assert said(before, "id") == said(after, "id")
    assert said(before, "updated") == said(before, "published") == said(after, "published")
    assert said(after, "updated") == "2026-03-02T05:30:00Z"
    assert "Acknowledged." in said(after, "content")
    assert "ann" not in said(after, "content")


def test_what_an_image_says_is_text_and_nothing_else(browser, put):
    hostile = replace(BUILD, detail="<script>alert(1)</script>\x00\x0b\u202e]]>&\uffff")
    put(replace(WRONG, builds=(hostile,)))
    (entry,) = entries(browser)
    assert said(entry, "content").splitlines()[1].endswith("<script>alert(1)</script> ]]>&")
    assert entry.find(f"{ATOM}content").get("type") == "text"
    assert b"<script" not in browser.get("/feed.atom").data


def test_the_newest_come_first_and_the_oldest_not_at_all(browser, put):
    put(*(replace(WRONG, number=str(n), opened_at=NOW + n * HOUR) for n in range(55)))
    times = [said(entry, "published") for entry in entries(browser)]
    assert times == sorted(times, reverse=True)
    assert (len(times), times[-1]) == (50, "2026-03-02T09:30:00Z")


def test_it_is_sent_again_only_when_something_happened(browser, put):
    put(WRONG)
    etag = browser.get("/feed.atom").headers["ETag"]
    known = {"If-None-Match": etag}
    assert browser.get("/feed.atom", headers=known).status_code == 304
    put(replace(WRONG, resolved_at=NOW + HOUR, right_since=NOW + HOUR))
    assert browser.get("/feed.atom", headers=known).status_code == 200


def test_links_begin_with_the_service_s_own_address_where_it_is_known(redis_client, put):
    put(WRONG)
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=redis_client,
        base_url="https://watchdog.example.org/w",
    )
    answer = app.test_client().get("/feed.atom", headers={"Host": "evil.example"})
    close_app(app)
    assert b'href="https://watchdog.example.org/w/feed.atom"' in answer.data
    assert b"evil" not in answer.data
