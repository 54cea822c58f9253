from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchdog.core.version import higher, parse_version

RISING = (
    "v1.0.0-alpha",
    "v1.0.0-alpha.1",
    "v1.0.0-alpha.beta",
    "v1.0.0-beta",
    "v1.0.0-beta.2",
    "v1.0.0-beta.11",
    "v1.0.0-rc.1",
    "v1.0.0-rc9",
    "v1.0.0-rc10",
    "v1.0.0",
    "v1.0.1",
    "v1.9.9",
    "v1.10",
    "v2",
    "v2.0.0.1",
    "v20260302",
)


@pytest.mark.parametrize(("lower", "upper"), list(pairwise(RISING)))
def test_versions_rise_as_semantic_versioning_says(lower, upper):
    assert higher([upper], [lower]) is True
    assert higher([lower], [upper]) is False


@pytest.mark.parametrize(
    ("tags", "others"),
    [
        ((), ()),
        (("v1",), ()),
        (("v1",), ("nightly",)),
        (("v1",), ("app/v2",)),
        (("v1.0",), ("v1.0.0",)),
        (("V1",), ("v1+build.5",)),
        (("v0.0",), ("v0",)),
        (("v1.0-rc.1",), ("v1.0-rc1",)),
    ],
)
def test_what_cannot_be_compared_is_neither_higher_nor_lower(tags, others):
    assert higher(tags, others) is None
    assert higher(others, tags) is None


@pytest.mark.parametrize(
    ("tags", "others", "expected"),
    [
        (("v1", "v3"), ("v2",), True),
        (("v1", "stable"), ("v2", "v0"), False),
        (("app/v2", "lib/v1"), ("app/v1", "lib/v9"), True),
        (("app/v2", "lib/v1"), ("app/v2", "lib/v9"), False),
        (("release-2026.03",), ("release-2026.02",), True),
        (("2.0",), ("1.0",), True),
    ],
)
def test_the_highest_version_of_a_common_prefix_decides(tags, others, expected):
    assert higher(tags, others) is expected


@pytest.mark.parametrize("tag", ["", "nightly", "v", "v1.", "v.1", "v1..2", "v1-"])
def test_what_is_no_version_is_none(tag):
    assert parse_version(tag) is None


@pytest.mark.parametrize(
    ("tag", "prefix"),
    [("v1", "v"), ("1", ""), ("App/V1.2", "app/v"), ("rel-1.2", "rel-"), ("py3-1.2", "py3-")],
)
def test_the_prefix_of_a_version_is_read(tag, prefix):
    assert parse_version(tag)[0] == prefix


names = st.one_of(st.sampled_from(RISING), st.from_regex(r"v?[0-9]{1,2}(\.[0-9]){0,3}(-rc[0-9])?"))


@given(st.lists(names), st.lists(names))
def test_what_is_higher_one_way_is_lower_the_other(tags, others):
    there, back = higher(tags, others), higher(others, tags)

    assert (there, back) in {(None, None), (True, False), (False, True)}


@given(st.text())
def test_any_text_may_be_a_tag(tag):
    assert higher([tag], [tag]) is None


def test_a_pre_release_is_not_held_to_be_above_a_release_nor_that_below_it():
    assert higher(["v9-experiment"], ["v1.2.0"]) is None
    assert higher(["v1.2.0"], ["v9-experiment"]) is None
    assert higher(["v1.2.0"], ["v1.2.0-rc1"]) is True
