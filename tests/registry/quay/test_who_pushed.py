"""From a simulated Quay's history and log to who moved a tag: each row of the one by the other."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from watchdog.core.oci import ACCEPT
from watchdog.core.pusher import Pusher, PusherKind, mover
from watchdog.demo.images import build_image
from watchdog.demo.registry import RegistrySimulator
from watchdog.errors import DeniedError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import Call, QuayApi
from watchdog.registry.quay.tag_history import read_tag_history
from watchdog.registry.quay.usage_log import application_of, who_moved
from watchdog.registry.transport import Transport

MIDNIGHT_S = datetime(2026, 11, 24, tzinfo=UTC).timestamp()
TIMEOUT_S = 5
OLD_CI = {"by": "acme+old", "agent": "skopeo/1.9.3", "address": "203.0.113.7"}


class House:
    """A Quay, its time in our hands, and its API as an owner and as a writer see it."""

    def __init__(self, simulator):
        self.quay = simulator
        self.clock = simulator.clock
        self.clock.freeze(MIDNIGHT_S - 1)
        self.tag = simulator.tag("acme/app")
        for scope in ("repo:write", "repo:admin"):
            simulator.quay.grant(scope, scope=scope)
        self.admin, self.writer = self.api("repo:admin"), self.api("repo:write")

    def api(self, token):
        settings = {self.quay.host: HostSettings(plain_http=True)}
        return QuayApi(Transport(settings), {self.quay.host: token})

    def push(self, layer, seconds=60, **more):
        self.clock.advance(seconds)
        image = build_image({}, created=self.clock.now, layers=[layer])
        return self.quay.push(image, self.tag, **more)

    def restore(self, digest, seconds=60):
        self.clock.advance(seconds)
        path = "repository/acme/app/tag/latest/restore"
        body = {"manifest_digest": digest}
        call = Call(self.quay.host, path, "it", "POST", body=body)
        assert self.writer.ask(call).status == 200

    def pull(self, times):
        """Leave rows in the log, as every host that asks for the tag does."""
        url = f"http://{self.quay.host}/v2/acme/app/manifests/latest"
        with requests.Session() as session:
            for _ in range(times):
                session.head(url, headers={"Accept": ACCEPT}, timeout=TIMEOUT_S)

    def movers(self):
        """Who put each row of the history there, newest first."""
        rows = read_tag_history(self.admin, self.tag)
        return [who_moved(self.admin, self.tag, row) for row in rows]


@pytest.fixture
def house():
    with RegistrySimulator() as simulator:
        house = House(simulator)
        yield house
        house.admin.close()
        house.writer.close()


def test_each_row_of_the_history_has_its_mover(house):
    good = house.push(b"1", by="acme+ci")
    house.push(b"2", **OLD_CI)
    house.restore(str(good))
    house.push(b"3", by="alice")
    house.clock.advance(60)
    house.quay.quay.restore_by("bob", house.tag, good)

    bob, alice, restorer, old, ci = house.movers()

    assert (ci.kind, ci.name) == (PusherKind.ROBOT, "acme+ci")
    assert old.sentence() == "robot `acme+old`, skopeo/1.9.3, 203.0.113.7"
    assert (restorer.kind, bool(restorer.application)) == (PusherKind.APPLICATION, True)
    assert (alice.kind, alice.name) == (PusherKind.PERSON, "alice")
    assert bob.sentence() == "person `bob`, 127.0.0.1"


def test_about_midnight_the_log_of_both_days_is_read(house):
    for layer in (b"1", b"2", b"3"):
        house.push(layer, seconds=1, by="acme+ci")

    assert [who.name for who in house.movers()] == ["acme+ci"] * 3


def test_empty_pages_and_many_pulls_hide_nobody(house):
    house.push(b"1", **OLD_CI)
    house.quay.quay.log.empty_pages = 2
    house.clock.advance(5)
    house.pull(45)

    assert [who.name for who in house.movers()] == ["acme+old"]


def test_of_two_robots_in_one_second_neither_is_blamed(house):
    house.push(b"1", by="acme+ci")
    house.push(b"2", seconds=0.2, **OLD_CI)

    assert [who.kind for who in house.movers()] == [PusherKind.UNKNOWN] * 2


def test_a_restore_and_a_push_in_one_second_are_told_apart(house):
    good = house.push(b"1", by="acme+ci")
    house.push(b"2", **OLD_CI)
    house.restore(str(good), seconds=0.2)

    assert [who.name for who in house.movers()][1:] == ["acme+old", "acme+ci"]
    assert house.movers()[0].kind is PusherKind.APPLICATION


def test_our_own_restore_is_known_by_the_application_that_an_earlier_one_taught(house):
    good = house.push(b"1", by="acme+ci")
    for layer in (b"2", b"3"):
        house.push(layer, **OLD_CI)
        house.restore(str(good))
    second, _, first, *_ = read_tag_history(house.admin, house.tag)

    ours = application_of(house.admin, house.tag, first)

    assert ours
    assert who_moved(house.admin, house.tag, second).application == ours


def test_without_repo_admin_a_push_is_unknown_and_a_restore_a_person_s(house):
    good = house.push(b"1", by="acme+ci")
    house.restore(str(good))

    restored, pushed = read_tag_history(house.writer, house.tag)
    for row in (restored, pushed):
        with pytest.raises(DeniedError, match="repo:admin"):
            who_moved(house.writer, house.tag, row)
    denied = Pusher(PusherKind.UNKNOWN, note="needs repo:admin")
    assert mover(pushed, denied).sentence() == "unknown (needs repo:admin)"
    assert mover(restored, denied).by_hand


def test_a_log_that_is_late_tells_nothing_yet_and_one_that_is_down_says_so(house):
    house.push(b"1", by="acme+ci")
    house.quay.quay.log.late_by = timedelta(minutes=1)
    assert house.movers() == [None]

    house.quay.quay.log.unavailable = 1
    with pytest.raises(RemoteError):
        house.movers()
