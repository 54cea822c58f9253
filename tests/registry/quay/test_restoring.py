"""Restoring a tag by Quay's own time machine, and what each refusal says to do."""

import time
from datetime import UTC, datetime

import pytest

from watchdog.core.reference import Digest
from watchdog.demo.images import build_image
from watchdog.errors import DeniedError, NotFoundError, RemoteError
from watchdog.registry.quay.restoring import ENDED_WITHIN, restore, restore_signatures
from watchdog.registry.quay.tag_history import read_tag_history

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


def test_a_quay_that_nobody_may_write_to_is_said_to_be_that(simulator, asking, tag):
    simulator.quay.read_only = True
    error = refused(simulator, asking, tag)
    assert "Quay itself is read-only" in str(error)
    assert not error.retryable


def test_a_quay_that_is_down_is_not_said_to_be_read_only(simulator, asking, tag):
    simulator.fail_next(503)
    error = refused(simulator, asking, tag)
    assert "read-only" not in str(error)
    assert error.retryable


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


def ends(asking, tag):
    """When the tag lost its first digest, by the registry's clock."""
    rows = read_tag_history(asking(), tag)
    return {row.until for row in rows[1:] if row.until}


def test_signatures_that_ended_with_the_tag_are_restored(simulator, asking, tag, signed):
    api, lost = asking("may-write"), ends(asking, tag)
    restore(api, tag, simulator.first)
    names = restore_signatures(api, tag, simulator.first, lost)
    assert list(names) == [one.name for one in signed]
    assert all(simulator.digest(one) for one in signed)
    assert restore_signatures(api, tag, simulator.first, lost) == ()


def test_whatever_the_clocks_say_signatures_go_back(simulator, asking, tag, signed):
    simulator.clock.freeze(time.time() + 30)
    simulator.quay.restore_by("alice", tag, simulator.first)
    for one in signed:
        push(simulator, one, b"again")
    push(simulator, tag, b"4")
    names = restore_signatures(asking("may-write"), tag, simulator.first, ends(asking, tag))
    assert list(names) == [one.name for one in signed]


def test_a_signature_that_was_deleted_at_another_time_stays_deleted(simulator, asking, tag):
    simulator.quay.restore_by("alice", tag, simulator.first)
    signature = simulator.tag("acme/app", f"sha256-{simulator.first.hex}.sig")
    push(simulator, signature, b"signature")
    simulator.clock.advance(60)
    simulator.delete_tag(signature)
    simulator.clock.advance(60)
    push(simulator, tag, b"3")
    assert restore_signatures(asking("may-write"), tag, simulator.first, ends(asking, tag)) == ()
    assert simulator.digest(signature) is None


def test_what_ends_a_second_after_the_tag_ended_with_it(simulator, asking, tag, signed):
    (end, *_) = ends(asking, tag)
    early = {end - ENDED_WITHIN}
    late = {end - 2 * ENDED_WITHIN, end + ENDED_WITHIN}
    assert restore_signatures(asking("may-write"), tag, simulator.first, late) == ()
    assert restore_signatures(asking("may-write"), tag, simulator.first, early) != ()
