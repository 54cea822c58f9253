from collections.abc import Iterator

import pytest

from watchdog.demo.receiver import MATRIX_TOKEN, ROOM, Receiver
from watchdog.notify.channels import ChannelSettings


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def settings(receiver: Receiver) -> ChannelSettings:
    return ChannelSettings(
        slack_webhook_url=receiver.slack_url,
        matrix_homeserver=receiver.address,
        matrix_access_token=MATRIX_TOKEN,
        matrix_room=ROOM,
        alert_webhook_url=receiver.webhook_url,
    )
