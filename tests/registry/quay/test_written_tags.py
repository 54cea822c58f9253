"""Which tags Quay says were written since a time."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.reference import Repository
from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.written_tags import PAGES_MAX, living_tags
from watchdog.registry.transport import Transport

AT = datetime(2026, 11, 23, 9, 47, 28, tzinfo=UTC)

DIGEST = "sha256:" + 64 * "a"


class Tags:
    """Lists tags, a hundred a page, each written a second before the one before it."""

    def __init__(self, count):
        self.rows = [self.row(number) for number in range(count)]
        self.asked = []

    @staticmethod
    def row(number):
        at = round(AT.timestamp()) - number
        return {"name": f"v{number}", "start_ts": at, "manifest_digest": DIGEST}

    def __call__(self, asked):
        self.asked.append(asked)
        start = (int(asked.query["page"]) - 1) * 100
        tags = self.rows[start : start + 100]
        more = len(self.rows) > start + 100
        return Answer(200, {}, json.dumps({"tags": tags, "has_additional": more}).encode())


@pytest.fixture
def names(serve):
    def ask(tags, since=None):
        host = serve(tags)
        api = QuayApi(Transport({host: HostSettings(plain_http=True)}))
        written = living_tags(api, Repository(host, "acme/app"), since)
        assert {str(one.digest) for one in written} <= {DIGEST}
        return [one.tag.name for one in written]

    return ask


def test_living_tags_are_named_back_to_a_second_and_with_it(names):
    tags = Tags(300)
    since = AT - timedelta(seconds=2) + timedelta(milliseconds=900)
    assert names(tags, since) == ["v0", "v1", "v2"]
    (asked,) = tags.asked
    assert asked.path == "/api/v1/repository/acme/app/tag/"
    assert asked.query == {"onlyActiveTags": "true", "limit": "100", "page": "1"}


def test_all_tags_are_named_page_by_page(names):
    tags = Tags(201)
    assert names(tags) == [f"v{number}" for number in range(201)]
    assert len(tags.asked) == 3


def test_of_very_many_only_the_newest_are_named(names):
    tags = Tags(PAGES_MAX * 100 + 1)
    assert len(names(tags)) == PAGES_MAX * 100


def test_a_page_that_is_empty_is_the_last(names):
    tags = Tags(0)
    assert names(tags) == []


WHOLE = Tags.row(1)


@pytest.mark.parametrize(
    "row",
    [
        "v1",
        {},
        {**WHOLE, "name": "a tag"},
        {**WHOLE, "start_ts": None},
        {**WHOLE, "manifest_digest": "sha256:1"},
    ],
)
def test_a_row_that_is_none_is_malformed(names, row):
    tags = Tags(0)
    tags.rows = [row]
    with pytest.raises(MalformedError):
        names(tags, datetime(1970, 1, 1, tzinfo=UTC))
