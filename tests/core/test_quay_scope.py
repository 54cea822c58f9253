"""Which repositories of Quays a policy watches."""

import pytest

from watchdog.core.namespace import Namespace
from watchdog.core.policy import parse_policy
from watchdog.core.quay_scope import QuayScope, quay_scope
from watchdog.core.reference import Repository


def policy(*images, **registries):
    entries = [{"image": image, "source": "https://github.com/o/r"} for image in images]
    return parse_policy({"watch": entries, "registries": registries})


def test_named_images_are_known_and_globs_are_to_be_listed():
    found = quay_scope(
        policy("quay.io/acme/app", "quay.io/acme/*", "Quay.io/acme/x-*", "quay.io/other/**")
    )
    app = Repository("quay.io", "acme/app")
    assert found == QuayScope(
        (app,), (Namespace("quay.io", "acme"), Namespace("quay.io", "other")), ()
    )


def test_a_glob_of_namespaces_cannot_be_listed():
    assert quay_scope(policy("quay.io/*/app")) == QuayScope((), (), ("quay.io/*/app",))


def test_other_registries_have_no_part_in_it():
    assert quay_scope(policy("ghcr.io/acme/app", "ghcr.io/acme/*")) == QuayScope((), (), ())


def test_a_quay_behind_a_path_has_its_namespaces_behind_it():
    entry = {"kind": "quay", "prefix": "registry"}
    images = ("quay.acme.org/registry/team/*", "quay.acme.org/registry/team/app")
    found = quay_scope(policy(*images, **{"quay.acme.org": entry}))
    app = Repository("quay.acme.org", "registry/team/app")
    assert found == QuayScope((app,), (Namespace("quay.acme.org", "team"),), ())


@pytest.mark.parametrize(
    ("path", "watched"),
    [("acme/app", True), ("other/x-1", True), ("other/x/y", False), ("other/y", False)],
)
def test_a_repository_is_watched_where_a_rule_is_for_it(path, watched):
    in_force = policy("quay.io/acme/app", "quay.io/other/x-*")
    assert in_force.watches(Repository("quay.io", path)) is watched
