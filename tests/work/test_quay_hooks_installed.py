"""A hook as the command line installs it, sent by a simulated Quay to the real application."""

import json

import pytest

from tests.work.conftest import APP
from tests.work.hooked import SECRET, Hooked
from watchdog import quay_hooks
from watchdog.core.quay_hook import HookAuth, HookReceiver, HookState
from watchdog.quay_hooks import Desk, install, look, remove, reset


@pytest.fixture
def hooked(stack, redis_client, tmp_path):
    hooked = Hooked(stack, redis_client, tmp_path)
    hooked.quay.create(APP)
    return hooked


@pytest.fixture
def desk(hooked):
    """Make the desk of a command for hooks with the secret in one place or the other."""

    def desk(auth=HookAuth.BODY, secret=SECRET):
        receiver = HookReceiver(hooked.base_url, (secret,))
        return Desk(hooked.tools.quay, receiver, receiver.config(auth))

    return desk


@pytest.mark.parametrize("auth", HookAuth)
def test_a_push_is_told_by_the_hook_that_was_installed(hooked, desk, auth):
    row = install(desk(auth), hooked.tag.repository)
    assert (row.state, row.done) == (HookState.FINE, "installed")
    hooked.push(hooked.repository.commit("first"))
    hooked.settle()
    claim = hooked.claim()
    assert (claim.member, [json.loads(hint) for hint in claim.hints]) == (
        str(hooked.tag),
        [{"from": "quay"}],
    )
    assert look(desk(auth), hooked.tag.repository).state is HookState.FINE


@pytest.mark.parametrize("auth", HookAuth)
def test_a_test_of_the_hook_is_answered_and_moves_nothing(hooked, desk, auth, caplog):
    install(desk(auth), hooked.tag.repository)
    with caplog.at_level("INFO"):
        row = quay_hooks.test(desk(auth), hooked.tag.repository)
        hooked.settle()
    assert row.done.startswith("a test is on its way")
    assert "(a test)" in caplog.text
    assert SECRET not in caplog.text
    assert hooked.claim() is None
    assert look(desk(auth), hooked.tag.repository).failures == 0


def test_a_hook_with_a_former_secret_fails_until_it_is_made_anew(hooked, desk):
    install(desk(secret="the-secret-before"), hooked.tag.repository)
    assert look(desk(), hooked.tag.repository).state is HookState.OUTDATED
    hooked.push(hooked.repository.commit("first"))
    hooked.settle()
    assert look(desk(), hooked.tag.repository).state is HookState.DISABLED
    assert reset(desk(), hooked.tag.repository).state is HookState.OUTDATED
    assert remove(desk(), hooked.tag.repository).state is HookState.MISSING
    assert install(desk(), hooked.tag.repository).state is HookState.FINE
    hooked.push(hooked.repository.commit("second"))
    hooked.settle()
    assert hooked.claim().hints
