"""All receivers: whatever is sent is read or refused, never anything else."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.receive.payloads import recorded
from watchdog.core.push import Push
from watchdog.errors import MalformedError
from watchdog.receive.hook import Hook
from watchdog.receive.receivers import RECEIVERS

BODIES = {
    "quay": "quay",
    "distribution": "distribution-2.8.2",
    "zot": "zot",
    "harbor": "harbor-cloudevents",
    "dockerhub": "dockerhub",
    "github": "github-registry_package",
}
KEPT_PER_CENT = 90
HEADERS = {
    "ce-type": st.sampled_from(["zotregistry.image.updated", "x", ""]),
    "x-github-event": st.sampled_from(["package", "registry_package", "ping", ""]),
    "ce-time": st.sampled_from(["2026-11-23T09:33:41Z", "0001-01-01T00:00:00Z", "x", ""]),
    "content-type": st.sampled_from(["application/json", "application/x-www-form-urlencoded", ""]),
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


@st.composite
def damaged(draw, document):
    """A document with some of its values replaced by anything, and some left out."""
    if isinstance(document, dict):
        whole = {key: draw(damaged(value)) for key, value in document.items()}
        lost = draw(st.sets(st.sampled_from(sorted(whole)), max_size=1)) if whole else set()
        return {key: value for key, value in whole.items() if key not in lost}
    if isinstance(document, list):
        return [draw(damaged(value)) for value in document]
    kept = draw(st.integers(min_value=1, max_value=100)) <= KEPT_PER_CENT
    return document if kept else draw(ANYTHING)


def receive(name, hook):
    """What a receiver reads, or None where it refuses."""
    with contextlib.suppress(MalformedError):
        pushes = RECEIVERS[name](hook)
        assert isinstance(pushes, tuple)
        assert all(isinstance(push, Push) and push.references() is not None for push in pushes)
        return pushes
    return None


def test_the_table_has_a_recorded_body_for_each_receiver():
    assert set(BODIES) == set(RECEIVERS)


@pytest.mark.parametrize("name", BODIES)
def test_a_recorded_body_is_a_push(name):
    assert receive(name, Hook(recorded(BODIES[name]), {}, "a.example")) or name == "zot"


@pytest.mark.parametrize("name", BODIES)
@given(data=st.data())
def test_a_damaged_body_is_read_or_refused(name, data):
    document = data.draw(damaged(json.loads(recorded(BODIES[name]))))
    headers = data.draw(st.fixed_dictionaries({}, optional=HEADERS))
    registry = data.draw(st.none() | st.sampled_from(["a.example", ""]) | st.text(max_size=9))
    receive(name, Hook(json.dumps(document).encode(), headers, registry))


@pytest.mark.parametrize("name", BODIES)
@given(body=st.binary(max_size=99) | ANYTHING.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_read_or_refused(name, body):
    receive(name, Hook(body, {}, "a.example"))


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b'{"a":1,"a":2}'])
def test_a_hostile_body_is_refused(name, body):
    assert receive(name, Hook(body)) is None
