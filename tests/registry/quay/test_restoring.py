"""Restoring a tag by Quay's own time machine, and what each refusal says to do."""

from datetime import UTC, datetime

import pytest

from watchdog.core.reference import Digest
from watchdog.demo.images import build_image
from watchdog.errors import DeniedError, NotFoundError, RemoteError
from watchdog.registry.quay.restoring import restore, restore_signatures

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def tag(simulator):
    """A tag whose second digest displaced its first."""
    tag = simulator.tag("acme/app")
    simulator.first = push(simulator, tag, b"1")
    simulator.second = push(simulator, tag, b"2")
    simulator.quay.grant("may-write", scope="repo:write")
    simulator.quay.grant("may-read", scope="repo:read")
    return tag


def push(simulator, tag, layer):
    return simulator.push(build_image({}, created=AT, layers=[layer]), tag)


def test_a_digest_that_only_the_history_has_is_under_the_tag_again(simulator, asking, tag):
    restore(asking("may-write"), tag, simulator.first)
    assert simulator.digest(tag) == simulator.first


@pytest.mark.parametrize("token", [None, "expired"])
def test_nobody_restores_anything(simulator, asking, tag, token):
    with pytest.raises(DeniedError, match="repo:write"):
        restore(asking(token), tag, simulator.first)
    assert simulator.digest(tag) == simulator.second


def test_a_token_without_the_scope_is_told_which_it_needs(simulator, asking, tag):
    with pytest.raises(DeniedError, match="takes a token with the scope repo:write"):
        restore(asking("may-read"), tag, simulator.first)


def refused(simulator, asking, tag, digest=None):
    with pytest.raises(RemoteError) as caught:
        restore(asking("may-write"), tag, digest or simulator.first)
    assert simulator.digest(tag) == simulator.second
    return caught.value


def test_what_the_time_machine_has_lost_is_said_to_be_that(simulator, asking, tag):
    error = refused(simulator, asking, tag, Digest.of(b"unknown"))
    assert isinstance(error, NotFoundError)
    assert "time machine" in str(error)


def test_an_immutable_tag_is_said_to_be_that(simulator, asking, tag):
    simulator.quay.protect(tag)
    error = refused(simulator, asking, tag)
    assert "immutable" in str(error)
    assert not error.retryable


@pytest.mark.parametrize("state", ["READ_ONLY", "MIRROR"])
def test_a_repository_that_nobody_may_write_is_said_to_be_that(simulator, asking, tag, state):
    simulator.quay.create("acme/app", state=state)
    error = refused(simulator, asking, tag)
    assert "read-only or a mirror" in str(error)
    assert not error.retryable


def test_a_busy_quay_is_asked_again(simulator, asking, tag):
    simulator.quay.limit_rate()
    error = refused(simulator, asking, tag)
    assert "too often" in str(error)
    assert error.retryable


@pytest.fixture
def signed(simulator, tag):
    """The first digest was signed; its signature tags expired with it."""
    names = [f"sha256-{simulator.first.hex}.{kind}" for kind in ("sig", "att")]
    simulator.quay.restore_by("alice", tag, simulator.first)
    tags = [simulator.tag("acme/app", name) for name in names]
    for one in tags:
        push(simulator, one, one.name.encode())
    simulator.second = push(simulator, tag, b"3")
    assert [simulator.digest(one) for one in tags] == [None, None]
    return tags


def test_signatures_that_expired_with_the_tag_are_restored(simulator, asking, tag, signed):
    api, now = asking("may-write"), simulator.clock.now
    restore(api, tag, simulator.first)
    names = restore_signatures(api, tag, simulator.first, now)
    assert list(names) == [one.name for one in signed]
    assert all(simulator.digest(one) for one in signed)
    assert restore_signatures(api, tag, simulator.first, now) == ()
