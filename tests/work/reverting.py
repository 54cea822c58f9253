"""What the tests of reverts ask of the house."""

from tests.work.conftest import APP

WRITES = ("PUT", "POST", "PATCH", "DELETE")


def writes(house):
    """Everything that was written to the tag itself."""
    return [path for method, path in uploads(house) if path.endswith("/manifests/latest")]


def uploads(house):
    return [request for request in house.registry.requests if request[0] in WRITES]


def decided(house):
    """Look until a revert is decided, and stop there, as a worker that is paused or dies."""
    house.hook()
    claim = house.claim()
    memory = house.examiner.examine(claim)
    assert memory is not None
    return claim, memory


def fail_on_put(house, status):
    """Let what is read before the write pass, and the write fail."""
    house.registry.before_next(
        "HEAD", f"/v2/{APP}/manifests/latest", lambda: house.registry.fail_next(status)
    )
