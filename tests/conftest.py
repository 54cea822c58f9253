"""What the tests of several rooms share."""

import pytest

from watchdog.store.connection import connect
from watchdog.store.embedded import EmbeddedStore, bundled_server


@pytest.fixture(scope="session")
def store_server(tmp_path_factory):
    """The URL of one real Valkey for the whole session, as the product starts it."""
    with EmbeddedStore(tmp_path_factory.mktemp("store"), binary=bundled_server()) as store:
        yield store.url


@pytest.fixture
def redis_client(store_server):
    """A client of that server, which is empty when the test begins."""
    client = connect(store_server)
    client.flushall()
    yield client
    client.close()
