"""A Quay, and its own API asked with a token or as nobody; a usage log that is made up."""

import pytest

from tests.registry.quay.usage_log import Log
from watchdog.demo.registry import RegistrySimulator
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.transport import Transport


@pytest.fixture
def simulator():
    """A Quay whose clock stands still."""
    with RegistrySimulator() as simulator:
        simulator.clock.freeze()
        yield simulator


@pytest.fixture
def asking(simulator):
    """Makes an API that asks with a token, or as nobody."""
    transport = Transport({simulator.host: HostSettings(plain_http=True)})
    yield lambda token=None: QuayApi(transport, {simulator.host: token} if token else {})
    transport.close()


@pytest.fixture
def log():
    """A usage log whose pages a test writes."""
    log = Log()
    log.server.start()
    yield log
    log.api.close()
    log.server.stop()
