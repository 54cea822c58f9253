"""Which namespaces of Quays a policy's images are in."""

import pytest

from watchdog.core.namespace import Namespace, namespace_of
from watchdog.core.policy import parse_policy
from watchdog.core.quay_scope import namespaces_of
from watchdog.core.reference import Repository

HOST = "quay.acme.org"
REGISTRIES = {HOST: {"kind": "quay", "prefix": "mirror/quay"}, "quay.plain.org": {"kind": "quay"}}


def policy(*images):
    source = "https://github.com/acme/app"
    watch = [{"image": image, "source": source} for image in images]
    return parse_policy({"registries": REGISTRIES, "watch": watch})


REPOSITORIES = {
    "quay.io": ("quay.io/acme/app", "quay.io/acme"),
    "a-name-with-a-slash": ("quay.io/acme/tools/app", "quay.io/acme"),
    "of-no-namespace": ("quay.io/app", None),
    "another-registry": ("ghcr.io/acme/app", None),
    "behind-a-prefix": (f"{HOST}/mirror/quay/acme/app", f"{HOST}/acme"),
    "beside-the-prefix": (f"{HOST}/acme/app", None),
    "the-prefix-and-no-namespace": (f"{HOST}/mirror/quay/app", None),
}


@pytest.mark.parametrize(("repository", "place"), REPOSITORIES.values(), ids=REPOSITORIES)
def test_a_repository_is_in_the_namespace_that_quay_knows_it_by(repository, place):
    found = namespace_of(policy("quay.io/x/y"), Repository.parse(repository))
    assert found == (Namespace.parse(place) if place else None)


def test_a_policy_names_its_namespaces_once_with_globs_in_their_repositories_or_without():
    images = ("quay.io/acme/app", "quay.io/acme/*", "quay.io/globs/**", "quay.plain.org/a/b")
    found = namespaces_of(policy(*images, "quay.io/*/app", "quay.io/ac*/app", "ghcr.io/acme/*"))
    assert sorted(map(str, found)) == ["quay.io/acme", "quay.io/globs", "quay.plain.org/a"]


def test_a_namespace_is_read_as_it_is_written():
    assert Namespace.parse(str(Namespace("[::1]:5000", "acme"))) == Namespace("[::1]:5000", "acme")
