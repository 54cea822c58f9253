"""Several workers on one shared store: each tag is looked at by one of them at a time."""

import re
from collections import Counter

import pytest

from tests.e2e.programs import eventually
from tests.e2e.service import Service
from watchdog.store.embedded import EmbeddedStore, find_server
from watchdog.work.worker import LOOK_SLOTS

HOOKS = 200
TAGS = 20


@pytest.fixture
def parts(tmp_path, policy):
    """One web part and two workers, on one store."""
    with EmbeddedStore(tmp_path / "store", binary=find_server()) as store:
        running = []
        for name in ("web", "worker", "worker-2"):
            folder = tmp_path / name
            folder.mkdir()
            part = name.removesuffix("-2")
            # No timer: each look comes of a hook.
            settings = {"REDIS_URL": store.url, "WATCHDOG_LOOK_EVERY": "1h"}
            running.append(Service(folder, policy, part=part, **settings).start())
        yield running
        for part in running:
            part.close()


def test_a_burst_of_hooks_has_every_tag_judged_and_none_twice_at_once(parts, app, registry):
    web, *workers = parts
    revision = app.commit()
    names = [f"t{number}" for number in range(TAGS)]
    tags = {name: f"{app.repository}:{name}" for name in names}
    digests = {tag: app.push(app.build(revision), tag) for tag in tags.values()}
    web.announce(app, *names)
    eventually(lambda: all(web.history(tag) for tag in digests))

    def in_hand():
        rows = web.get("/api/v1/tags").json()
        return sum(row["next_look_at"] is None for row in rows)

    asked = requests_by_tag(app)
    with registry.hanging():
        for name in names * (HOOKS // TAGS):
            web.announce(app, name)
        # Every slot of every worker holds a look that does not end: all at different tags.
        eventually(in_hand, (LOOK_SLOTS * len(workers)).__eq__)
    eventually(in_hand, (0).__eq__)
    looks = requests_by_tag(app) - asked
    assert set(looks) == set(names)
    assert max(looks.values()) < HOOKS // TAGS
    for tag, digest in digests.items():
        assert web.history(tag) == [("verdict", "first-seen", digest)]
    for worker in workers:
        assert "taken over" not in worker.log


def requests_by_tag(app):
    """How often the product read the manifest of each tag."""
    lines = app.registry.requests(app.path, "GET")
    return Counter(re.findall(r"/manifests/(t\d+) ", "\n".join(lines)))


def test_workers_and_web_end_cleanly(parts):
    for worker in parts[1:]:
        eventually(lambda part=worker: "watched tags are due" in part.log)
    assert [part.stop() for part in parts] == [0, 0, 0]
    for part in parts:
        assert "Traceback" not in part.log
