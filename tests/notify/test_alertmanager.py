import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.notify.alertmanagers import ALERTS, Alertmanager
from tests.notify.examples import EXAMPLES, message
from watchdog.core.lane import told_at_once
from watchdog.core.message import Severity, Stage
from watchdog.errors import ConfigurationError, RemoteError
from watchdog.notify.alertmanager import AlertmanagerChannel, from_environment, render, renewed

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)


@pytest.fixture
def there():
    with Alertmanager() as running:
        yield running


@pytest.fixture
def channel(there):
    return AlertmanagerChannel(there.url)


def of_incident(stage, **changes):
    now = datetime.now(UTC)
    values = {"thread": "t1", "since": now - timedelta(hours=1), "at": now, "stage": stage}
    return message(**(values | changes))


def opened(channel, **changes):
    return channel.send(of_incident(Stage.OPEN, kind="wrong", **changes))


def test_an_incident_fires_as_one_alert_from_its_beginning(there, channel):
    since = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
    opened(channel, since=since, link="https://w.example/tags?tag=a")
    (alert,) = there.firing()
    assert alert["labels"] == {
        "alertname": "RegistryWatchdogWrong",
        "severity": "critical",
        "subject": "quay.io/crunchtools/acquacotta:latest",
        "registry": "quay.io",
        "repository": "crunchtools/acquacotta",
        "tag": "latest",
    }
    assert alert["startsAt"] == "2026-03-02T04:30:00Z"
    assert alert["generatorURL"] == "https://w.example/tags?tag=a"
    assert alert["annotations"]["stage"] == "open"
    assert alert["annotations"]["incident"] == "t1"


def test_an_open_incident_outlives_the_time_between_reminders(there, channel):
    opened(channel)
    assert there.firing(datetime.now(UTC) + timedelta(days=7, hours=23))


def test_later_messages_change_the_same_alert_whatever_they_are_about(there, channel):
    known = opened(channel)
    channel.send(
        of_incident(
            Stage.ACKNOWLEDGED, kind="reminder", severity=Severity.WARNING, title="Still wrong"
        ),
        known,
    )
    (alert,) = there.firing()
    assert alert["labels"]["severity"] == "critical"
    assert alert["labels"]["alertname"] == "RegistryWatchdogWrong"
    assert alert["annotations"]["summary"] == "Still wrong"
    assert alert["annotations"]["stage"] == "acknowledged"


def test_the_alert_ends_with_the_incident(there, channel):
    known = opened(channel)
    channel.send(of_incident(Stage.RESOLVED, kind="right", severity=Severity.RIGHT), known)
    assert there.firing() == []
    assert len(there.alerts) == 1


def test_the_next_incident_of_the_tag_fires_again(there, channel):
    known = opened(channel)
    channel.send(of_incident(Stage.RESOLVED, kind="right"), known)
    opened(channel, thread="t2", since=datetime.now(UTC))
    assert [one["annotations"]["incident"] for one in there.firing()] == ["t2"]


def test_the_end_of_what_was_never_told_is_not_told(there, channel):
    assert channel.send(of_incident(Stage.RESOLVED, kind="right")) is None
    assert there.posts == []


def over_when_told():
    opening = of_incident(Stage.OPEN, kind="wrong")
    return {
        "a race": of_incident(Stage.RESOLVED, kind="was-wrong", severity=Severity.WARNING),
        "told late": told_at_once(opening, of_incident(Stage.RESOLVED, kind="right")),
    }


@pytest.mark.parametrize("what", over_when_told())
def test_what_is_over_when_it_is_first_told_of_is_news_and_ends_by_itself(there, channel, what):
    known = channel.send(over_when_told()[what])
    (alert,) = there.firing()
    assert alert["annotations"]["stage"] == "resolved"
    assert alert["startsAt"] < alert["endsAt"]
    there.restart()
    assert channel.renew([known]) == 1
    assert there.firing() == [alert]
    assert there.firing(datetime.now(UTC) + timedelta(minutes=16)) == []


def test_a_race_in_an_incident_that_is_known_ends_its_alert(there, channel):
    channel.send(of_incident(Stage.RESOLVED, kind="was-wrong"), opened(channel))
    assert there.firing() == []


def test_a_race_in_an_incident_that_is_open_but_was_not_told_of_stays_open(there, channel):
    channel.send(of_incident(Stage.OPEN, kind="was-wrong"))
    assert there.firing(datetime.now(UTC) + timedelta(days=7))


def test_an_incident_and_a_condition_of_one_tag_are_two_alerts(there, channel):
    known = opened(channel)
    channel.send(of_incident(Stage.OPEN, thread="t2", kind="lagging", severity=Severity.WARNING))
    channel.send(of_incident(Stage.RESOLVED, kind="right"), known)
    assert [one["labels"]["alertname"] for one in there.firing()] == ["RegistryWatchdogLagging"]


def test_news_is_shown_for_a_while_and_ends_by_itself(there, channel):
    channel.send(message(kind="was-wrong", severity=Severity.WARNING))
    assert there.firing()
    assert there.firing(datetime.now(UTC) + timedelta(minutes=16)) == []


def test_good_news_is_no_alarm(there, channel):
    channel.send(message(kind="reachable", severity=Severity.RIGHT))
    assert there.firing()[0]["labels"]["severity"] == "info"


@pytest.mark.parametrize("subject", ["quay.io", "quay.io/a/b", "watchdog"])
def test_what_is_about_no_tag_has_no_tag_among_its_labels(subject):
    labels = render(message(subject=subject), None, NOW)["labels"]
    assert labels["subject"] == subject
    assert set(labels) == {"alertname", "severity", "subject"}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_taken(there, channel, example):
    assert channel.send(EXAMPLES[example])
    assert len(there.firing()) == 1


def test_an_alertmanager_that_forgot_everything_is_told_again(there, channel):
    first = opened(channel)
    other = opened(channel, subject="quay.io/a/b:1", thread="t2")
    there.restart()
    assert channel.renew([first, other]) == 2
    assert len(there.firing()) == 2
    assert len(there.posts) == 3


def test_many_alerts_are_renewed_in_a_few_posts(there, channel):
    known = [json.dumps(render(_numbered(n), None, datetime.now(UTC))) for n in range(450)]
    assert channel.renew(known) == 450
    assert [len(post) for post in there.posts] == [200, 200, 50]


def _numbered(number):
    return of_incident(Stage.OPEN, subject=f"quay.io/a/b:{number}", thread=f"t{number}")


def test_nothing_to_renew_posts_nothing(there, channel):
    assert channel.renew([]) == 0
    assert there.posts == []


def alert(stage, end):
    annotations = {"stage": stage} if stage else {}
    return json.dumps({"annotations": annotations, "endsAt": end.isoformat(), "labels": {}})


@pytest.mark.parametrize(
    ("stage", "end", "expected"),
    [
        ("open", NOW + timedelta(days=1), NOW + timedelta(days=8)),
        ("acknowledged", NOW + timedelta(days=7), NOW + timedelta(days=8)),
        ("open", NOW - timedelta(days=20), NOW + timedelta(days=8)),
        ("resolved", NOW - timedelta(minutes=14), NOW - timedelta(minutes=14)),
        ("resolved", NOW - timedelta(minutes=16), None),
        (None, NOW + timedelta(minutes=5), None),
    ],
)
def test_what_is_open_is_put_off_and_what_just_ended_is_said_again(stage, end, expected):
    again = renewed(alert(stage, end), NOW)
    assert (again and datetime.fromisoformat(again["endsAt"])) == expected


def test_an_incident_that_resolves_before_it_began_ends_when_it_began():
    told = message(thread="t", since=NOW, at=SINCE, stage=Stage.RESOLVED)
    assert render(told, None, NOW)["endsAt"] == "2026-03-02T06:00:00Z"


def test_a_link_that_is_no_address_is_encoded():
    posted = render(message(link='https://w.example/?a=<b>&c="d e"|`f`\\'), None, NOW)
    assert posted["generatorURL"] == "https://w.example/?a=%3Cb%3E&c=%22d%20e%22%7C%60f%60%5C"
    assert not list(ALERTS.iter_errors([posted]))


@pytest.mark.parametrize("path", ["", "/", "/api/v2/alerts", "/api/v2/alerts/"])
def test_the_address_is_taken_with_and_without_the_path(there, path):
    told = from_environment({"WATCHDOG_ALERTMANAGER_URL": f"{there.url}{path}"}.get)
    opened(told)
    assert there.firing()


def test_an_alertmanager_under_a_prefix_is_reached():
    with Alertmanager("/alerts") as there:
        opened(from_environment({"WATCHDOG_ALERTMANAGER_URL": f"{there.url}/"}.get))
        assert there.firing()


def test_it_proves_itself_by_password_or_token():
    basic = f"Basic {base64.b64encode(b'ops:p@ss').decode()}"
    with Alertmanager(authorization=basic) as there:
        address = there.url.replace("//", "//ops:p%40ss@")
        opened(from_environment({"WATCHDOG_ALERTMANAGER_URL": address}.get))
        assert there.firing()
        there.restart()
        account = {"WATCHDOG_ALERTMANAGER_USER": "ops", "WATCHDOG_ALERTMANAGER_PASSWORD": "p@ss"}
        opened(from_environment((account | {"WATCHDOG_ALERTMANAGER_URL": there.url}).get))
        assert there.firing()
    with Alertmanager(authorization="Bearer t0ken") as there:
        read = {"WATCHDOG_ALERTMANAGER_URL": there.url, "WATCHDOG_ALERTMANAGER_TOKEN": "t0ken"}
        opened(from_environment(read.get))
        assert there.firing()


@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        (None, "t0ken-secret", "WATCHDOG_ALERTMANAGER_URL is missing"),
        ("am.example:9093", None, "is not a URL that starts with https://"),
        ("https://a:pass-secret@am.example", "t0ken-secret", "not both"),
        ("https://am.example", "t0ken-secret\n", "holds what no token can"),
        ("https://am.example", "t0ken-secretä", "holds what no token can"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_without_secrets(url, token, said):
    read = {"WATCHDOG_ALERTMANAGER_URL": url, "WATCHDOG_ALERTMANAGER_TOKEN": token}
    with pytest.raises(ConfigurationError, match=said) as caught:
        from_environment(read.get)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"WATCHDOG_ALERTMANAGER_USER": "ops"}, "belong together"),
        ({"WATCHDOG_ALERTMANAGER_PASSWORD": "p-secret"}, "belong together"),
        (
            {
                "WATCHDOG_ALERTMANAGER_USER": "ops",
                "WATCHDOG_ALERTMANAGER_PASSWORD": "p-secret",
                "WATCHDOG_ALERTMANAGER_TOKEN": "t-secret",
            },
            "not both",
        ),
    ],
)
def test_an_account_is_whole_and_the_only_proof(changes, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        from_environment(({"WATCHDOG_ALERTMANAGER_URL": "https://am.example"} | changes).get)
    assert "secret" not in str(caught.value)


def test_without_an_address_there_is_no_channel():
    assert from_environment({}.get) is None


@pytest.mark.parametrize(("status", "retryable"), [(503, True), (429, True), (400, False)])
def test_a_refusal_is_told_and_nothing_is_remembered(there, channel, status, retryable):
    there.failures.append((status, "start time must be before end time"))
    with pytest.raises(RemoteError, match=f"answered {status}: start time") as caught:
        opened(channel)
    assert caught.value.retryable is retryable


def test_no_secret_shows_in_the_channel_or_its_errors(there):
    there.authorization = "Bearer other"
    told = AlertmanagerChannel(there.url, "t0ken-secret")
    with pytest.raises(RemoteError) as caught:
        opened(told)
    assert "secret" not in repr(told) + str(caught.value)
