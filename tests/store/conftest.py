"""Both servers that the store supports."""

import os
import shutil
from pathlib import Path

import pytest

from watchdog.store.connection import connect
from watchdog.store.embedded import EmbeddedStore, bundled_server


@pytest.fixture(scope="session", params=["valkey", "redis"])
def server_binary(request):
    """A real Valkey and, where it is installed, a real Redis."""
    if request.param == "valkey":
        return bundled_server()
    found = shutil.which("redis-server")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("redis-server is not installed (Debian: redis-server)")
    if found is None:
        pytest.skip("redis-server is not installed (Debian: redis-server)")
    return Path(found)


@pytest.fixture(scope="session")
def any_server(server_binary, tmp_path_factory):
    """The URL of one running server of either kind."""
    with EmbeddedStore(tmp_path_factory.mktemp("any"), binary=server_binary) as store:
        yield store.url


@pytest.fixture
def client(any_server):
    """A client of either server, which is empty when the test begins."""
    client = connect(any_server)
    client.flushall()
    yield client
    client.close()
