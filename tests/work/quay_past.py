"""What tests of a tag's past on a Quay share."""

import pytest

from tests.work.conftest import APP


@pytest.fixture
def foreign(house):
    """Makes a build of the archived sibling."""
    old = house.sibling.commit("pre-fix code")
    return lambda **how: house.build(old, source=house.source(f"{APP}-old"), **how)


@pytest.fixture
def quay(house):
    """The registry, its clock in our hands."""
    house.registry.clock.freeze()
    return house.registry


def keep(house, image):
    """Let another tag hold the image, so that it can be read once it is displaced."""
    house.layers += 1
    house.registry.push(image, house.registry.tag(APP, f"sha-{house.layers}"))
    return image


def rows(house):
    """What the history shows, the oldest first, less the first build."""
    moves = reversed(house.tools.records.history(house.tag))
    return [(move.event, *(f.code for f in move.findings), move.digest) for move in moves][1:]


def manifest_requests(house):
    return [path for _, path in house.registry.requests if path.startswith("/v2/")]
