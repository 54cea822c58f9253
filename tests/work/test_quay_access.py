"""How a Quay is asked of many repositories: no faster than it answers, no longer than there is."""

import time

import pytest

from watchdog.core.quay_access import Credit
from watchdog.core.reference import Repository
from watchdog.demo.registry import RegistrySimulator
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.transport import Transport
from watchdog.work.quay_access import FAULTS_MAX, ask_host, by_host

FAR = 60.0


@pytest.fixture
def registry():
    with RegistrySimulator() as registry:
        registry.repositories = [Repository(registry.host, f"acme/app{n}") for n in range(24)]
        for repository in registry.repositories:
            registry.quay.create(repository.path)
        yield registry


@pytest.fixture
def api(registry):
    api = QuayApi(Transport({registry.host: HostSettings(plain_http=True)}))
    yield api
    api.close()


def test_each_is_asked_once(registry, api):
    answers = ask_host(api, registry.host, registry.repositories, time.monotonic() + FAR)
    assert [*answers.infos] == registry.repositories
    assert answers.credit is Credit.ABSENT
    assert len(registry.requests) == len(registry.repositories)


def test_when_the_time_is_over_no_more_are_asked(registry, api):
    answers = ask_host(api, registry.host, registry.repositories, time.monotonic() - 1)
    assert (answers.infos, answers.fault) == ({}, "")
    assert registry.requests == []


def test_a_quay_that_does_not_answer_is_not_asked_of_each(registry, api):
    registry.fail_next(503, times=FAULTS_MAX)
    answers = ask_host(api, registry.host, registry.repositories, time.monotonic() + FAR)
    assert answers.infos == {}
    assert "answered 503" in answers.fault
    assert len(registry.requests) == FAULTS_MAX


def test_what_was_answered_counts_though_others_were_not(registry, api):
    path = registry.repositories[3].path
    registry.before_next("GET", f"/api/v1/repository/{path}", lambda: registry.fail_next(500))
    answers = ask_host(api, registry.host, registry.repositories, time.monotonic() + FAR)
    asked = set(registry.repositories) - {registry.repositories[4]}
    assert set(answers.infos) == asked
    assert answers.credit is Credit.ABSENT
    assert "answered 500" in answers.fault


def test_an_odd_answer_about_one_repository_keeps_no_other_from_being_asked(registry, api):
    odd = Repository(registry.host, "odd/app")
    registry.quay.create(odd.path)
    registry.quay.time_machine("odd", -5)
    asked = [odd, *registry.repositories]
    answers = ask_host(api, registry.host, asked, time.monotonic() + FAR)
    assert [*answers.infos] == registry.repositories
    assert "'-5' is no span of time" in answers.odd[odd]
    assert answers.fault == ""


def test_repositories_are_asked_host_by_host():
    one, two, three = (Repository(host, "a/b") for host in ("quay.io", "q.corp", "quay.example"))
    assert by_host([one, two, three, one]) == {
        "quay.io": [one, one],
        "q.corp": [two],
        "quay.example": [three],
    }
