"""The living tags of a repository: which were written since a time, and what each of them holds.

Source: quay/quay endpoints/api/tag.py: rows come newest first. What is read here writes no pull
into the usage log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from watchdog.core.document import json_array
from watchdog.core.reference import Digest, Repository, Tag
from watchdog.errors import MalformedError
from watchdog.registry.quay.api import Call, QuayApi
from watchdog.registry.quay.tag_history import ROWS_MAX, digest_of, moment

PAGES_MAX = 10


@dataclass(frozen=True, slots=True)
class Living:
    """A tag that is there, what it holds and since when."""

    tag: Tag
    digest: Digest
    since: datetime


def living_tags(
    api: QuayApi, repository: Repository, since: datetime | None = None
) -> tuple[Living, ...]:
    """Name the living tags that were written in or after the second `since`, newest first.

    One request for each hundred, PAGES_MAX at most: older ones are left out. Raises RemoteError
    or MalformedError.
    """
    about = f"the newest tags of {repository}"
    tags: dict[str, Living] = {}
    for page in range(1, PAGES_MAX + 1):
        document = api.read(_page(api, repository, about, page))
        rows = json_array(document.get("tags"), about, ROWS_MAX)
        for living in _rows(rows, repository, about):
            if since and living.since < since.replace(microsecond=0):
                return tuple(tags.values())
            tags.setdefault(living.tag.name, living)
        if not rows or document.get("has_additional") is not True:
            break
    return tuple(tags.values())


def _page(api: QuayApi, repository: Repository, about: str, page: int) -> Call:
    path = f"repository/{api.path_of(repository)}/tag/"
    return Call(
        repository.registry,
        path,
        about,
        query={"onlyActiveTags": "true", "limit": ROWS_MAX, "page": page},
    )


def _rows(rows: list[object], repository: Repository, about: str) -> Iterator[Living]:
    for row in rows:
        if not isinstance(row, dict):
            raise MalformedError(f"{about}: a row of it is no object")
        yield Living(
            Tag(repository, str(row.get("name"))),
            digest_of(row.get("manifest_digest"), about),
            moment(row.get("start_ts"), about),
        )
