"""A repository's notifications: listed, made, reset, tested, deleted, each as recorded."""

import json

import pytest

from tests.registry.quay.hooked_quay import HookedQuay, document
from watchdog.core.quay_hook import Notification
from watchdog.core.reference import Repository
from watchdog.errors import DeniedError, MalformedError, NotFoundError, RemoteError
from watchdog.registry.quay.notifications import (
    create_notification,
    delete_notification,
    list_notifications,
    reset_notification,
    send_test,
)

URL = "http://127.0.0.2:9099/hook?k=SECRET"
# GET /api/v1/repository/acme/app/notification/ of quay/quay ffba0c70e
RECORDED = {
    "notifications": [
        {
            "uuid": "039ccf57-1653-414a-a165-71acddd793e8",
            "title": "watchdog",
            "event": "repo_push",
            "method": "webhook",
            "config": {"url": URL},
            "event_config": {},
            "number_of_failures": 0,
        }
    ]
}


@pytest.fixture
def quay():
    with HookedQuay("acme/app") as quay:
        quay.app = Repository(quay.host, "acme/app")
        yield quay


def test_a_recorded_list_is_read_and_its_url_is_in_no_repr(quay):
    quay.weather.append(document(RECORDED))
    (found,) = list_notifications(quay.api(), quay.app)
    assert found == Notification(
        "039ccf57-1653-414a-a165-71acddd793e8", "watchdog", "repo_push", "webhook", 0, URL
    )
    assert "SECRET" not in repr(found)


def test_one_is_made_listed_and_deleted(quay):
    api, config = quay.api(), {"url": "https://w.example/hooks/quay", "template": '{"secret": "s"}'}
    made = create_notification(api, quay.app, config, "watchdog")
    assert list_notifications(api, quay.app) == (made,)
    assert (made.title, made.url, made.template) == ("watchdog", *config.values())
    delete_notification(api, quay.app, made.uuid)
    assert list_notifications(api, quay.app) == ()
    with pytest.raises(NotFoundError):
        delete_notification(api, quay.app, made.uuid)


def test_a_disabled_one_is_reset(quay):
    api, row = quay.api(), quay.add("acme/app", "https://w.example/hooks/quay")
    quay.fail("acme/app")
    assert list_notifications(api, quay.app)[0].is_disabled
    reset_notification(api, quay.app, row["uuid"])
    assert list_notifications(api, quay.app)[0].failures == 0


def test_a_test_is_queued_and_is_no_reset(quay):
    row = quay.add("acme/app", "https://w.example/hooks/quay", number_of_failures=2)
    send_test(quay.api(), quay.app, row["uuid"])
    assert quay.tests == [row["uuid"]]
    assert row["number_of_failures"] == 2


def test_a_url_that_quay_refuses_is_said_in_its_words_and_never_shown(quay):
    config = {"url": "http://watchdog:a-secret@127.0.0.1:9099/hook"}
    with pytest.raises(RemoteError, match="Invalid webhook URL") as caught:
        create_notification(quay.api(), quay.app, config, "watchdog")
    assert not caught.value.retryable
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize("token", [None, "expired"])
def test_without_a_valid_token_it_says_which_is_needed(quay, token):
    for ask in (
        lambda api: list_notifications(api, quay.app),
        lambda api: reset_notification(api, quay.app, "0000-1"),
    ):
        with pytest.raises(DeniedError, match="repo:admin"):
            ask(quay.api(token))


def test_a_token_of_too_small_a_scope_is_told_which_it_takes(quay):
    quay.scope_is_enough = False
    with pytest.raises(DeniedError, match="takes a token with the scope repo:admin"):
        list_notifications(quay.api(), quay.app)


def changed(**changes):
    return {**RECORDED["notifications"][0], **changes}


MALFORMED = {
    "no-list": {},
    "no-rows": {"notifications": [7]},
    "no-failures": {"notifications": [changed(number_of_failures=None)]},
    "no-number": {"notifications": [changed(number_of_failures=True)]},
    "no-id": {"notifications": [changed(uuid=None)]},
    "an-empty-id": {"notifications": [changed(uuid="")]},
    "an-id-that-is-a-path": {"notifications": [changed(uuid="../../other")]},
    "too-many": {"notifications": [changed()] * 201},
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_what_quay_does_not_send_is_malformed(quay, answer):
    quay.weather.append(document(answer))
    with pytest.raises(MalformedError, match="the notifications of"):
        list_notifications(quay.api(), quay.app)


def test_other_kinds_of_notification_are_listed_too(quay):
    email = changed(method="email", config={"email": "x@example.org"}, title=None)
    quay.weather.append(document({"notifications": [email, changed(config=None)]}))
    first, second = list_notifications(quay.api(), quay.app)
    assert (first.method, first.url, first.title) == ("email", "", "")
    assert second.url == second.template == ""


def test_a_name_with_slashes_is_asked_for_as_it_is(quay):
    quay.weather.append(document({"notifications": []}))
    list_notifications(quay.api(), Repository(quay.host, "acme/a/b"))
    assert quay.asked == [("GET", "/api/v1/repository/acme/a/b/notification/")]


def test_what_is_sent_is_what_was_recorded(quay):
    bodies = []
    answer = quay.server.answer
    quay.server.answer = lambda asked: bodies.append(json.loads(asked.body)) or answer(asked)
    create_notification(quay.api(), quay.app, {"url": "http://127.0.0.2:9099/hook"}, "watchdog")
    assert bodies == [
        {
            "event": "repo_push",
            "method": "webhook",
            "config": {"url": "http://127.0.0.2:9099/hook"},
            "eventConfig": {},
            "title": "watchdog",
        }
    ]
