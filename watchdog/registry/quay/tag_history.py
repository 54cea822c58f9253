"""What a tag held before: Quay's history of it.

Source: quay/quay endpoints/api/tag.py. Public repositories answer without a token. Times are whole
seconds, so the order of the list counts. What is read here writes no pull into the usage log.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from watchdog.core.document import json_array
from watchdog.core.reference import Digest, Tag
from watchdog.core.tag_history import Held, Mark
from watchdog.errors import MalformedError
from watchdog.registry.quay.api import Call, QuayApi

PAGE_ROWS = 20
PAGES_MAX = 10

ROWS_MAX = 100
"""Quay gives no more in one page, whatever it is asked for."""
_FIRST = 0
_YEAR_10000_S = 253_402_300_800


def read_tag_history(api: QuayApi, tag: Tag) -> tuple[Held, ...]:
    """Read the newest rows of what a tag held, PAGE_ROWS at most, newest first.

    An unknown tag has no history. Raises RemoteError (NotFoundError, DeniedError) or
    MalformedError.
    """
    return tuple(_page(api, tag, 1, PAGE_ROWS)[0])


def read_back_to(api: QuayApi, tag: Tag, mark: Mark) -> tuple[tuple[Held, ...], bool]:
    """Read what a tag held back to a mark, with the rows beside it; says whether it was reached.

    One small page does mostly; else at most PAGES_MAX pages of ROWS_MAX rows. Raises as
    `read_tag_history` does.
    """
    found, more = _page(api, tag, 1, PAGE_ROWS)
    if not more or _reaches(found, mark):
        return tuple(found), True
    rows: list[Held] = []
    for page in range(1, PAGES_MAX + 1):
        found, more = _page(api, tag, page, ROWS_MAX)
        # A move since the page before shifts all rows by one.
        rows += found[1:] if rows and found[:1] == rows[-1:] else found
        if not more or not found or _reaches(found, mark):
            return tuple(rows), True
    return tuple(rows), False


def _reaches(rows: list[Held], mark: Mark) -> bool:
    last = rows[-1].since if rows else None
    return last is not None and last < mark.second


def _page(api: QuayApi, tag: Tag, page: int, limit: int) -> tuple[list[Held], bool]:
    about = f"the history of {tag}"
    call = Call(
        tag.repository.registry,
        f"repository/{api.path_of(tag.repository)}/tag/",
        about,
        query={"specificTag": tag.name, "limit": limit, "page": page},
    )
    document = api.read(call)
    rows = json_array(document.get("tags"), f"{about}: `tags`", ROWS_MAX)
    return list(_rows(rows, tag, about)), document.get("has_additional") is True


def _rows(rows: list[Any], tag: Tag, about: str) -> Iterator[Held]:
    for row in rows:
        if not isinstance(row, dict) or row.get("name") != tag.name:
            raise MalformedError(f"{about}: a row of it is not about this tag")
        yield Held(
            digest=digest_of(row.get("manifest_digest"), about),
            since=moment(row.get("start_ts"), about),
            until=moment(row["end_ts"], about) if row.get("end_ts") is not None else None,
            restored=row.get("reversion") is True,
        )


def moment(seconds: object, about: str) -> datetime:
    """Read one of Quay's times, in whole seconds; raises MalformedError."""
    if type(seconds) is not int or not _FIRST <= seconds < _YEAR_10000_S:
        raise MalformedError(f"{about}: {str(seconds)[:40]!r} is no time")
    return datetime.fromtimestamp(seconds, UTC)


def digest_of(text: object, about: str) -> Digest:
    """Read one of Quay's digests; raises MalformedError."""
    try:
        return Digest.parse(str(text))
    except MalformedError as error:
        raise MalformedError(f"{about}: {error}") from error
