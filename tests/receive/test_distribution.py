"""The notifications of CNCF distribution, as docker-registry 2.8.2 sent them."""

import json
import logging
from datetime import UTC, datetime

import pytest

from tests.receive.payloads import GONE, changed, recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Digest, Repository
from watchdog.receive.distribution import EVENTS_MAX, parse
from watchdog.receive.hook import Hook

NAME = "distribution-2.8.2"
REPOSITORY = Repository("127.0.0.1:5055", "ex/pkg")
DIGEST = Digest.parse("sha256:234e2c83a5b7bd2f1b1c1a8a7d9e6f50c2b1a09f8e7d6c5b4a39281706f5e4d3")
AT = datetime(2026, 11, 23, 9, 33, 41, 249989, tzinfo=UTC)
PUSH = Push(REPOSITORY, ("main",), digest=DIGEST, at=AT)


def event(**changes):
    places = {f"events__0__{place}": value for place, value in changes.items()}
    return changed(NAME, **places)


def envelope(*bodies):
    return json.dumps({"events": [json.loads(body)["events"][0] for body in bodies]}).encode()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_recorded_push_is_read_whatever_its_media_type(version):
    headers = {"content-type": f"application/vnd.docker.distribution.events.{version}+json"}
    assert parse(Hook(recorded(NAME), headers)) == (PUSH,)


def test_who_pushed_is_kept():
    (push,) = parse(Hook(event(actor={"name": "ci"})))
    assert push.actor == "ci"


def test_an_envelope_holds_several_pushes_and_each_is_read_once():
    sent = envelope(event(), event(target__tag="v1"), event(), event(action="pull"))
    assert parse(Hook(sent)) == (PUSH, Push(REPOSITORY, ("v1",), digest=DIGEST, at=AT))


@pytest.mark.parametrize(
    "changes",
    [
        {"action": "pull"},
        {"action": "delete"},
        {"action": "mount"},
        {"action": GONE},
        {"target__tag": GONE},
        {"target__tag": ""},
    ],
)
def test_what_moved_no_tag_is_no_push(changes):
    assert parse(Hook(event(**changes))) == ()


def test_an_empty_envelope_is_no_push():
    assert parse(Hook(b'{"events": []}')) == ()


def test_the_registry_that_the_url_names_goes_before_what_a_client_called_it():
    (push,) = parse(Hook(event(), registry="Registry.example.com"))
    assert push.repository == Repository("registry.example.com", "ex/pkg")


def test_a_host_in_capitals_is_read():
    (push,) = parse(Hook(event(request__host="Registry.Example.com:5000")))
    assert push.repository.registry == "registry.example.com:5000"


@pytest.mark.parametrize(
    "host", [GONE, None, 7, "", "registry", "!!", "a.example/b", "a.example\r\nX: y", "user@a.b"]
)
def test_a_host_that_is_none_is_passed_over_and_the_next_event_is_read(host, caplog):
    with caplog.at_level(logging.WARNING):
        assert parse(Hook(envelope(event(request__host=host), event()))) == (PUSH,)
    (record,) = caplog.records
    assert "ex/pkg:main" in record.getMessage()
    assert "\n" not in record.getMessage()


def test_the_log_is_not_flooded_by_a_long_name(caplog):
    endless = "x" * 100_000
    sent = event(target__repository=endless, target__tag=endless, request__host=endless)
    assert parse(Hook(sent)) == ()
    assert len(caplog.text) < 1000


def test_without_a_request_the_log_says_how_to_name_the_registry(caplog):
    assert parse(Hook(event(request="x"))) == ()
    assert "?registry=HOST" in caplog.text


def test_a_digest_that_is_none_is_left_out():
    (push,) = parse(Hook(event(target__digest="sha256:xyz")))
    assert push == Push(REPOSITORY, ("main",), at=AT)


@pytest.mark.parametrize("timestamp", [GONE, None, "", "yesterday", "0001-01-01T00:00:00Z", {}])
def test_a_time_that_is_none_is_left_out(timestamp):
    (push,) = parse(Hook(event(timestamp=timestamp)))
    assert push == Push(REPOSITORY, ("main",), digest=DIGEST)


def test_the_same_push_at_another_time_is_another_push():
    later = event(timestamp="2026-11-23T10:33:42+01:00")
    assert [push.at for push in parse(Hook(envelope(event(), later, event())))] == [
        AT,
        datetime(2026, 11, 23, 9, 33, 42, tzinfo=UTC),
    ]


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"not json", "not usable JSON"),
        (b"{}", "`events` is not"),
        (b'{"events": {}}', "`events` is not a JSON array"),
        (b'{"events": [1]}', "`events[]` is not a JSON object"),
        (b'{"events": [{"action": "push"}]}', "`target` is not a JSON object"),
        (event(target__repository=GONE), "`repository` is not"),
        (event(target__tag=["main"]), "`tag` is not text"),
        (event(target__tag="-x"), "not a tag"),
        (json.dumps({"events": [{}] * (EVENTS_MAX + 1)}).encode(), "at most 1000"),
    ],
)
def test_what_no_registry_sends_is_refused_with_the_reason(sent, reason):
    assert reason in refused(parse, sent)


@pytest.mark.parametrize(
    "registry", ["registry", "https://a.example", "a.example/x", "a b.example"]
)
def test_a_url_that_names_no_registry_is_refused(registry):
    assert "registry" in refused(parse, Hook(event(), registry=registry))
