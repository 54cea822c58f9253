"""A usage log that is served on loopback."""

import pytest

from tests.registry.quay.usage_log import Log


@pytest.fixture
def log():
    log = Log()
    log.server.start()
    yield log
    log.api.close()
    log.server.stop()
