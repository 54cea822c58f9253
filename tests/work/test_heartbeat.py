"""A dead man's switch hears of a watchdog that works, and of no other."""

import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pydantic import ValidationError

from tests.work.conftest import APP, House
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.work import sweep
from watchdog.work.heartbeat import CHORE, faults

PATH = "/ping/5e3c4-secret"


class Switch:
    """Hears the GETs that come to its secret path."""

    def __init__(self):
        self.heard, self.status = [], 200
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_address[1]}{PATH}"


def _handler(switch):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            switch.heard.append(self.path)
            self.send_response(switch.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    return Handler


@pytest.fixture
def switch():
    with Switch() as running:
        yield running


@pytest.fixture
def house(stack, redis_client, tmp_path, switch):
    return House(
        stack, redis_client, tmp_path, {"enforce": "alert"}, WATCHDOG_HEARTBEAT_URL=switch.url
    )


def settle(house):
    """Let no chore wait: they are not what is asked here."""
    while claim := house.tools.chores.claim():
        house.tools.chores.complete(claim, next_in_ms=86_400_000)


def beat(house):
    """Do the chore alone; returns in how many seconds it is due again."""
    settle(house)
    house.tools.chores.announce(CHORE)
    sweep.do_chore(house.tools, house.tools.chores.claim())
    return round(house.tools.chores.next_due_ms() / 1000)


def why(house, ahead=timedelta()):
    """What keeps the heartbeat from being sent so much later."""
    settle(house)
    return list(faults(house.tools, house.tools.records.now() + ahead))


def test_after_a_full_sweep_the_switch_hears_of_it_and_again_after_the_next(house, switch, first):
    assert beat(house) == 300
    assert switch.heard == [PATH]
    beat(house)
    assert switch.heard == [PATH, PATH]


def test_before_every_tag_was_looked_at_nothing_is_heard(house, switch, caplog):
    assert beat(house) == 30
    assert switch.heard == []
    assert f"No heartbeat: not looked at yet: {house.tag}" in caplog.text


def test_tags_that_were_not_looked_at_are_named_a_few(house):
    watch = [{"image": f"quay.io/a/b{n}", "source": house.source()} for n in range(4)]
    house.policy({}, watch=watch)
    assert why(house) == [
        f"not looked at yet: {house.tag}, quay.io/a/b0:latest, quay.io/a/b1:latest and 2 more"
    ]


def test_a_look_that_waits_too_long_silences_it(house, first):
    house.hook()
    assert why(house, timedelta(minutes=4)) == []
    assert why(house, timedelta(minutes=6, seconds=30)) == ["looks have been due for 6 min"]
    house.look()
    assert why(house, timedelta(seconds=30)) == []


def test_a_tag_whose_look_is_under_way_is_not_late(house, switch, first):
    house.hook()
    claim = house.claim()
    assert claim.member == str(house.tag)
    assert why(house) == []


def test_a_tag_that_nobody_is_to_look_at_again_silences_it(house, first):
    house.hook()
    house.tools.looks.complete(house.claim(), next_in_ms=None)
    assert why(house) == [f"never to be looked at again: {house.tag}"]


def test_a_tag_that_no_rule_watches_any_more_is_missed_by_nobody(house, first):
    house.hook()
    house.tools.looks.drop(house.claim())
    other = {"image": "quay.io/a/b", "source": house.source(APP)}
    house.policy(other)
    assert why(house) == ["not looked at yet: quay.io/a/b:latest"]


def test_a_registry_that_is_away_is_no_reason_for_looks_are_taken(house, switch, first):
    house.registry.fail_next(503, times=9)
    house.look()
    assert house.memory.failures
    beat(house)
    assert switch.heard == [PATH]


def test_messages_that_nobody_sends_off_silence_it(house, first):
    house.tools.lanes.announce("webhook|somebody")
    said = why(house, timedelta(minutes=6, seconds=30))
    assert [each for each in said if "looks" not in each] == ["messages have been due for 6 min"]


def test_a_message_that_waits_for_a_channel_that_fails_does_not(house, wrong):
    house.look()
    house.receiver.fail_next(503, times=5)
    assert house.told() == []
    assert why(house) == []


def about_chores(house):
    """What is said of chores after more than five minutes, in which looks are late as well."""
    return [said for said in why(house, timedelta(minutes=6)) if "the chore" in said]


def do(house, chore):
    settle(house)
    house.tools.chores.announce(chore)
    claim = house.claim(house.tools.chores)
    try:
        sweep.do_chore(house.tools, claim)
    except ValidationError:
        house.tools.chores.give_back(claim)
        raise


def test_a_chore_that_fails_again_and_again_silences_it(house, first):
    house.client.hset(keys.OUTAGES, "registry quay.io", "damaged")
    for minutes in (0, 4):
        house.ahead = timedelta(minutes=minutes)
        with pytest.raises(ValidationError):
            do(house, "outages")
    assert why(house) == []
    (said,) = about_chores(house)
    assert said.startswith("the chore outages has not ended since 20")
    house.client.delete(keys.OUTAGES)
    do(house, "outages")
    assert about_chores(house) == []


def test_a_chore_that_is_no_more_is_not_waited_for(house, first):
    house.tools.undone.begin("gone", house.tools.records.now())
    assert about_chores(house)
    do(house, "gone")
    assert about_chores(house) == []


def test_a_switch_that_does_not_answer_is_tried_again_and_never_named(house, switch, first, caplog):
    caplog.set_level(logging.DEBUG)
    switch.status = 503
    assert beat(house) == 30
    assert "No heartbeat arrived: the dead man's switch at 127.0.0.1" in caplog.text
    assert "secret" not in caplog.text
    assert "secret" not in repr(house.settings)
    switch.status = 200
    assert beat(house) == 300


def test_without_an_address_there_is_no_such_chore(stack, redis_client, tmp_path, switch):
    house = House(stack, redis_client, tmp_path, {"enforce": "alert"})
    house.chore(CHORE)
    assert switch.heard == []
    assert CHORE.encode() not in redis_client.zrange(house.tools.chores._keys[0], 0, -1)


def test_a_due_set_says_what_waits_longest(redis_client):
    due = DueSet(redis_client, "looks")
    assert due.oldest_due_ms() is None
    due.schedule([("b", 60_000), ("a", 0)])
    assert due.oldest_due_ms() <= int(redis_client.time()[0] * 1000 + 1000)
