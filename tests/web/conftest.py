"""The application on a real store."""

import pytest

from tests.web import seed
from watchdog.store import keys
from watchdog.store.due import DueSet
from watchdog.web.app import close_app, create_app

SECRET = "correct-horse-battery"
NEXT_SECRET = "the-one-after-rotation"


@pytest.fixture
def app(redis_client):
    app = create_app(
        look_every=seed.LOOK_EVERY,
        policy=lambda: seed.POLICY,
        client=redis_client,
        hook_secrets=(SECRET, NEXT_SECRET),
    )
    yield app
    close_app(app)


@pytest.fixture
def browser(app):
    """A client of the application."""
    return app.test_client()


@pytest.fixture
def looks(redis_client):
    return DueSet(redis_client, keys.LOOKS)


@pytest.fixture
def claim_all(looks):
    """Claim everything that is due: tag and hints of each."""

    def claim():
        claims = iter(looks.claim, None)
        return {claim.member: claim.hints for claim in claims}

    return claim
