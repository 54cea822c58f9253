"""`GET /metrics`: what a Prometheus reads, and that it comes from the store alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web import seed
from watchdog.core.incident_record import Acknowledgement
from watchdog.core.memory import PendingRevert, TagMemory
from watchdog.core.message import Message, Severity
from watchdog.core.routing import Routes
from watchdog.core.self_condition import SelfCode, SelfCondition, Trouble
from watchdog.core.telling import Followed
from watchdog.store import keys
from watchdog.store.channels import channels_writes
from watchdog.store.connection import connect
from watchdog.store.due import DueSet
from watchdog.store.incidents import incident_writes
from watchdog.store.outbox import post
from watchdog.store.records import Records, milliseconds
from watchdog.store.self_conditions import checked_writes
from watchdog.web.app import close_app, create_app

HOUR = timedelta(hours=1)


@pytest.fixture
def now(redis_client):
    return Records(redis_client).now()


@pytest.fixture
def keep(redis_client):
    def keep(writes):
        for write in writes:
            redis_client.execute_command(*write)

    return keep


@pytest.fixture
def scrape(browser):
    """Read all samples: by name, or by name and the label's value."""

    def scrape():
        answer = browser.get("/metrics")
        assert answer.status_code == 200, answer.text
        families = text_string_to_metric_families(answer.text)
        return {
            (sample.name, *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    return scrape


def values(found, name):
    """The samples of one name, by the value of their label."""
    return {key[1]: value for key, value in found.items() if key[0] == name}


def test_tags_are_counted_by_outcome(scrape, redis_client, now):
    seed.fill(redis_client, now)
    found = scrape()
    assert values(found, "watchdog_tags") == {
        "accepted": 1,
        "warning": 1,
        "rejected": 1,
        "inconclusive": 1,
    }
    assert found["watchdog_tags_unseen",] == 1


def test_open_incidents_are_counted_by_whether_somebody_knows(scrape, keep, now):
    wrong = seed.rejected(seed.ROTV, now=now).incident
    known = Acknowledgement(wrong.builds[0].digest, "ann", "I know", now)
    for number, incident in {
        "1": wrong,
        "2": replace(wrong, acknowledged=known),
        "3": replace(wrong, resolved_at=now),
    }.items():
        followed = Followed(TagMemory(incident=replace(incident, number=number)))
        keep(incident_writes(seed.ROTV, None, followed))
    found = values(scrape(), "watchdog_incidents_open")
    assert found == {"open": 1, "acknowledged": 1}


def test_reverts_of_the_last_day_and_those_to_be_done_are_counted(scrape, redis_client, now):
    memory = seed.accepted(seed.ROTV, now=now)
    pending = PendingRevert(8, seed.digest("bad"), seed.digest("rotv"), now)
    reverts = (now - 30 * HOUR, now - 2 * HOUR, now - HOUR)
    seed.write(redis_client, seed.ROTV, replace(memory, reverts=reverts, revert=pending))
    found = scrape()
    assert found["watchdog_reverts_last_day",] == 2
    assert found["watchdog_reverts_pending",] == 1


def test_the_lag_is_that_of_what_has_been_due_longest(scrape, redis_client, now):
    looks = DueSet(redis_client, keys.LOOKS)
    looks.schedule([("a", 60_000), ("b", 60_000)])
    assert values(scrape(), "watchdog_due_lag_seconds") == {"looks": 0, "lanes": 0, "chores": 0}
    redis_client.zadd(keys.due_keys(keys.LOOKS)[0], {"a": milliseconds(now - HOUR)})
    found = scrape()
    assert 3600 <= found["watchdog_due_lag_seconds", "looks"] < 3660
    assert found["watchdog_due_waiting", "looks"] == 2
    assert found["watchdog_due_leased", "looks"] == 0


def test_the_outbox_is_told_for_each_channel(scrape, keep, redis_client, now):
    keep(channels_writes({"slack": "slack", "mail": "email"}))
    redis_client.hset(keys.CHANNELS_GIVEN_UP, "slack", 4)
    redis_client.hset(keys.CHANNELS_DELIVERED, "mail", milliseconds(now))
    text = Message("m", "a", "wrong", Severity.CRITICAL, "wrong", (), (), now - HOUR)
    posting = post([text, text], Routes(("slack",)))
    keep(posting.writes)
    for name, member in posting.announce:
        DueSet(redis_client, name).announce(member)
    found = scrape()
    assert values(found, "watchdog_outbox_messages") == {"slack": 2, "mail": 0}
    ages = values(found, "watchdog_outbox_age_seconds")
    assert 3600 <= ages["slack"] < 3660
    assert ages["mail"] == 0
    assert values(found, "watchdog_outbox_given_up_total") == {"slack": 4, "mail": 0}
    delivered = values(found, "watchdog_outbox_delivered_timestamp_seconds")
    assert delivered == {"mail": now.timestamp()}


def test_a_sweep_ends_when_every_tag_has_been_looked_at(scrape, redis_client, now):
    seed.fill(redis_client, now)
    assert ("watchdog_last_sweep_timestamp_seconds",) not in scrape()
    looked = now - HOUR
    unseen = replace(seed.accepted(seed.UNSEEN, now=now), judged_at=looked)
    seed.write(redis_client, seed.UNSEEN, unseen)
    assert scrape()["watchdog_last_sweep_timestamp_seconds",] == looked.timestamp()


def test_the_watchdog_s_own_conditions_are_told(scrape, keep, now):
    low = SelfCondition(Trouble(SelfCode.DISK_LOW, "node", "full", "well"), now)
    keep(checked_writes({low.trouble.name: low}, now))
    found = scrape()
    conditions = values(found, "watchdog_self_conditions")
    assert {code for code, count in conditions.items() if count} == {"disk-low"}
    assert conditions.keys() == set(SelfCode)
    assert found["watchdog_self_checked_timestamp_seconds",] == now.timestamp()


def test_no_tag_and_no_text_of_a_build_is_a_label(browser, redis_client, now):
    seed.fill(redis_client, now)
    text = browser.get("/metrics").text
    assert "crunchtools" not in text
    assert "unexpected" not in text


@pytest.mark.parametrize("accept", ["", "text/plain; version=abc", "application/openmetrics-text"])
def test_whatever_is_accepted_the_plain_format_is_sent(browser, accept):
    answer = browser.get("/metrics", headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "version=0.0.4" in answer.content_type


def test_two_applications_in_one_process_answer_alike(browser, redis_client, now):
    seed.fill(redis_client, now)
    other = create_app(look_every=seed.LOOK_EVERY, policy=lambda: seed.POLICY, client=redis_client)
    tags = [
        [line for line in one.get("/metrics").text.splitlines() if "_tags" in line]
        for one in (browser, other.test_client())
    ]
    close_app(other)
    assert tags[0] == tags[1]
    assert len(tags[0]) > 4


def test_without_a_store_there_is_a_problem_document():
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=connect("redis://127.0.0.1:1/0"),
    )
    answer = app.test_client().get("/metrics")
    close_app(app)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
