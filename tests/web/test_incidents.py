"""`GET /api/v1/incidents`: what is wrong, and what was, with its story."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.examples import NOW, digest, incident
from tests.web import seed
from watchdog.core.incident_record import Acknowledgement, BadBuild, Entry, Happening
from watchdog.core.memory import TagMemory
from watchdog.core.operator import Operator
from watchdog.core.telling import Followed
from watchdog.core.verdict import Code
from watchdog.store.incidents import incident_writes
from watchdog.web.app import close_app, create_app
from watchdog.web.operators import Doors

ENTRY = Entry(NOW, Happening.ACKNOWLEDGED, "I know", digest("bad"), "ann")
BUILD = BadBuild(
    digest("bad"),
    NOW,
    Code.OLDER_COMMIT,
    "older",
    seed.source("acquacotta"),
    seed.revision("bad"),
)
OPEN = replace(
    incident(number="8", story=(ENTRY,)),
    builds=(BUILD,),
    acknowledged=Acknowledgement(digest("bad"), "ann", "I know", NOW),
)
OVER = replace(
    incident(number="6"),
    opened_at=NOW - timedelta(days=1),
    resolved_at=NOW,
    right_since=NOW,
    closing="a right build was pushed",
)


TOKEN = "alice-0123456789abc"


@pytest.fixture
def kept(redis_client, browser):
    for one in (OPEN, OVER):
        followed = Followed(TagMemory(incident=one))
        for write in incident_writes(seed.ACQUACOTTA, None, followed):
            redis_client.execute_command(*write)
    return browser


def test_those_that_are_open_are_listed_and_with_all_the_others_too(kept):
    assert [one["stage"] for one in kept.get("/api/v1/incidents").json] == ["acknowledged"]
    everything = kept.get("/api/v1/incidents?all=1").json
    assert [one["stage"] for one in everything] == ["acknowledged", "resolved"]
    assert len(kept.get("/api/v1/incidents?all=1&limit=1").json) == 1


def test_an_incident_is_told_with_its_builds_and_its_story(kept):
    (listed,) = kept.get("/api/v1/incidents").json
    one = kept.get(f"/api/v1/incidents/{listed['id']}").json
    assert one == listed
    assert one["tag"] == str(seed.ACQUACOTTA)
    assert (one["acknowledged"]["by"], one["acknowledged"]["reason"]) == (None, None)
    assert one["builds"] == [
        {
            "digest": str(digest("bad")),
            "since": "2026-03-02T04:30:00.000Z",
            "code": "older-commit",
            "detail": "older",
            "source": "github.com/crunchtools/acquacotta",
            "revision": seed.revision("bad"),
            "times": 1,
        }
    ]
    assert one["story"] == [
        {
            "at": "2026-03-02T04:30:00.000Z",
            "what": "acknowledged",
            "words": "",
            "digest": str(digest("bad")),
            "by": None,
        }
    ]


def test_who_said_what_is_told_to_operators(kept, redis_client):
    doors = Doors((Operator("alice", TOKEN),))
    app = create_app(
        look_every=seed.LOOK_EVERY, policy=lambda: seed.POLICY, client=redis_client, doors=doors
    )
    asking = app.test_client()
    for token, by, words in ((TOKEN, "ann", "I know"), ("x" * 19, None, "")):
        headers = {"Authorization": f"Bearer {token}"}
        (one,) = asking.get("/api/v1/incidents", headers=headers).json
        assert one["acknowledged"]["by"] == by
        assert [(entry["by"], entry["words"]) for entry in one["story"]] == [(by, words)]
        assert asking.get(f"/api/v1/incidents/{one['id']}", headers=headers).json == one
    close_app(app)


@pytest.mark.parametrize(
    ("query", "status"),
    [("?all=2", 400), ("?limit=0", 400), ("?limit=201", 400), ("?limit=²", 400), ("/x", 404)],
)
def test_a_wrong_question_gets_a_problem_document(kept, query, status):
    answer = kept.get(f"/api/v1/incidents{query}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
