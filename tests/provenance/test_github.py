"""The list of attestations, without a network: what is asked for, and for how long."""

import json

from tests.provenance.examples import IMAGE
from watchdog.core.source import Source
from watchdog.provenance.github import Forge, attestations

APP = Source("github.com", "acme/app")
POINTED = {"attestations": [{"bundle": {"a": 1}}, {"bundle_url": "https://store.example/1"}]}


def test_the_api_of_github_is_asked_where_no_other_is_named():
    asked = []
    attestations(Forge(lambda url, _: asked.append(url), lambda *_: b""), APP, IMAGE)
    assert asked == [f"https://api.github.com/repos/acme/app/attestations/{IMAGE}"]


def test_after_its_time_nothing_is_fetched_any_more():
    asked = []
    forge = Forge(
        lambda *_: json.dumps(POINTED).encode(), lambda url, _: asked.append(url), timeout_s=-1.0
    )
    found = attestations(forge, APP, IMAGE)
    assert (found.bundles, asked) == ((b'{"a": 1}',), [])
    assert "took too long" in found.remarks[0]
