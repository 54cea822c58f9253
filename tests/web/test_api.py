"""The JSON that programs read."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web import seed
from watchdog.core.memory import Found
from watchdog.core.pusher import Pusher, PusherKind
from watchdog.store.connection import connect
from watchdog.web.app import close_app, create_app

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)


@pytest.fixture
def filled(redis_client, browser):
    seed.fill(redis_client, NOW)
    return browser


@pytest.fixture
def without_store():
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=connect("redis://127.0.0.1:1/0"),
    )
    yield app.test_client()
    close_app(app)


def tag(browser, wanted):
    rows = browser.get("/api/v1/tags").json
    return next(row for row in rows if row["tag"] == str(wanted))


def test_a_wrong_tag_is_told_with_all_that_is_known(filled):
    row = tag(filled, seed.ACQUACOTTA)
    assert row.pop("next_look_at").endswith("Z")
    assert row == {
        "tag": "quay.io/crunchtools/acquacotta:latest",
        "digest": str(seed.digest("bad")),
        "outcome": "rejected",
        "findings": [
            {
                "code": "unexpected-source",
                "outcome": "rejected",
                "detail": "built from github.com/crunchtools/acquacotta-old, which is not"
                " github.com/crunchtools/acquacotta; its commit is on no allowed ref",
            },
            {
                "code": "unrelated-history",
                "outcome": "rejected",
                "detail": "no common ancestor with the baseline",
            },
        ],
        "conditions": [],
        "source": "https://github.com/crunchtools/acquacotta-old",
        "revision": seed.revision("bad"),
        "basis": "label",
        "judged_at": "2026-11-23T04:28:00.000Z",
        "baseline": seed.revision("acquacotta"),
        "pusher": None,
        "repeated": None,
        "trusted": {
            "digest": str(seed.digest("acquacotta")),
            "source": "https://github.com/crunchtools/acquacotta",
            "revision": seed.revision("acquacotta"),
            "accepted_at": "2026-11-20T04:30:00.000Z",
        },
    }


def test_a_tag_can_be_asked_for_alone(filled):
    for wanted in (seed.ACQUACOTTA, seed.UNSEEN, seed.POSTIZ):
        assert filled.get(f"/api/v1/tags/{wanted}").json == tag(filled, wanted)


@pytest.mark.parametrize(
    "name", ["latest", "quay.io/crunchtools/unheard-of:latest", "quay.io/stranger/app:latest"]
)
def test_a_tag_that_is_not_watched_is_not_found(redis_client, filled, name):
    stranger = seed.Tag.parse("quay.io/stranger/app:latest")
    seed.write(redis_client, stranger, seed.accepted(seed.ACQUACOTTA, now=NOW))
    answer = filled.get(f"/api/v1/tags/{name}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_condition_makes_an_accepted_tag_a_warning(filled):
    row = tag(filled, seed.ROTV)
    assert row["outcome"] == "warning"
    assert row["conditions"] == [
        {
            "code": "lagging",
            "since": "2026-11-22T23:30:00.000Z",
            "detail": "refs/heads/main is 4 commits ahead",
        }
    ]


def test_a_condition_that_is_not_in_force_is_not_shown(redis_client, browser):
    lagging = seed.lagging(seed.ROTV, now=NOW)
    young = seed.replace(lagging.conditions[0], in_force=False)
    seed.write(redis_client, seed.ROTV, seed.replace(lagging, conditions=(young,)))
    row = tag(browser, seed.ROTV)
    assert (row["outcome"], row["conditions"]) == ("accepted", [])


def test_a_tag_that_was_not_looked_at_is_inconclusive(filled):
    row = tag(filled, seed.UNSEEN)
    assert (row["outcome"], row["digest"], row["findings"]) == ("inconclusive", None, [])
    assert (row["trusted"], row["judged_at"]) == (None, None)


def test_the_tags_are_those_of_the_policy_by_name(redis_client, filled):
    stranger = seed.Tag.parse("quay.io/stranger/app:latest")
    dropped = seed.Tag.parse("quay.io/crunchtools/acquacotta:v1")
    seed.write(redis_client, dropped, seed.accepted(seed.ACQUACOTTA, now=NOW))
    seed.write(redis_client, stranger, seed.accepted(seed.ACQUACOTTA, now=NOW))
    names = [row["tag"] for row in filled.get("/api/v1/tags").json]
    watched = (seed.ACQUACOTTA, seed.GATEHOUSE, seed.UNSEEN, seed.POSTIZ, seed.ROTV)
    assert names == [str(tag) for tag in watched]


def test_the_history_is_told_newest_first(filled):
    rows = filled.get(f"/api/v1/history?tag={seed.ACQUACOTTA}").json
    assert [(row["event"], row["outcome"], row["actor"]) for row in rows] == [
        ("verdict", "rejected", "crunchtools+old_ci"),
        ("verdict", "accepted", "crunchtools+ci"),
        ("revert", "accepted", "watchdog"),
        ("verdict", "rejected", "crunchtools+old_ci"),
        ("verdict", "accepted", None),
    ]
    assert rows[0] == {
        "number": 8,
        "at": "2026-11-23T04:18:00.000Z",
        "event": "verdict",
        "digest": str(seed.digest("bad")),
        "outcome": "rejected",
        "findings": rows[0]["findings"],
        "source": "https://github.com/crunchtools/acquacotta-old",
        "revision": seed.revision("bad"),
        "basis": "label",
        "actor": "crunchtools+old_ci",
        "pusher": None,
        "since": None,
        "until": None,
        "found_by": None,
    }


def test_who_moved_a_tag_is_told_without_address_and_program(redis_client, browser):
    pusher = Pusher(PusherKind.ROBOT, "crunchtools+old", "203.0.113.7", "skopeo/1.9.3")
    memory = seed.replace(seed.accepted(seed.ROTV, now=NOW), pusher=pusher, offender="a cron")
    held = seed.replace(
        seed.move(memory, NOW, event="passing"),
        pusher=pusher,
        since=NOW - timedelta(seconds=61),
        until=NOW,
        found=Found.TIMER,
    )
    seed.write(redis_client, seed.ROTV, memory, held)
    (row,) = browser.get(f"/api/v1/history?tag={seed.ROTV}").json
    told = {"kind": "robot", "name": "crunchtools+old", "note": ""}
    assert (row["pusher"], row["found_by"]) == (told, "timer")
    assert (row["since"], row["until"]) == ("2026-11-23T04:28:59.000Z", "2026-11-23T04:30:00.000Z")
    (tag,) = [tag for tag in browser.get("/api/v1/tags").json if tag["tag"] == str(seed.ROTV)]
    assert (tag["pusher"], tag["repeated"]) == (told, "a cron")
    page = browser.get(f"/tags/{seed.ROTV}").text
    assert "robot `crunchtools+old`" in page
    assert "for 61 s, until" in page
    assert "found by the timer" in page
    assert "203.0.113.7" not in page + browser.get("/api/v1/tags").text


def test_an_approval_judges_nothing(redis_client, browser):
    memory = seed.accepted(seed.ROTV, now=NOW)
    said = seed.replace(seed.move(memory, NOW, event="approval", actor="ann: fine"), findings=())
    seed.write(redis_client, seed.ROTV, memory, said)
    assert browser.get(f"/api/v1/history?tag={seed.ROTV}").json[0]["outcome"] is None


def test_a_limit_cuts_the_history(filled):
    assert len(filled.get(f"/api/v1/history?tag={seed.ACQUACOTTA}&limit=2").json) == 2


def test_fifty_rows_are_told_unless_asked(redis_client, browser):
    memory = seed.accepted(seed.ROTV, now=NOW)
    moves = [seed.move(memory, NOW + timedelta(days=n)) for n in range(60)]
    seed.write(redis_client, seed.ROTV, memory, *moves)
    assert len(browser.get(f"/api/v1/history?tag={seed.ROTV}").json) == 50
    assert len(browser.get(f"/api/v1/history?tag={seed.ROTV}&limit=500").json) == 60


def test_a_watched_tag_without_a_history_has_an_empty_one(filled):
    assert filled.get(f"/api/v1/history?tag={seed.UNSEEN}").json == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("tag=", 400),
        ("tag=latest", 400),
        ("tag=quay.io/a/b@sha256:00", 400),
        ("tag=quay.io/crunchtools/rotv:latest&limit=0", 400),
        ("tag=quay.io/crunchtools/rotv:latest&limit=501", 400),
        ("tag=quay.io/crunchtools/rotv:latest&limit=-1", 400),
        ("tag=quay.io/crunchtools/rotv:latest&limit=²", 400),
        ("tag=quay.io/crunchtools/rotv:latest&limit=" + "1" * 5000, 400),
        ("tag=quay.io/crunchtools/unheard-of:latest", 404),
        ("tag=quay.io/stranger/app", 404),
    ],
)
def test_a_wrong_question_gets_a_problem_document(filled, query, status):
    answer = filled.get(f"/api/v1/history?{query}")
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["detail"]


def test_an_unknown_endpoint_gets_a_problem_document(browser):
    answer = browser.get("/api/v2/tags")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_it_is_ready_while_the_store_answers(browser):
    assert browser.get("/readyz").status_code == 200


def test_without_a_store_it_is_up_but_not_ready(without_store):
    assert without_store.get("/healthz").status_code == 200
    answer = without_store.get("/readyz")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert "the store failed" in answer.json["detail"]


def test_without_a_store_the_tags_are_not_told(without_store):
    answer = without_store.get("/api/v1/tags")
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
