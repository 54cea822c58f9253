"""`GET /api/v1/status`: the whole in a few numbers."""

from dataclasses import replace

import pytest

from tests.web import seed
from watchdog.core.incident_record import Acknowledgement
from watchdog.core.memory import TagMemory
from watchdog.core.telling import Followed
from watchdog.store.incidents import incident_writes
from watchdog.store.records import Records


@pytest.fixture
def now(redis_client):
    return Records(redis_client).now()


def test_it_counts_the_tags_by_how_they_stand_the_worst_first(browser, redis_client, now):
    seed.fill(redis_client, now)
    assert browser.get("/api/v1/status").json == {
        "standing": "wrong",
        "tags": {"wrong": 1, "gone": 0, "lagging": 1, "unknown": 1, "unseen": 1, "right": 1},
        "incidents": {"open": 1, "acknowledged": 0},
        "looks_overdue_since": None,
        "health": "unknown",
    }


def test_it_counts_the_incidents_that_are_not_over(browser, redis_client, now):
    wrong = seed.rejected(seed.ROTV, now=now).incident
    known = Acknowledgement(wrong.builds[0].digest, "ann", "I know", now)
    for number, one in {"1": wrong, "2": wrong, "3": replace(wrong, acknowledged=known)}.items():
        followed = Followed(TagMemory(incident=replace(one, number=number)))
        for write in incident_writes(seed.ROTV, None, followed):
            redis_client.execute_command(*write)
    assert browser.get("/api/v1/status").json["incidents"] == {"open": 2, "acknowledged": 1}


def test_it_stays_the_same_document_while_nothing_happens(browser, redis_client, now):
    seed.fill(redis_client, now)
    etag = browser.get("/api/v1/status").headers["ETag"]
    assert browser.get("/api/v1/status", headers={"If-None-Match": etag}).status_code == 304
