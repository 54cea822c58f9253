"""Docker Hub's webhook."""

from datetime import UTC, datetime

import pytest

from tests.receive.payloads import GONE, changed, recorded, refused
from watchdog.core.push import Push
from watchdog.core.reference import Repository
from watchdog.receive.dockerhub import parse
from watchdog.receive.hook import Hook

AT = datetime(2014, 12, 3, 0, 22, 41, tzinfo=UTC)


def test_the_documented_push_is_read():
    assert parse(Hook(recorded("dockerhub"))) == (
        Push(
            Repository("docker.io", "svendowideit/testhook"),
            ("latest",),
            actor="trustedbuilder",
            at=AT,
        ),
    )


def test_the_url_may_name_the_host_as_the_policy_does():
    (push,) = parse(Hook(recorded("dockerhub"), registry="index.docker.io"))
    assert push.repository.registry == "index.docker.io"


@pytest.mark.parametrize("tag", ["", None, GONE])
def test_without_a_tag_there_is_no_push(tag):
    assert parse(Hook(changed("dockerhub", push_data__tag=tag))) == ()


def test_an_actor_that_is_no_text_is_left_out():
    (push,) = parse(Hook(changed("dockerhub", push_data__pusher={"name": "x"})))
    assert push.actor is None


@pytest.mark.parametrize(
    ("pushed_at", "at"), [(1.417566161e09, AT), (GONE, None), ("1417566161", None), (True, None)]
)
def test_when_it_was_pushed_is_a_number_with_a_fraction_or_without(pushed_at, at):
    (push,) = parse(Hook(changed("dockerhub", push_data__pushed_at=pushed_at)))
    assert push.at == at


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"push_data": GONE}, "`push_data` is not"),
        ({"push_data__tag": ["latest"]}, "`tag` is not text"),
        ({"push_data__tag": "a b"}, "not a tag"),
        ({"repository": "x"}, "`repository` is not a JSON object"),
        ({"repository__repo_name": GONE}, "`repo_name` is not"),
        ({"repository__repo_name": "Upper/case"}, "not a repository path"),
    ],
)
def test_what_docker_hub_does_not_send_is_refused_with_the_reason(changes, reason):
    assert reason in refused(parse, changed("dockerhub", **changes))
