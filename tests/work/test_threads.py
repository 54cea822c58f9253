"""Messages of one incident find their thread, whatever happens to the worker between them."""

from dataclasses import replace

import pytest

from tests.notify.examples import ACKNOWLEDGED, OPENED, RESOLVED
from watchdog.core.routing import Routes
from watchdog.demo.receiver import BOT_TOKEN, MATRIX_TOKEN, ROOM
from watchdog.notify.channels import configured
from watchdog.store.outbox import post
from watchdog.work.deliver import deliver

ROUTES = Routes(("slack-bot", "matrix"))


class KilledError(BaseException):
    """What no code catches: the worker is gone."""


class Deadly:
    """A channel that kills the worker in the moment in which the far side took the message."""

    def __init__(self, channel):
        self._channel = channel
        self.name = channel.name

    def send(self, message, remembered=None):
        self._channel.send(message, remembered)
        raise KilledError


@pytest.fixture
def house(house):
    """A house that tells people by channels with threads."""
    house.environ = {
        "WATCHDOG_SLACK_BOT_TOKEN": BOT_TOKEN,
        "WATCHDOG_SLACK_CHANNEL": "#alerts",
        "WATCHDOG_SLACK_API_URL": house.receiver.slack_api_url,
        "WATCHDOG_MATRIX_HOMESERVER": house.receiver.address,
        "WATCHDOG_MATRIX_ACCESS_TOKEN": MATRIX_TOKEN,
        "WATCHDOG_MATRIX_ROOM": ROOM,
    }
    restart(house)
    return house


def restart(house):
    """Begin anew with what the store has: another process, on another day."""
    house.tools.lanes.void_leases()
    house.tools.channels = {each.name: each for each in configured(house.environ.get)}


def tell(house, *messages):
    now = house.tools.records.now()  # what is late is told otherwise
    posting = post((replace(message, at=now) for message in messages), ROUTES)
    for write in posting.writes:
        house.client.execute_command(*write)
    for _, lane in posting.announce:
        house.tools.lanes.announce(lane)
    while claim := house.tools.lanes.claim():
        deliver(house.tools, claim)


def die_while_telling(house, message):
    """Let the worker of each lane end between the far side's answer and the mark."""
    house.tools.channels = {name: Deadly(each) for name, each in house.tools.channels.items()}
    with pytest.raises(KilledError):
        tell(house, message)
    with pytest.raises(KilledError):
        tell(house)


def slack(house):
    """What stands in Slack: the number of the message that each is an answer to."""
    stands = house.receiver.workspace.messages
    numbers = {each.ts: number for number, each in enumerate(stands)}
    return [numbers.get(each.thread) for each in stands]


def matrix(house):
    """The same of Matrix, where what edits a message is none."""
    events = {
        event: each for event, each in house.receiver.events.items() if "m.new_content" not in each
    }
    roots = [each.get("m.relates_to", {}).get("event_id") for each in events.values()]
    return [list(events).index(root) if root else None for root in roots]


def test_messages_of_an_incident_join_their_thread_over_restarts(house):
    for each in (OPENED, ACKNOWLEDGED, RESOLVED):
        tell(house, each)
        restart(house)
    assert slack(house) == matrix(house) == [None, 0, 0]


@pytest.mark.parametrize(
    ("told", "in_slack", "in_matrix"),
    [
        ((OPENED,), [None, None], [None]),
        ((OPENED, ACKNOWLEDGED), [None, 0, 0], [None, 0]),
    ],
    ids=["the first", "a later one"],
)
def test_a_worker_killed_before_the_mark_tells_slack_twice_and_matrix_once(
    house, told, in_slack, in_matrix
):
    *before, last = told
    tell(house, *before)
    die_while_telling(house, last)
    restart(house)
    tell(house)
    assert (slack(house), matrix(house)) == (in_slack, in_matrix)


def test_after_such_a_death_the_thread_is_the_one_that_was_marked(house):
    die_while_telling(house, OPENED)
    restart(house)
    tell(house, RESOLVED)
    assert slack(house) == [None, None, 1]
    assert matrix(house) == [None, 0]


def test_a_channel_that_fails_keeps_its_place_and_delays_no_other(house):
    tell(house, OPENED)
    house.receiver.workspace.archived.add("C0ALERTS")
    tell(house, ACKNOWLEDGED)
    assert (slack(house), matrix(house)) == ([None], [None, 0])
    house.receiver.workspace.archived.clear()
    restart(house)
    house.client.zadd("wd:due:lanes", {f"slack-bot|{OPENED.subject}": 0})
    tell(house, RESOLVED)
    assert slack(house) == matrix(house) == [None, 0, 0]
