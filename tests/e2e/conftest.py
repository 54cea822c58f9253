"""Real servers and the product's real processes; each test has repositories of its own."""

from pathlib import Path

import pytest

from tests.e2e.app import App
from tests.e2e.programs import program
from tests.e2e.registry import DockerRegistry
from tests.e2e.service import Service
from tests.e2e.source import GitHost
from watchdog.demo.receiver import Receiver

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Mark all that is in this folder."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def registry(tmp_path_factory):
    """A docker-registry."""
    running = DockerRegistry(tmp_path_factory.mktemp("registry")).start()
    yield running
    running.close()


@pytest.fixture(scope="session")
def git(tmp_path_factory):
    """Git over HTTP, served by git itself."""
    program("git")
    server = GitHost(tmp_path_factory.mktemp("git")).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def receiver():
    """Slack, Matrix and a JSON webhook."""
    with Receiver() as running:
        yield running


@pytest.fixture(scope="session")
def policy(registry, git):
    """Puts back what is wrong in `revert/…`, tells of it in `alert/…`."""
    return {
        "registries": {registry.host: {"plain_http": "true", "kind": "oci"}},
        "watch": [
            {
                "image": f"{registry.host}/{group}/*",
                "source": git.url(f"{group}/{{name}}"),
                "tags": ["latest", "t*"],
                "enforce": group,
            }
            for group in ("revert", "alert")
        ],
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory, policy, receiver):
    """A running `watchdog serve` for the tests of a module."""
    service = Service(tmp_path_factory.mktemp("service"), policy, receiver=receiver).start()
    yield service
    service.close()


@pytest.fixture
def service(shared, policy):
    """The same, for tests that do disturb it: running again, with its policy file as it was."""
    shared.begin(policy)
    return shared


@pytest.fixture
def app(tmp_path, git, registry):
    """An image whose wrong builds are put back."""
    program("skopeo")
    return App(tmp_path, git, registry, "revert")


@pytest.fixture
def told_app(tmp_path, git, registry):
    """An image whose wrong builds are told, and left."""
    program("skopeo")
    return App(tmp_path, git, registry, "alert")
