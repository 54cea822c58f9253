import pytest

from watchdog.core.reference import Repository
from watchdog.registry.kinds import KINDS, kind_of


@pytest.mark.parametrize(
    ("name", "api"),
    [
        ("docker.io/busybox", "registry-1.docker.io/library/busybox"),
        ("index.docker.io/busybox", "registry-1.docker.io/library/busybox"),
        ("registry-1.docker.io/acme/app", "registry-1.docker.io/acme/app"),
        ("quay.io/crunchtools/acquacotta", "quay.io/crunchtools/acquacotta"),
        ("ghcr.io/acme/app", "ghcr.io/acme/app"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000/app"),
    ],
)
def test_where_a_repository_is_asked_for(name, api):
    repository = Repository.parse(name)
    assert kind_of(repository).api(repository) == Repository.parse(api)


def test_only_docker_hub_counts_reads():
    assert {host for host, kind in KINDS.items() if kind.reads_are_counted} == set(KINDS)
    assert not kind_of(Repository.parse("quay.io/acme/app")).reads_are_counted
