"""The tags of a repository, and which of them hold one digest."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from itertools import islice
from urllib.parse import urlencode

from watchdog.core.document import decode_json
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import MalformedError, NotFoundError, RemoteError
from watchdog.registry.content import ContentClient
from watchdog.registry.exchange import Reply
from watchdog.registry.failures import refusal
from watchdog.registry.pages import next_page

TAGS_MAX = 10_000
PAGE_ROWS = 1000
PAGES_MAX = 200
"""Quay gives a hundred tags a page, whatever it is asked for."""
CANDIDATES_MAX = 8


def list_tags(content: ContentClient, repository: Repository, until: float) -> tuple[str, ...]:
    """List a repository's tags, TAGS_MAX at most, none where there is no such repository.

    Raises a retryable RemoteError at the moment `until` of the monotonic clock.
    """
    return tuple(islice(_names(content, repository, until), TAGS_MAX))


def tags_holding(
    content: ContentClient, tag: Tag, digest: Digest, candidates: Iterable[str]
) -> tuple[str, ...]:
    """Say which of these names, CANDIDATES_MAX at most, hold a digest in a tag's repository.

    One request each.
    """
    return tuple(name for name in _first(tag, candidates) if _holds(content, tag, name, digest))


def _first(tag: Tag, candidates: Iterable[str]) -> Iterator[str]:
    usable = (name for name in dict.fromkeys(candidates) if _is_name(tag.repository, name))
    return islice(usable, CANDIDATES_MAX)


def _holds(content: ContentClient, tag: Tag, name: str, digest: Digest) -> bool:
    other = Tag(tag.repository, name)
    try:
        return (content.head_tag(other) or content.get_tag(other).digest) == digest
    except NotFoundError:
        return False


def _names(content: ContentClient, repository: Repository, until: float) -> Iterator[str]:
    about = f"the tags of {repository}"
    query = {"n": str(PAGE_ROWS)}
    for _ in range(PAGES_MAX):
        if time.monotonic() > until:
            raise RemoteError(
                f"{about}: {repository.registry} is too slow to list them", retryable=True
            )
        request = content.request(repository, f"tags/list?{urlencode(query)}", about)
        reply = content.ask(repository, replace(request, headers={"Accept": "application/json"}))
        if reply.status == HTTPStatus.NOT_FOUND:
            return
        if reply.status != HTTPStatus.OK:
            raise refusal(reply, about)
        yield from _page(repository, reply, about)
        query = next_page(reply)
        if not query:
            return


def _page(repository: Repository, reply: Reply, about: str) -> Iterator[str]:
    names = decode_json(reply.body, about).get("tags") or []
    if not isinstance(names, list):
        raise MalformedError(f"{about}: {reply.origin} sent no list of tags")
    return (name for name in names if _is_name(repository, name))


def _is_name(repository: Repository, name: object) -> bool:
    try:
        return isinstance(name, str) and bool(Tag(repository, name))
    except MalformedError:
        return False
