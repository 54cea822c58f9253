"""Only a push sends a hook: what was moved through Quay's API is none that a hook missed."""

from datetime import timedelta

import pytest

from tests.work.conftest import APP
from tests.work.hooked import Hooked
from watchdog.registry.quay.api import Call
from watchdog.work.quay_hooks import ANNOUNCED_WITHIN


@pytest.fixture
def hooked(stack, redis_client, tmp_path):
    return Hooked(stack, redis_client, tmp_path)


def missed(hooked):
    hooked.later(ANNOUNCED_WITHIN)
    report = hooked.sweep().get(APP)
    return report.missed if report else 0


def moved_through_the_api(hooked):
    """Let Quay's API move the tag to what another tag holds, which sends no hook."""
    image = hooked.build(hooked.repository.commit("second"))
    hooked.registry.push(image, hooked.registry.tag(APP, "v2"))
    hooked.registry.clock.advance(60)
    call = Call(
        hooked.registry.host,
        f"repository/{APP}/tag/latest",
        "it",
        "PUT",
        body={"manifest_digest": str(image.digest)},
    )
    assert hooked.tools.quay.ask(call).status == 201


def test_a_move_through_the_api_is_no_push_that_a_hook_missed(hooked):
    hooked.registry.clock.freeze()
    hooked.pushed(hooked.repository.commit("first"))
    moved_through_the_api(hooked)
    hooked.look_by_timer()
    assert missed(hooked) == 0


def test_a_move_that_turns_out_late_to_be_no_push_was_not_missed(hooked):
    hooked.registry.clock.freeze()
    hooked.pushed(hooked.repository.commit("first"))
    hooked.quay.log.late_by = timedelta(seconds=3)
    moved_through_the_api(hooked)
    hooked.look_by_timer()
    hooked.registry.clock.advance(3)
    hooked.look_by_timer()
    assert missed(hooked) == 0


def test_of_a_move_that_was_perhaps_no_push_it_is_said_so(hooked):
    hooked.registry.clock.freeze()
    hooked.pushed(hooked.repository.commit("first"))
    moved_through_the_api(hooked)
    hooked.allow("repo:write")
    hooked.look_by_timer()
    assert missed(hooked) == 1
    assert hooked.tools.quay_hooks.reports()[hooked.tag.repository].doubted_at
