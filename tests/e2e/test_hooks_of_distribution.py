"""A docker-registry that tells of its pushes itself; no timer looks meanwhile."""

import pytest

from tests.e2e.programs import eventually
from tests.e2e.registry import DockerRegistry
from tests.e2e.service import SECRET, Service
from watchdog.store.embedded import EmbeddedStore, find_server


@pytest.fixture(params=[f"Bearer {SECRET}", SECRET], ids=["bearer", "static"])
def authorization(request):
    return request.param


@pytest.fixture
def registry(tmp_path):
    """A registry of its own, which the test starts when it knows whom to tell."""
    folder = tmp_path / "registry"
    folder.mkdir()
    running = DockerRegistry(folder)
    yield running
    running.close()


@pytest.fixture
def parts(tmp_path, registry, git):
    """A web part and a worker that the test starts, on one store; the registry tells the first."""
    policy = {
        "registries": {registry.host: {"plain_http": True, "kind": "oci"}},
        "watch": [{"image": f"{registry.host}/revert/*", "source": git.url("revert/{name}")}],
    }
    with EmbeddedStore(tmp_path / "store", binary=find_server()) as store:
        made = []
        for part in ("web", "worker"):
            folder = tmp_path / part
            folder.mkdir()
            settings = {"REDIS_URL": store.url, "WATCHDOG_LOOK_EVERY": "1h"}
            made.append(Service(folder, policy, part=part, **settings))
        yield made
        for part in made:
            part.close()


def queued(web):
    return web.log.count("Hook from distribution")


def test_a_push_leads_to_a_look_and_our_own_pulls_to_none(parts, registry, app, authorization):
    web, worker = (part.start() for part in parts)
    registry.tell(f"{web.url}/hooks/distribution", authorization)
    registry.start()
    app.pushed(app.commit("first"))
    web.judged(app, "first-seen")
    app.pushed(app.commit("fix"))
    web.judged(app, "newer")
    eventually(lambda: "about no push of a tag" in web.log)
    assert "Refused" not in web.log
    assert "taken over" not in worker.log


def test_the_registry_keeps_its_hooks_while_nobody_answers(parts, registry, app):
    web, worker = parts
    registry.tell(f"{web.url}/hooks/distribution", SECRET)
    registry.start()
    app.pushed(app.commit("first"))
    web.start()
    worker.start()
    web.judged(app, "first-seen")


def test_a_hook_with_a_wrong_secret_is_refused_and_leads_to_no_look(parts, registry, app):
    web = parts[0].start()
    registry.tell(f"{web.url}/hooks/distribution", "wrong")
    registry.start()
    app.pushed(app.commit("first"))
    eventually(lambda: "no valid secret" in web.log)
    assert queued(web) == 0
    assert web.tag(app.tag) == {}


def test_a_build_that_was_there_for_a_moment_is_judged_too(parts, registry, app):
    web, worker = parts
    web.start()
    registry.tell(f"{web.url}/hooks/distribution", SECRET)
    registry.start()
    first = app.pushed(app.commit("first"))
    source, revision = app.sibling()
    bad = app.pushed(revision, source=source)
    good = app.pushed(app.commit("fix"))
    eventually(lambda: web.log.count(f"about {app.tag}: 1 queued"), (3).__eq__)
    worker.start()
    web.judged(app, "first-seen")
    assert web.history(app.tag) == [
        ("passing", "first-seen", first),
        ("passing", "unexpected-source", bad),
        ("verdict", "first-seen", good),
    ]
    assert app.digest == good


def test_a_registry_behind_a_proxy_is_named_by_the_hooks_url(parts, registry, app):
    web = parts[0].start()
    registry.tell(f"{web.url}/hooks/distribution?registry=registry.example.com", SECRET)
    registry.start()
    app.pushed(app.commit("first"))
    eventually(lambda: f"about registry.example.com/{app.path}:latest" in web.log)
    assert web.tag(app.tag) == {}
