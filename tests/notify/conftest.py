from collections.abc import Iterator

import pytest

from watchdog.demo.receiver import BOT_TOKEN, MATRIX_TOKEN, ROOM, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def settings(receiver: Receiver) -> dict[str, str]:
    """What the environment says where every channel is set up."""
    return {
        "WATCHDOG_SLACK_WEBHOOK_URL": receiver.slack_url,
        "WATCHDOG_SLACK_BOT_TOKEN": BOT_TOKEN,
        "WATCHDOG_SLACK_CHANNEL": "#alerts",
        "WATCHDOG_SLACK_API_URL": receiver.slack_api_url,
        "WATCHDOG_MATRIX_HOMESERVER": receiver.address,
        "WATCHDOG_MATRIX_ACCESS_TOKEN": MATRIX_TOKEN,
        "WATCHDOG_MATRIX_ROOM": ROOM,
        "WATCHDOG_ALERT_WEBHOOK_URL": receiver.webhook_url,
        "WATCHDOG_ALERTMANAGER_URL": "http://127.0.0.1:9093",
        "WATCHDOG_APPRISE_URL": "json://127.0.0.1",
        "WATCHDOG_EMAIL_SERVER": "smtp+plain://127.0.0.1",
        "WATCHDOG_EMAIL_FROM": "watchdog@example.org",
        "WATCHDOG_EMAIL_TO": "ops@example.org",
    }
