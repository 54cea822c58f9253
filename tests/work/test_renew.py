"""What is open is told to an Alertmanager again and again, for it forgets."""

from datetime import UTC, datetime

import pytest

from tests.notify.alertmanagers import Alertmanager
from tests.work.conftest import House
from watchdog.core.message import Message, Severity, Stage
from watchdog.store.outbox import post
from watchdog.work.renew import CHORE


@pytest.fixture
def there():
    with Alertmanager() as running:
        yield running


@pytest.fixture
def house(stack, redis_client, tmp_path, there):
    return House(
        stack, redis_client, tmp_path, {"enforce": "alert"}, WATCHDOG_ALERTMANAGER_URL=there.url
    )


def tell(house, stage, thread="t1"):
    now = datetime.now(UTC)
    message = Message(
        id=f"{thread}-{stage}",
        subject=f"quay.io/a/{thread}:latest",
        kind="wrong",
        severity=Severity.CRITICAL,
        title="It is wrong",
        facts=(),
        advice=(),
        at=now,
        thread=thread,
        since=now,
        stage=stage,
    )
    posting = post([message], house.tools.routes)
    house.tools.chores.announce("told")
    claim = house.tools.chores.claim()
    house.tools.chores.complete(
        claim, next_in_ms=None, writes=posting.writes, announce=posting.announce
    )
    house.told()


def test_an_alertmanager_that_was_restarted_hears_of_all_that_is_open(house, there):
    tell(house, Stage.OPEN, "t1")
    tell(house, Stage.OPEN, "t2")
    there.restart()
    house.chore(CHORE)
    assert sorted(one["labels"]["repository"] for one in there.firing()) == ["a/t1", "a/t2"]


def test_what_ended_is_said_to_have_ended(house, there):
    tell(house, Stage.OPEN)
    tell(house, Stage.RESOLVED)
    house.chore(CHORE)
    assert there.posts[-1][0]["annotations"]["stage"] == "resolved"
    assert there.firing() == []


def test_one_that_is_away_is_logged_and_asked_again_later(house, there, caplog):
    tell(house, Stage.OPEN)
    there.failures.append((503, ""))
    house.chore(CHORE)
    assert "Could not tell alertmanager again what is open: Alertmanager at 127" in caplog.text
    there.restart()
    house.chore(CHORE)
    assert there.firing()


def test_without_an_alertmanager_there_is_no_such_chore(stack, redis_client, tmp_path):
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"})
    house.chore(CHORE)
    assert CHORE.encode() not in redis_client.zrange(house.tools.chores._keys[0], 0, -1)
