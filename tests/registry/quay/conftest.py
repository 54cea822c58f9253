"""A Quay, and its own API asked with a token or as nobody."""

import pytest

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
