"""The repositories of a namespace, and what a token may do with one, as Quay tells them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from watchdog.core.quay_access import Info
from watchdog.core.reference import Repository
from watchdog.demo.registry_http import Answer
from watchdog.errors import DeniedError, MalformedError, RemoteError
from watchdog.registry.exchange import HostSettings
from watchdog.registry.quay import repositories
from watchdog.registry.quay.api import QuayApi
from watchdog.registry.quay.pace import Pace
from watchdog.registry.quay.repositories import (
    list_repositories,
    repository_info,
    shows_credit,
)
from watchdog.registry.transport import Transport

# As a real Quay answered.
INFO = {
    "namespace": "acme", "name": "app", "kind": "image", "description": "", "is_public": True,
    "is_organization": True, "is_starred": False, "status_token": "", "trust_enabled": False,
    "tag_expiration_s": 1209600, "is_free_account": True, "state": "NORMAL", "can_write": True,
    "can_admin": False,
}  # fmt: skip
SECOND = 1_795_427_720


def row(name, **more):
    """A row of the list, as a real Quay wrote it to a reader's token."""
    return {
        "namespace": "acme", "name": name, "description": "", "is_public": True, "kind": "image",
        "state": "NORMAL", "last_modified": SECOND, "is_starred": False, **more,
    }  # fmt: skip


class Quay:
    """Gives what it was told to, page by page."""

    def __init__(self):
        self.pages = []
        self.asked = []

    def __call__(self, asked):
        self.asked.append(asked)
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        return page if isinstance(page, Answer) else Answer(200, {}, json.dumps(page).encode())


@pytest.fixture
def quay():
    return Quay()


@pytest.fixture
def api(quay, serve):
    """The API of that Quay; `api.host` is where it is."""
    host = serve(quay)

    def make(token=None, prefix=None):
        api = QuayApi(
            Transport({host: HostSettings(plain_http=True)}),
            {host: token} if token else {},
            {host: prefix} if prefix else {},
            pace=Pace({host: 1000.0}),
        )
        return api, host

    return make


def names(listed):
    return [repository.repository.name for repository in listed]


def test_a_list_tells_of_each_repository_when_it_was_written_last(quay, api):
    quay.pages = [
        {"repositories": [row("app"), row("new", last_modified=None, is_public=False)]},
    ]
    asking, host = api()
    first, second = list_repositories(asking, host, "acme")
    assert first.repository == Repository(host, "acme/app")
    assert first.last_modified == datetime.fromtimestamp(SECOND, UTC)
    assert (first.is_public, first.state) == (True, "NORMAL")
    assert (second.last_modified, second.is_public) == (None, False)
    assert first.to_user
    assert quay.asked[0].query == {"namespace": "acme", "public": "true", "last_modified": "true"}


def test_a_list_asked_for_with_a_token_has_the_public_ones_all_the_same(quay, api):
    """Without `public` Quay gives an empty list to a token that it does not believe."""
    quay.pages = [{"repositories": [row("app")]}]
    asking, host = api(token="perhaps-expired")
    assert names(list_repositories(asking, host, "acme")) == ["app"]
    assert quay.asked[0].query["public"] == "true"
    assert quay.asked[0].headers["Authorization"] == "Bearer perhaps-expired"


def test_every_page_is_read_until_none_is_named(quay, api):
    quay.pages = [
        {"repositories": [row("a")], "next_page": "gAAA+/="},
        {"repositories": [], "next_page": "gBBB"},
        {"repositories": [row("b")]},
    ]
    asking, host = api()
    assert names(list_repositories(asking, host, "acme")) == ["a", "b"]
    assert [asked.query.get("next_page") for asked in quay.asked] == [None, "gAAA+/=", "gBBB"]


def test_what_is_no_image_repository_is_left_out(quay, api):
    odd = [row("a._b"), row("../etc"), row(""), row(None), row(7, kind="application")]
    quay.pages = [{"repositories": [row("chart", kind="application"), *odd, row("a/deep/name")]}]
    asking, host = api()
    (only,) = list_repositories(asking, host, "acme")
    assert only.repository.path == "acme/a/deep/name"


def test_a_quay_behind_a_path_has_its_repositories_behind_it(quay, api):
    quay.pages = [{"repositories": [row("app")]}]
    asking, host = api(prefix="registry")
    (only,) = list_repositories(asking, host, "acme")
    assert only.repository.path == "registry/acme/app"
    assert quay.asked[0].path == "/registry/api/v1/repository"


HOSTILE = {
    "no-list": {"repositories": {}},
    "missing": {},
    "no-row": {"repositories": ["app"]},
    "another-namespace": {"repositories": [row("app", namespace="evil")]},
    "a-time-that-is-text": {"repositories": [row("app", last_modified="now")]},
    "a-time-that-is-no-number": {"repositories": [row("app", last_modified=True)]},
    "a-time-beyond-all": {"repositories": [row("app", last_modified=10**18)]},
    "a-page-that-is-no-text": {"repositories": [], "next_page": {"id": 1}},
    "the-same-page-again": {"repositories": [], "next_page": "again"},
    "a-token-without-end": {"repositories": [], "next_page": "x" * 5000},
    "too-many": {"repositories": [{}] * 10_001},
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_a_list_that_is_nonsense_is_malformed(quay, api, page):
    quay.pages = [page]
    asking, host = api()
    with pytest.raises(MalformedError, match=f"the repositories of {host}/acme"):
        list_repositories(asking, host, "acme")


def test_pages_without_end_are_no_list_rather_than_half_of_one(quay, api):
    quay.pages = [{"repositories": [], "next_page": f"page {n}"} for n in range(200)]
    asking, host = api()
    with pytest.raises(RemoteError) as caught:
        list_repositories(asking, host, "acme")
    assert not caught.value.retryable
    assert len(quay.asked) == repositories.PAGES_MAX


def test_a_list_with_long_descriptions_is_read(quay, api):
    long = "words " * 20_000
    quay.pages = [{"repositories": [row(f"n{n}", description=long) for n in range(20)]}]
    asking, host = api()
    assert len(list_repositories(asking, host, "acme")) == 20


def test_a_name_is_never_more_than_a_name_in_the_question(quay, api):
    quay.pages = [{"repositories": []}]
    asking, host = api()
    assert list_repositories(asking, host, "acme&public=false#") == ()
    assert quay.asked[0].query["namespace"] == "acme&public=false#"


def test_what_a_token_may_do_is_read(quay, api):
    quay.pages = [INFO]
    asking, host = api(token="a-token-that-may-write")
    assert repository_info(asking, Repository(host, "acme/app")) == Info(
        can_write=True,
        can_admin=False,
        tag_expiration=timedelta(days=14),
        state="NORMAL",
        is_public=True,
    )
    assert quay.asked[0].path == "/api/v1/repository/acme/app"
    assert quay.asked[0].query == {"includeTags": "false"}


SAYINGS = {
    "off": ({"tag_expiration_s": 0}, "tag_expiration", timedelta()),
    "not-said": ({"tag_expiration_s": None}, "tag_expiration", None),
    "frozen": ({"state": "READ_ONLY"}, "state", "READ_ONLY"),
    "no-state": ({"state": None}, "state", "NORMAL"),
    "a-word-is-no-permission": ({"can_write": "true"}, "can_write", False),
    "nor-is-a-number": ({"can_admin": 1}, "can_admin", False),
}


@pytest.mark.parametrize(("said", "name", "value"), SAYINGS.values(), ids=SAYINGS)
def test_what_quay_says_of_a_repository_is_taken_by_the_letter(quay, api, said, name, value):
    quay.pages = [INFO | said]
    asking, host = api()
    assert getattr(repository_info(asking, Repository(host, "acme/app")), name) == value


@pytest.mark.parametrize("span", [-1, "0", True, 1.5, 10**12])
def test_a_span_that_is_none_is_malformed(quay, api, span):
    quay.pages = [INFO | {"tag_expiration_s": span}]
    asking, host = api()
    with pytest.raises(MalformedError, match="no span of time"):
        repository_info(asking, Repository(host, "acme/app"))


def test_a_private_repository_is_denied_to_nobody(quay, api):
    body = {"error_message": "Requires authentication", "error_type": "invalid_token"}
    quay.pages = [Answer(401, {}, json.dumps(body).encode())]
    asking, host = api()
    with pytest.raises(DeniedError, match="repo:read"):
        repository_info(asking, Repository(host, "acme/private"))


def test_stars_are_told_to_those_whom_quay_knows(quay, api):
    asking, host = api(token="a-token-to-read")
    anonymous = row("app")
    del anonymous["is_starred"]
    for rows, known in (([anonymous], False), ([anonymous, row("app")], True), ([], False)):
        quay.pages = [{"repositories": rows}]
        assert shows_credit(asking, host, "acme") is known
    quay.pages = [{"repositories": ["app"]}]
    assert shows_credit(asking, host, "acme") is False
