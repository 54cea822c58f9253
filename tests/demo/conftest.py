"""The registry simulator, asked by hand."""

from datetime import UTC, datetime

import pytest
import requests

from watchdog.core.oci import ACCEPT
from watchdog.demo.images import build_image, build_layer
from watchdog.demo.registry import RegistrySimulator


@pytest.fixture
def simulator():
    with RegistrySimulator() as running:
        yield running


@pytest.fixture
def tag(simulator):
    return simulator.tag("acme/app")


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def image():
    """Build an image whose label `n` tells it from others."""

    def build(n=1):
        created = datetime(2026, 1, 1, tzinfo=UTC)
        return build_image({"n": str(n)}, created=created, layers=[build_layer({"n": b"n"})])

    return build


@pytest.fixture
def url():
    """Name an address within the repository acme/app."""
    return lambda simulator, path: f"http://{simulator.host}/v2/acme/app/{path}"


@pytest.fixture
def read(http, url):
    """Read a manifest of acme/app."""

    def ask(simulator, reference="latest", accept=ACCEPT, method="GET"):
        return http.request(
            method, url(simulator, f"manifests/{reference}"), headers={"Accept": accept}
        )

    return ask
