import json
from dataclasses import replace

import pytest

from watchdog.core.reference import Digest
from watchdog.demo.registry import RegistrySimulator
from watchdog.demo.registry_habits import QUAY
from watchdog.demo.registry_http import Answer
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.tags import CANDIDATES_MAX, PAGES_MAX, TAGS_MAX


@pytest.fixture
def in_threes():
    with RegistrySimulator(habits=replace(QUAY, tags_per_page=3)) as simulator:
        yield simulator


def test_tags_are_listed_page_by_page(in_threes, make_client, image):
    names = tuple(f"v{n}" for n in range(8))
    for name in names:
        in_threes.push(image(), in_threes.tag("acme/app", name))
    client = make_client(in_threes.host)
    assert client.tags(in_threes.tag("acme/app").repository) == names
    assert len(in_threes.requests) == 3


def test_a_repository_that_is_not_there_has_no_tags(simulator, client):
    assert client.tags(simulator.tag("acme/app").repository) == ()


@pytest.fixture
def listing(serve, make_client, tag_of):
    """List the tags of a registry that answers so."""

    def listing(answer, **options):
        asked = []

        def reply(request):
            asked.append(request)
            return answer(request) if callable(answer) else answer

        host = serve(reply)
        return make_client(host, **options).tags(tag_of(host).repository), asked

    return listing


def page(tags, link=""):
    return Answer(200, {"Link": link} if link else {}, json.dumps({"tags": tags}).encode())


@pytest.mark.parametrize(
    "tags", [None, [], ["", 7, None, "a/b", "x" * 129, "-a"]], ids=["null", "empty", "no-tags"]
)
def test_what_is_no_tag_is_not_listed(listing, tags):
    assert listing(page(tags))[0] == ()


@pytest.mark.parametrize("body", [b"", b"[]", b'{"tags": "latest"}', b'{"tags": {"a": 1}}'])
def test_a_list_that_is_none_is_malformed(listing, body):
    with pytest.raises(MalformedError, match=r"the tags of 127.0.0.1:\d+/acme/app"):
        listing(Answer(200, {}, body))


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_is_no_empty_list(listing, status):
    with pytest.raises(RemoteError, match=f"the tags of .*answered {status}"):
        listing(Answer(status))


def test_so_many_tags_are_listed_and_no_more(listing):
    found, asked = listing(page([f"v{n}" for n in range(TAGS_MAX // 2)], "</x?last=1>; rel=next"))
    assert len(found) == TAGS_MAX
    assert len(asked) == 2


def test_pages_without_end_come_to_one(listing):
    found, asked = listing(page(["latest"], '</x?last=1>; rel="next"'))
    assert len(asked) == PAGES_MAX
    assert len(found) == PAGES_MAX


@pytest.mark.parametrize(
    "link",
    [
        '<https://evil.example/v2/other/tags/list?last=a>; rel="next"',
        '</v2/acme/app/tags/list?last=a>; title="x"; rel=next',
        '</first?last=z>; rel="first", </v2/acme/app/tags/list?last=a>; rel="next"',
    ],
)
def test_of_a_link_only_the_query_counts(listing, link):
    def answer(request):
        return page(["b"]) if request.query.get("last") == "a" else page(["a"], link)

    found, asked = listing(answer)
    assert found == ("a", "b")
    assert {request.path for request in asked} == {"/v2/acme/app/tags/list"}


@pytest.mark.parametrize(
    "link", ["x", "<>; rel=next", "</x>; rel=next", '</x?last=a>; rel="prev"', "<//[?a=b>;rel=next"]
)
def test_a_link_that_leads_nowhere_ends_the_list(listing, link):
    assert listing(page(["a"], link))[0] == ("a",)


def test_listing_ends_when_its_time_is_over(listing):
    with pytest.raises(RemoteError, match="too slow to list them") as caught:
        listing(page(["a"]), observe_timeout_s=-1.0)
    assert caught.value.retryable


def test_which_of_some_names_hold_a_digest(simulator, client, image):
    latest = simulator.tag("acme/app")
    for name, n in (("latest", 1), ("sha-1", 1), ("sha-2", 2)):
        simulator.push(image(n), simulator.tag("acme/app", name))
    names = ("sha-2", "no/tag", "sha-1", "absent", "sha-1")
    assert client.tags_holding(latest, image(1).digest, names) == ("sha-1",)
    assert [method for method, _ in simulator.requests] == ["HEAD"] * 3


def test_so_many_names_are_asked_for_and_no_more(simulator, client):
    names = (f"v{n}" for n in range(CANDIDATES_MAX + 5))
    assert client.tags_holding(simulator.tag("acme/app"), Digest.of(b""), names) == ()
    assert len(simulator.requests) == CANDIDATES_MAX


def test_a_registry_in_trouble_holds_no_answer(simulator, client):
    simulator.fail_next(500)
    with pytest.raises(RemoteError, match="answered 500"):
        client.tags_holding(simulator.tag("acme/app"), Digest.of(b""), ("v1",))
