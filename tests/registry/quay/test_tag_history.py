"""What Quay's own API tells of a tag's past."""

from datetime import UTC, datetime

import pytest

from watchdog.core.reference import Digest
from watchdog.demo.images import build_image
from watchdog.demo.registry import RegistrySimulator
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.tag_history import displaced_by, read_tag_history
from watchdog.registry.transport import Transport

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def quay():
    with RegistrySimulator() as simulator:
        simulator.api = QuayApi(Transport({simulator.host: HostSettings(plain_http=True)}))
        yield simulator
        simulator.api.close()


def push(quay, tag, layer):
    return quay.push(build_image({}, created=AT, layers=[layer]), tag)


def test_a_tag_held_its_digests_in_the_order_of_the_list_not_of_the_seconds(quay):
    tag = quay.tag("acme/app")
    digests = [push(quay, tag, layer) for layer in (b"1", b"2", b"3")]
    push(quay, quay.tag("acme/app", "other"), b"4")
    assert [row.digest for row in read_tag_history(quay.api, tag)] == list(reversed(digests))


def test_what_a_write_displaced_is_the_row_before_it(quay):
    tag = quay.tag("acme/app")
    first, second = push(quay, tag, b"1"), push(quay, tag, b"2")
    assert displaced_by(quay.api, tag, second) == first


def test_a_history_that_begins_with_something_else_is_not_taken_for_nothing(quay):
    tag = quay.tag("acme/app")
    first = push(quay, tag, b"1")
    push(quay, tag, b"2")
    with pytest.raises(RemoteError):
        displaced_by(quay.api, tag, first)


def test_what_was_written_twice_displaced_what_stood_before_both(quay):
    tag = quay.tag("acme/app")
    first, second = push(quay, tag, b"1"), push(quay, tag, b"2")
    quay.move(tag, second)
    assert displaced_by(quay.api, tag, second) == first


def test_a_first_push_displaced_nothing(quay):
    tag = quay.tag("acme/app")
    assert displaced_by(quay.api, tag, push(quay, tag, b"1")) is None


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_history_that_cannot_be_read_is_not_taken_for_nothing(quay, status):
    tag = quay.tag("acme/app")
    push(quay, tag, b"1")
    second = push(quay, tag, b"2")
    quay.fail_next(status)
    with pytest.raises((MalformedError, RemoteError)):
        displaced_by(quay.api, tag, second)


def test_an_unknown_tag_has_no_history(quay):
    push(quay, quay.tag("acme/app"), b"1")
    assert read_tag_history(quay.api, quay.tag("acme/app", "nope")) == ()
    with pytest.raises(RemoteError):
        displaced_by(quay.api, quay.tag("acme/app", "nope"), Digest.of(b""))
