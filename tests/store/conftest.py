"""Both servers that the store supports, and a due set on either."""

import os
import shutil
import time
from pathlib import Path

import pytest

from watchdog.store.connection import connect
from watchdog.store.due import DueSet
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


@pytest.fixture
def looks(client):
    return DueSet(client, "looks")


@pytest.fixture
def dying(client):
    """The same due set, seen by a worker whose leases run out at once."""
    return DueSet(client, "looks", lease_s=0.001)


@pytest.fixture
def claim_and_die(dying):
    """Claim a member and let the lease run out."""

    def claim():
        claim = dying.claim()
        time.sleep(0.005)
        return claim

    return claim


@pytest.fixture
def client_of():
    """Make clients that are closed in the end."""
    clients = []

    def make(store):
        clients.append(connect(store.url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()
