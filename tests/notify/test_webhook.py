import base64
import json

import pytest
from standardwebhooks.webhooks import Webhook

from tests.notify.examples import AT, HOSTILE, message
from watchdog.errors import ConfigurationError
from watchdog.notify import webhook

SECRET = f"whsec_{base64.b64encode(b's' * 32).decode()}"


def test_every_attempt_has_the_same_key(receiver, settings):
    channel = webhook.from_environment(settings.get)
    channel.send(message(id="m1"))
    channel.send(message(id="m1"))
    assert [each.headers["idempotency-key"] for each in receiver.received] == ["m1", "m1"]
    assert [each.headers["webhook-id"] for each in receiver.received] == ["m1", "m1"]
    assert receiver.received[0].headers["content-type"] == "application/json"


def test_what_arrives_is_signed(receiver, settings):
    named = settings | {"WATCHDOG_ALERT_WEBHOOK_SECRET": SECRET}
    webhook.from_environment(named.get).send(message(title=HOSTILE))
    (received,) = receiver.received
    content = json.dumps(received.body, ensure_ascii=False)  # as it came: the order is kept
    assert Webhook(SECRET).verify(content, received.headers) == received.body


def test_without_a_secret_nothing_is_signed(receiver, settings):
    webhook.from_environment(settings.get).send(message())
    assert "webhook-signature" not in receiver.received[0].headers


def test_a_secret_without_an_address_is_a_mistake():
    with pytest.raises(ConfigurationError, match="SECRET also needs WATCHDOG_ALERT_WEBHOOK_URL"):
        webhook.from_environment({"WATCHDOG_ALERT_WEBHOOK_SECRET": SECRET}.get)


def test_no_secret_shows(settings):
    named = settings | {"WATCHDOG_ALERT_WEBHOOK_SECRET": SECRET}
    channel = webhook.from_environment(named.get)
    assert "ssss" not in repr(channel)
    assert SECRET not in repr(channel)


def test_facts_of_the_same_name_are_all_kept():
    facts = (("Found", "a"), ("Source", "b"), ("Found", "c"))
    assert webhook.render(message(facts=facts))["facts"] == {"Found": "a; c", "Source": "b"}


def test_the_time_is_utc(receiver, settings):
    webhook.from_environment(settings.get).send(message(at=AT))
    assert receiver.received[0].body["at"] == "2026-03-02T04:31:07Z"


def test_a_name_and_password_in_the_address_become_a_header(receiver, settings):
    address = receiver.webhook_url.replace("//", "//ops:p%40ss@")
    webhook.from_environment((settings | {"WATCHDOG_ALERT_WEBHOOK_URL": address}).get).send(
        message()
    )
    expected = f"Basic {base64.b64encode(b'ops:p@ss').decode()}"
    assert receiver.received[0].headers["authorization"] == expected


def test_credentials_of_netrc_stay_at_home(receiver, settings, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    webhook.from_environment(settings.get).send(message())
    assert "authorization" not in receiver.received[0].headers
