"""Which tags of a repository were written since a time: what a glob of tags finds without a hook.

Source: quay/quay endpoints/api/tag.py: rows come newest first. What is read here writes no pull
into the usage log.
"""

from datetime import datetime

from watchdog.core.document import json_array
from watchdog.core.reference import Repository, Tag
from watchdog.errors import MalformedError
from watchdog.registry.quay.api import Call, QuayApi
from watchdog.registry.quay.tag_history import ROWS_MAX, moment

PAGES_MAX = 10


def tags_written(
    api: QuayApi, repository: Repository, since: datetime | None = None
) -> tuple[Tag, ...]:
    """Name the living tags that were written in or after the second `since`, newest first.

    One request for each hundred, PAGES_MAX at most: older ones are left out. Raises RemoteError
    or MalformedError.
    """
    about = f"the newest tags of {repository}"
    names: dict[str, None] = {}
    for page in range(1, PAGES_MAX + 1):
        document = api.read(_page(api, repository, about, page))
        rows = json_array(document.get("tags"), about, ROWS_MAX)
        for row in rows:
            if not isinstance(row, dict):
                raise MalformedError(f"{about}: a row of it is no object")
            if since and moment(row.get("start_ts"), about) < since.replace(microsecond=0):
                return _tags(repository, names)
            names[str(row.get("name"))] = None
        if not rows or document.get("has_additional") is not True:
            break
    return _tags(repository, names)


def _page(api: QuayApi, repository: Repository, about: str, page: int) -> Call:
    path = f"repository/{api.path_of(repository)}/tag/"
    return Call(
        repository.registry,
        path,
        about,
        query={"onlyActiveTags": "true", "limit": ROWS_MAX, "page": page},
    )


def _tags(repository: Repository, names: dict[str, None]) -> tuple[Tag, ...]:
    return tuple(Tag(repository, name) for name in names)
