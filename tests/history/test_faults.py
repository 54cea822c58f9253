"""Fetches that failed in a row are counted until one does not fail."""

from datetime import UTC, datetime, timedelta

import pytest

from watchdog.errors import NotFoundError, RemoteError
from watchdog.history.mirrors import Mirrors

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_what_fails_is_named_with_its_reason_until_it_is_fetched(source):
    source.repository.commit("1")
    mirrors = Mirrors(source.mirrors)
    mirror = mirrors.mirror(source.url)
    assert mirrors.failing(NOW) == ()
    source.server.fail_next(503, times=2)
    for _ in range(2):
        with pytest.raises(RemoteError):
            mirror.refresh(after=float("inf"))
    (failing,) = mirrors.failing(NOW)
    assert (failing.host, failing.fetches) == ("127.0.0.1", 2)
    assert failing.source.endswith("/org/app")
    assert "503" in failing.reason
    assert NOW - timedelta(minutes=1) < failing.since < failing.last <= NOW
    mirror.refresh(after=0.0)
    assert mirrors.failing(NOW) == ()


def test_a_repository_that_is_gone_fails_too(source):
    mirrors = Mirrors(source.mirrors)
    with pytest.raises((NotFoundError, RemoteError)):
        mirrors.mirror(source.server.url("org/gone")).refresh(after=0.0)
    (failing,) = mirrors.failing(NOW)
    assert failing.source.endswith("/org/gone")
