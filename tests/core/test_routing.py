"""Which channels a message goes to."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.message import Message, Severity
from watchdog.core.routing import FOLLOWS, KINDS, Route, Routes
from watchdog.core.wording import SEVERITIES

APP = "quay.io/crunchtools/acquacotta:latest"
WRONG = Message(
    "m1", APP, "wrong", Severity.CRITICAL, "wrong", (), (), datetime(2026, 3, 2, tzinfo=UTC)
)
OUTAGE = replace(WRONG, subject="registry quay.io", kind="unreachable", severity=Severity.WARNING)
RIGHT = replace(WRONG, kind="right", severity=Severity.RIGHT)
CAUGHT_UP = replace(WRONG, kind="caught-up", severity=Severity.RIGHT)
GONE = replace(OUTAGE, subject="quay.io/crunchtools/rotv", kind="repository-gone")
CHANNELS = ("ops", "team")


def told(message, *routes):
    return Routes(CHANNELS, routes).channels_of(message)


def test_without_routes_every_channel_is_told_everything():
    assert Routes(CHANNELS).channels_of(WRONG) == CHANNELS
    assert Routes(CHANNELS).channels_of(OUTAGE) == CHANNELS


TAKEN = {
    "no-condition": ({}, WRONG, True),
    "no-condition-no-image": ({}, OUTAGE, True),
    "its-image": ({"images": ("quay.io/crunchtools/acquacotta",)}, WRONG, True),
    "a-glob": ({"images": ("ghcr.io/**", "quay.io/crunchtools/*")}, WRONG, True),
    "in-capitals": ({"images": ("Quay.io/crunchtools/*",)}, WRONG, True),
    "another-image": ({"images": ("quay.io/crunchtools/rotv",)}, WRONG, False),
    "one-star-crosses-no-slash": ({"images": ("quay.io/*",)}, WRONG, False),
    "a-repository": ({"images": ("quay.io/crunchtools/*",)}, GONE, True),
    "no-image": ({"images": ("**",)}, OUTAGE, False),
    "its-severity": ({"severities": (Severity.WARNING, Severity.CRITICAL)}, WRONG, True),
    "another-severity": ({"severities": (Severity.WARNING,)}, WRONG, False),
    "the-end-of-what-was-critical": ({"severities": (Severity.CRITICAL,)}, RIGHT, True),
    "the-end-of-something-else": ({"severities": (Severity.CRITICAL,)}, CAUGHT_UP, False),
    "the-end-of-a-warning": ({"severities": (Severity.WARNING,)}, CAUGHT_UP, True),
    "every-end": ({"severities": (Severity.RIGHT,)}, CAUGHT_UP, True),
    "its-kind": ({"kinds": ("wrong",)}, WRONG, True),
    "another-kind": ({"kinds": ("right",)}, WRONG, False),
    "all-but-one": (
        {"kinds": ("wrong",), "severities": (Severity.CRITICAL,), "images": ("ghcr.io/**",)},
        WRONG,
        False,
    ),
}


@pytest.mark.parametrize(("conditions", "message", "taken"), TAKEN.values(), ids=TAKEN)
def test_a_route_takes_what_fulfils_all_its_conditions(conditions, message, taken):
    assert told(message, Route(("ops",), **conditions)) == (("ops",) if taken else ())


def test_all_routes_that_take_a_message_count_and_each_channel_once():
    routes = (Route(("team",), images=("ghcr.io/**",)), Route(("ops",)), Route(("team", "ops")))
    assert told(WRONG, *routes) == ("ops", "team")


AROUND = {
    "no-routes": (None, ("team",)),
    "a-route-to-another": ((Route(("team", "ops")),), ("team",)),
    "routes-to-it-alone": ((Route(("ops",)),), ("team", "third")),
}


@pytest.mark.parametrize(("routes", "told"), AROUND.values(), ids=AROUND)
def test_of_a_channel_the_others_are_told_even_where_no_route_leads(routes, told):
    channels = ("ops", "team", "third") if routes else ("ops", "team")
    assert Routes(channels, routes).around("ops", OUTAGE) == told


def test_what_no_route_takes_goes_nowhere():
    assert told(WRONG) == ()


def test_who_was_told_that_a_tag_went_wrong_is_told_that_it_is_right():
    ends = {kind for kind, severity in SEVERITIES.items() if severity is Severity.RIGHT}
    assert ends <= set(FOLLOWS) <= set(KINDS)


ROUTES = st.builds(
    Route,
    channels=st.lists(st.sampled_from(CHANNELS), min_size=1).map(tuple),
    images=st.sampled_from(((), ("**",), ("quay.io/*/rotv",))),
    severities=st.lists(st.sampled_from(Severity)).map(tuple),
    kinds=st.lists(st.sampled_from(KINDS)).map(tuple),
)


@given(st.lists(ROUTES).map(tuple), ROUTES, st.sampled_from((WRONG, OUTAGE, RIGHT, GONE)))
def test_another_route_takes_nothing_away(routes, another, message):
    before = Routes(CHANNELS, routes).channels_of(message)
    after = Routes(CHANNELS, (*routes, another)).channels_of(message)
    assert after[: len(before)] == before
