"""Signatures as Standard Webhooks has them, checked by its own library."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from watchdog.errors import ConfigurationError
from watchdog.notify.signature import parse_secrets, signed

OLD = f"whsec_{base64.b64encode(b'o' * 24).decode()}"
NEW = f"whsec_{base64.b64encode(b'n' * 64).decode()}"


def headers(*texts, content=b'{"a": "\xc3\xa4"}', message_id="m1"):
    """Sign now: the library refuses what is older than five minutes."""
    secrets = [secret for text in texts for secret in parse_secrets("S", text)]
    return dict(signed(message_id, content, secrets, datetime.now(UTC)))


def test_the_example_of_the_library_s_tests_is_signed_alike():
    secret = parse_secrets("S", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    named = dict(signed("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', secret, at))
    assert named == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("held", [OLD, NEW])
def test_while_secrets_change_a_receiver_that_holds_either_accepts(held):
    Webhook(held).verify(b'{"a": "\xc3\xa4"}', headers(f"{NEW}, {OLD}"))


@pytest.mark.parametrize(
    ("content", "changed"),
    [
        (b'{"a": "o"}', {}),
        (b'{"a": "\xc3\xa4"}', {"webhook-id": "m2"}),
        (b'{"a": "\xc3\xa4"}', {"webhook-timestamp": "later"}),
    ],
    ids=["body", "id", "time"],
)
def test_nothing_that_is_signed_can_be_altered(content, changed):
    named = headers(NEW)
    if "webhook-timestamp" in changed:
        changed = {"webhook-timestamp": str(int(named["webhook-timestamp"]) + 1)}
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(content, named | changed)


def test_without_a_secret_there_is_no_signature():
    assert set(headers()) == {"webhook-id", "webhook-timestamp"}


def test_an_id_has_no_dot():
    assert headers(NEW, message_id="a.b")["webhook-id"] == "a_b"


@pytest.mark.parametrize(
    "text",
    [
        " , ",
        "secret",
        OLD.removeprefix("whsec_"),
        f"whsec_{base64.b64encode(b'o' * 23).decode()}",
        f"whsec_{base64.b64encode(b'o' * 65).decode()}",
        f"{OLD},whsec_!!!",
        "whsec_ä",
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(text):
    with pytest.raises(ConfigurationError) as caught:
        parse_secrets("WATCHDOG_ALERT_WEBHOOK_SECRET", text)
    assert str(caught.value) == (
        "WATCHDOG_ALERT_WEBHOOK_SECRET is not whsec_ and 24 to 64 bytes in base64; "
        'make one with: echo "whsec_$(openssl rand -base64 32)"'
    )


@given(st.binary(min_size=24, max_size=64), st.booleans())
def test_every_secret_is_read_with_and_without_padding(secret, padded):
    text = base64.b64encode(secret).decode()
    assert parse_secrets("S", f"whsec_{text if padded else text.rstrip('=')}") == (secret,)
