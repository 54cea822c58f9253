"""What the chore finds out of our token's rights, what it logs, tells and keeps."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.work.conftest import APP, House
from watchdog.core.memory import TagMemory
from watchdog.core.quay_access import OF_A_REPOSITORY, Ability, Feature
from watchdog.store import keys
from watchdog.store.records import memory_writes
from watchdog.work import quay_token
from watchdog.work.self_check import SELF_CHECK
from watchdog.work.sweep import do_chore

TOKEN = "a-token-of-the-watchdog"
LOST, BACK = "quay-access-lost", "quay-access-back"
YES, RISK, NO = Ability.YES, Ability.AT_RISK, Ability.NO


class Tokens(House):
    """A House whose worker has an OAuth token."""

    def __init__(self, stack, client, tmp_path, token=TOKEN, expires=None):
        self.token, self.expires = token, expires
        super().__init__(stack, client, tmp_path, {"enforce": "revert"})

    def policy(self, rule, **more):
        tokens = {"": self.token} if self.token else {}
        ends = {"": self.expires} if self.expires else {}
        self.settings = replace(self.settings, quay_tokens=tokens, quay_token_expires=ends)
        super().policy(rule, **more)

    def check(self, *, hours=0, start=False):
        """Do the chore again after so many hours, or as at a start; returns what was told."""
        self.ahead += timedelta(hours=hours)
        if start:
            self.chore("quay-token")
        else:
            self.tools.chores.schedule([("quay-token", 0)])
            self.client.zadd(keys.due_keys(keys.CHORES)[0], {"quay-token": 0})
            do_chore(self.tools, self.claim(self.tools.chores))
        return self.check_self()

    def stands(self, subject=None):
        standing = self.tools.quay_access.standings()[str(subject or self.tag.repository)]
        return {said.feature: said.ability for said in standing.statements}

    def reason(self, feature, subject=None):
        standing = self.tools.quay_access.standings()[str(subject or self.tag.repository)]
        return next(said.reason for said in standing.statements if said.feature is feature)


@pytest.fixture
def house(stack, redis_client, tmp_path):
    house = Tokens(stack, redis_client, tmp_path)
    house.registry.quay.create(APP)
    return house


@pytest.fixture
def granted(house):
    """A house whose token may administer, as the first check found."""
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    assert house.check(start=True) == []
    return house


def test_what_a_token_may_do_is_kept_for_the_page(granted):
    assert granted.stands() == dict.fromkeys(OF_A_REPOSITORY, YES)
    assert granted.stands(granted.registry.host) == {Feature.OAUTH: YES}


def test_what_was_asked_is_looked_at_without_waiting_for_the_next_minute(granted):
    chores = keys.due_keys(keys.CHORES)[0]
    granted.client.zadd(chores, {"quay-token": 0})
    do_chore(granted.tools, granted.claim(granted.tools.chores))
    assert granted.tools.chores.claim() is None
    granted.ahead += timedelta(hours=1)
    granted.client.zadd(chores, {"quay-token": 0})
    do_chore(granted.tools, granted.claim(granted.tools.chores))
    assert granted.tools.chores.claim().member == SELF_CHECK


def test_a_token_that_expires_is_told_once_and_once_that_another_does(granted, caplog):
    granted.registry.quay.revoke(TOKEN)
    assert granted.check(hours=1) == [LOST]
    body = granted.receiver.received[-1].body
    assert "restore, hooks, who pushed no longer possible for 1 repository" in body["title"]
    assert "is not valid or has expired, or its owner may not write" in str(body["facts"])
    assert TOKEN not in str(body) + caplog.text
    assert granted.check(hours=1) == [LOST]
    granted.registry.quay.grant(TOKEN, scope="repo:admin")
    assert granted.check(hours=1) == [LOST]
    assert granted.check(hours=1) == [LOST, BACK]
    assert granted.check(hours=1) == [LOST, BACK]


def test_what_never_worked_is_logged_at_each_start_and_told_to_nobody(house, caplog):
    house.registry.quay.grant(TOKEN, scope="repo:write")
    for start in (True, False, True):
        caplog.clear()
        with caplog.at_level(logging.WARNING, quay_token.__name__):
            assert house.check(hours=1, start=start) == []
        said = (
            f"{house.tag.repository}: hooks is not possible: the token lacks the scope repo:admin"
        )
        assert (said in caplog.text) is start
    assert house.stands()[Feature.RESTORE] is YES


def test_a_token_that_may_only_read_is_not_called_expired(house):
    house.registry.quay.grant(TOKEN, scope="repo:read")
    house.check(start=True)
    assert house.stands(house.registry.host) == {Feature.OAUTH: YES}
    assert house.reason(Feature.RESTORE).startswith("the token lacks the scope repo:write")


def test_without_a_token_that_is_said_once_a_quay_and_the_rest_of_each_repository(
    stack, redis_client, tmp_path, caplog
):
    house = Tokens(stack, redis_client, tmp_path, token=None)
    house.registry.quay.create(APP)
    house.registry.quay.time_machine("crunchtools", 0)
    with caplog.at_level(logging.INFO, quay_token.__name__):
        assert house.check(start=True) == []
    lines = [record.getMessage() for record in caplog.records]
    assert any("the token for its API: there is none" in line for line in lines)
    assert any("restore is not possible: the time machine is off" in line for line in lines)
    assert len(lines) == 2
    assert house.stands()[Feature.HOOKS] is NO


def test_a_time_machine_that_is_turned_off_is_told(granted):
    granted.registry.quay.time_machine("crunchtools", 0)
    assert granted.check(hours=1) == [LOST]
    granted.registry.quay.time_machine("crunchtools", 3600)
    assert granted.check(hours=1) == [LOST]
    assert granted.stands()[Feature.RESTORE] is RISK
    assert "kept for 1 h, and the timer looks every 5 min" in granted.reason(Feature.RESTORE)


def test_a_repository_that_is_frozen_takes_no_restore(granted):
    granted.registry.quay.create(APP, state="READ_ONLY")
    assert granted.check(hours=1) == [LOST]
    assert "the repository is READ_ONLY" in granted.reason(Feature.RESTORE)
    assert granted.stands()[Feature.HOOKS] is YES


def test_a_displaced_trusted_build_is_warned_of_before_quay_forgets_it(granted):
    revision = granted.repository.commit("first")
    granted.pushed(revision)
    memory = granted.memory
    bad = TagMemory(
        **{name: getattr(memory, name) for name in ("number", "trusted", "findings")},
        digest=granted.build(revision).digest,
        since=memory.since,
    )
    for write in memory_writes(granted.tag, bad):
        granted.client.execute_command(*write)
    granted.told()
    assert granted.check(hours=13 * 24 - 2) == []
    assert granted.check(hours=3) == [LOST]
    assert "Quay forgets the displaced trusted build" in granted.reason(Feature.RESTORE)


def test_the_end_of_a_token_is_warned_of_where_its_date_is_set(stack, redis_client, tmp_path):
    day = datetime.now(UTC).date() + timedelta(days=20)
    house = Tokens(stack, redis_client, tmp_path, expires=day)
    house.registry.quay.create(APP)
    house.registry.quay.grant(TOKEN, scope="repo:admin")
    assert house.check(start=True) == []
    assert house.check(hours=24 * 7) == [LOST]
    assert f"expires on {day}" in house.receiver.received[-1].body["title"]
    assert house.check(hours=23) == [LOST]
    assert house.stands()[Feature.RESTORE] is YES
    assert house.check(hours=1) == [LOST, LOST]


@pytest.mark.parametrize("status", [500, 429])
def test_a_quay_that_does_not_answer_changes_nothing_and_is_asked_again_soon(granted, status):
    before = granted.stands()
    asked_at = granted.client.time()
    granted.registry.fail_next(status)
    assert granted.check(hours=1) == []
    assert granted.stands() == before
    (due,) = [
        score
        for member, score in granted.client.zrange(
            keys.due_keys(keys.CHORES)[0], 0, -1, withscores=True
        )
        if member == b"quay-token"
    ]
    assert due / 1000 - asked_at[0] < 120


def test_what_was_asked_within_the_hour_is_not_asked_again_but_at_a_start(granted):
    granted.registry.requests.clear()
    granted.check()
    assert granted.registry.requests == []
    granted.check(start=True)
    assert granted.registry.requests == [("GET", f"/api/v1/repository/{APP}")]


def test_what_a_start_could_not_ask_is_asked_as_soon_as_quay_answers(granted):
    granted.registry.fail_next(500)
    granted.check(start=True)
    granted.registry.requests.clear()
    granted.check()
    assert granted.registry.requests == [("GET", f"/api/v1/repository/{APP}")]
    granted.check()
    assert len(granted.registry.requests) == 1


def test_what_is_watched_from_now_on_is_asked_within_minutes(granted):
    granted.registry.requests.clear()
    other = granted.registry.tag("crunchtools/other")
    granted.registry.quay.create(other.repository.path)
    granted.policy({}, watch=[{"image": str(other.repository), "source": granted.source("x/y")}])
    granted.check()
    path = "/api/v1/repository/crunchtools/other"
    assert granted.registry.requests == [("GET", path)]
    assert timedelta(minutes=5) / timedelta(milliseconds=1) >= quay_token.EVERY_MS


def test_a_rule_that_only_observes_tells_nobody(granted):
    granted.policy({"enforce": "observe"})
    granted.registry.quay.time_machine("crunchtools", 0)
    assert granted.check(hours=1) == []
    assert granted.stands()[Feature.RESTORE] is NO


def test_what_is_watched_no_more_is_forgotten(granted):
    granted.policy({"image": f"{granted.registry.host}/crunchtools/other"})
    granted.check(hours=1)
    assert str(granted.tag.repository) not in granted.tools.quay_access.standings()


def test_a_damaged_standing_is_found_out_anew(granted):
    granted.client.hset(
        keys.QUAY_ACCESS, str(granted.tag.repository), b"what a later version wrote"
    )
    assert granted.tools.quay_access.standings().keys() == {granted.registry.host}
    granted.check(hours=1)
    assert granted.stands()[Feature.RESTORE] is YES


def test_a_registry_that_is_no_quay_is_not_asked(house):
    house.token = None
    house.policy({}, registries={house.registry.host: {"plain_http": True}})
    house.registry.requests.clear()
    house.check(start=True)
    assert house.registry.requests == []


def test_a_repository_of_which_quay_answers_oddly_is_asked_again_in_an_hour(granted):
    odd = granted.registry.tag("odd/app")
    granted.registry.quay.create("odd/app")
    granted.registry.quay.time_machine("odd", -5)
    granted.policy({}, watch=[{"image": str(odd.repository), "source": granted.source()}])

    def asked(**how):
        before = len(granted.registry.requests)
        granted.check(**how)
        return [path for _, path in granted.registry.requests[before:] if "odd/app" in path]

    assert len(asked(start=True)) == 1
    assert granted.stands()[Feature.RESTORE] is YES
    assert granted.stands(odd.repository) == {}
    assert asked() == []
    assert len(asked(hours=1)) == 1
    granted.registry.quay.time_machine("odd", 3600 * 24)
    granted.check(hours=1)
    assert granted.stands(odd.repository)[Feature.RESTORE] is YES
    granted.registry.quay.time_machine("odd", -5)
    granted.check(hours=1)
    assert granted.stands(odd.repository)[Feature.RESTORE] is YES, "what stood of it stands"
