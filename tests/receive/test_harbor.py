"""Harbor's webhooks in both formats."""

from datetime import UTC, datetime

import pytest

from tests.receive.payloads import GONE, changed, recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Digest, Repository
from watchdog.receive.harbor import RESOURCES_MAX, parse
from watchdog.receive.hook import Hook

DEBIAN = Push(
    Repository("hub.harbor.com", "test-webhook/debian"),
    ("latest",),
    digest=Digest.parse("sha256:8a9e9863dbb6e10edb5adfe917c00da84e1700fa76e7ed02476aa6e6fb8ee0d8"),
    actor="admin",
    at=datetime(2020, 4, 15, 3, 45, 8, tzinfo=UTC),
)
BUSYBOX = Push(
    Repository("harbor.dev", "library/busybox"),
    ("1.36",),
    digest=Digest.parse("sha256:dde8e930c7b6a490f728e66292bc9bce42efc9bbb5278bae40e4f30f6e00fe8c"),
    actor="robot$library+ci",
    at=datetime(2023, 3, 6, 6, 8, 43, tzinfo=UTC),
)
RESOURCE = {"digest": str(DEBIAN.digest), "tag": "v1", "resource_url": "a.example/x/y:v1"}
FIRST = "event_data__resources__0"


def event(**changes):
    return changed("harbor-default", **changes)


@pytest.mark.parametrize(
    ("name", "push"), [("harbor-default", DEBIAN), ("harbor-cloudevents", BUSYBOX)]
)
def test_a_recorded_push_is_read(name, push):
    assert parse(Hook(recorded(name))) == (push,)


def test_the_registry_that_the_url_names_goes_before_harbors_own():
    (push,) = parse(Hook(event(), registry="harbor.internal:8443"))
    assert push.repository == Repository("harbor.internal:8443", "test-webhook/debian")


def test_every_resource_is_a_push():
    sent = event(event_data__resources=[RESOURCE, {**RESOURCE, "tag": "v2"}, RESOURCE])
    assert [push.tags for push in parse(Hook(sent))] == [("v1",), ("v2",)]


def test_an_artifact_pushed_by_digest_moved_no_tag():
    assert parse(Hook(event(**{f"{FIRST}__tag": str(DEBIAN.digest)}))) == ()


@pytest.mark.parametrize(
    "kind", ["PULL_ARTIFACT", "DELETE_ARTIFACT", "SCANNING_COMPLETED", "harbor.artifact.pulled", ""]
)
def test_other_events_are_no_push(kind):
    assert parse(Hook(event(type=kind, event_data=GONE))) == ()


def test_a_digest_that_is_none_is_left_out():
    (push,) = parse(Hook(event(**{f"{FIRST}__digest": "sha256:8a9e"})))
    assert push.digest is None


@pytest.mark.parametrize(
    "sent",
    [
        event(occur_at=GONE),
        event(occur_at="soon"),
        changed("harbor-cloudevents", time=GONE),
        changed("harbor-cloudevents", time="soon"),
    ],
)
def test_a_time_that_is_none_is_left_out(sent):
    (push,) = parse(Hook(sent))
    assert push.at is None


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (event(type=GONE), "`type` is not"),
        (event(event_data=GONE), "`event_data` is not"),
        (changed("harbor-cloudevents", data=GONE), "`data` is not"),
        (event(event_data__repository=GONE), "`repository` is not"),
        (event(event_data__repository__repo_full_name=7), "`repo_full_name` is not"),
        (event(event_data__resources=GONE), "`resources` is not a JSON array"),
        (event(event_data__resources=[RESOURCE] * (RESOURCES_MAX + 1)), "at most 200"),
        (event(event_data__resources=["x"]), "`resources[]` is not a JSON object"),
        (event(**{f"{FIRST}__tag": GONE}), "`tag` is not"),
        (event(**{f"{FIRST}__tag": "a\nb"}), "not a tag"),
        (event(**{f"{FIRST}__resource_url": GONE}), "add `?registry=HOST`"),
        (event(**{f"{FIRST}__resource_url": "https://a.example/x"}), "not a registry host"),
    ],
)
def test_what_harbor_does_not_send_is_refused_with_the_reason(sent, reason):
    assert reason in refused(parse, sent)
