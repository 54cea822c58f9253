"""zot's CloudEvents, in both modes."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.receive.payloads import GONE, changed, recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Digest, Repository
from watchdog.receive.hook import Hook
from watchdog.receive.zot import parse

HOST = "zot.example.com"
UPDATED = {"ce-type": "zotregistry.image.updated", "ce-source": "zotregistry.dev"}
TIME = "2026-11-23T10:33:41.249989378+01:00"
AT = datetime(2026, 11, 23, 9, 33, 41, 249989, tzinfo=UTC)
PUSH = Push(
    Repository(HOST, "golang"),
    ("latest",),
    digest=Digest.parse("sha256:6ec128e26cd5a1f02b0c8c8f5d5f6a9d1c7b3e4f2a1908d7c6b5a49382716f5e"),
    actor="ci",
)


def structured(kind="zotregistry.image.updated", **more):
    event = {"specversion": "1.0", "type": kind, "data": json.loads(recorded("zot")), **more}
    return json.dumps({key: value for key, value in event.items() if value is not GONE}).encode()


def hook(**changes):
    return Hook(changed("zot", **changes), UPDATED, HOST)


def test_an_event_whose_type_is_in_a_header_is_read():
    assert parse(Hook(recorded("zot"), UPDATED, HOST)) == (PUSH,)


def test_an_event_that_is_one_document_is_read():
    assert parse(Hook(structured(), {}, HOST)) == (PUSH,)


@pytest.mark.parametrize(
    "hook",
    [
        Hook(recorded("zot"), {**UPDATED, "ce-time": TIME}, HOST),
        Hook(structured(time=TIME), {}, HOST),
    ],
)
def test_when_it_happened_is_read_in_both_modes(hook):
    assert parse(hook) == (replace(PUSH, at=AT),)


def test_a_time_in_the_data_is_none_of_the_events():
    (push,) = parse(hook(time=TIME))
    assert push.at is None


def test_an_older_zot_says_nothing_of_the_actor():
    (push,) = parse(hook(actor=GONE, request=GONE))
    assert push.actor is None


def test_a_push_by_digest_moved_no_tag():
    assert parse(hook(reference=str(PUSH.digest))) == ()


@pytest.mark.parametrize(
    "kind", ["image.deleted", "image.lint_failed", "repository.created", "image.updated.twice"]
)
def test_other_events_are_no_push(kind):
    kind = f"zotregistry.{kind}"
    assert parse(Hook(b'{"name": "golang"}', {"ce-type": kind})) == ()
    assert parse(Hook(structured(kind, data=GONE))) == ()


def test_without_a_registry_in_its_url_it_is_refused_with_the_cure():
    assert "add `?registry=HOST`" in refused(parse, Hook(recorded("zot"), UPDATED))


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (hook(name=GONE), "`name` is not"),
        (hook(name="../x"), "not a repository path"),
        (hook(reference=GONE), "`reference` is not"),
        (hook(reference="-x"), "not a tag"),
        (Hook(recorded("zot"), {}, HOST), "`type` is not"),
        (Hook(structured(data=[1]), {}, HOST), "`data` is not a JSON object"),
        (Hook(b"[]", UPDATED, HOST), "not a JSON object"),
    ],
)
def test_what_zot_does_not_send_is_refused_with_the_reason(sent, reason):
    assert reason in refused(parse, sent)
