"""The repositories of a namespace, and what a token may do with one of them.

Source: quay/quay endpoints/api/repository.py, data/model/repository.py. Public repositories answer
without a token, and to one that is wrong or has expired: `can_write` and `can_admin` tell it apart.
What is read here writes no pull into the usage log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from watchdog.core.document import json_array
from watchdog.core.quay_access import NORMAL, Info
from watchdog.core.reference import Repository
from watchdog.errors import MalformedError, RemoteError
from watchdog.registry.quay.api import Call, QuayApi
from watchdog.registry.quay.tag_history import moment

REPOSITORIES_MAX = 10_000
PAGES_MAX = 100
PAGE_MAX_BYTES = 16 * 1024 * 1024
"""A page has every repository's description, which has no bound of its own."""
STATE_MAX_CHARS = 40
TOKEN_MAX_CHARS = 4096
EXPIRATION_MAX = timedelta(days=36_500)
_IMAGES = "image"


@dataclass(frozen=True, slots=True)
class Listed:
    """One repository of a list; `last_modified` is when a living tag of it was written last.

    Only whole seconds, and no deletion shows in it; None is a repository without a tag. `to_user`:
    the list was made for somebody, not for whoever asks.
    """

    repository: Repository
    last_modified: datetime | None
    is_public: bool
    state: str
    to_user: bool


def list_repositories(api: QuayApi, host: str, namespace: str) -> tuple[Listed, ...]:
    """List the image repositories of a namespace that whoever asks may see.

    Those whose names are no image's are left out. Raises RemoteError (of more than
    REPOSITORIES_MAX, too: half a list would look as if the rest were gone) or MalformedError.
    """
    about, listed, after = f"the repositories of {host}/{namespace}", list[Listed](), ""
    for _ in range(PAGES_MAX):
        document = api.read(_page(host, namespace, about, after))
        rows = json_array(document.get("repositories"), about, REPOSITORIES_MAX)
        listed += _listed(api, host, namespace, rows, about)
        before, after = after, _next_page(document, about)
        if not after or len(listed) > REPOSITORIES_MAX:
            break
        if after == before:
            raise MalformedError(f"{about}: the next page is the same again")
    if after or len(listed) > REPOSITORIES_MAX:
        raise RemoteError(f"{about}: more than {REPOSITORIES_MAX} are not read", retryable=False)
    return tuple(listed)


def repository_info(api: QuayApi, repository: Repository) -> Info:
    """Read what the token of a repository's host, or nobody, may do with it.

    Raises RemoteError (DeniedError: it is private and not for us) or MalformedError.
    """
    about = f"what may be done with {repository}"
    path = f"repository/{api.path_of(repository)}"
    document = api.read(Call(repository.registry, path, about, query={"includeTags": "false"}))
    return Info(
        can_write=document.get("can_write") is True,
        can_admin=document.get("can_admin") is True,
        tag_expiration=_span(document.get("tag_expiration_s"), about),
        state=_state(document),
        is_public=document.get("is_public") is True,
    )


def shows_credit(api: QuayApi, host: str, namespace: str) -> bool:
    """Whether Quay takes us for somebody, by a list that tells stars to those who may have some.

    False proves nothing: a list may be empty. Raises RemoteError or MalformedError.
    """
    about = f"the repositories of {host}/{namespace}"
    rows = json_array(
        api.read(_page(host, namespace, about, "")).get("repositories"), about, REPOSITORIES_MAX
    )
    return any(isinstance(row, dict) and _is_to_user(row) for row in rows)


def _is_to_user(row: dict[str, Any]) -> bool:
    """Tell whether Quay knew who asked: only users have stars."""
    return "is_starred" in row


def _page(host: str, namespace: str, about: str, after: str) -> Call:
    # `public` adds to what a token may see. Without it a token that Quay does not believe gets an
    # empty list, as if every repository were gone.
    query = {"namespace": namespace, "public": "true", "last_modified": "true"}
    if after:
        query["next_page"] = after
    return Call(host, "repository", about, query=query, max_bytes=PAGE_MAX_BYTES)


def _listed(
    api: QuayApi, host: str, namespace: str, rows: list[Any], about: str
) -> Iterator[Listed]:
    for row in rows:
        if not isinstance(row, dict) or row.get("namespace") != namespace:
            raise MalformedError(f"{about}: a row of it is not about this namespace")
        try:
            repository = api.repository_of(host, f"{namespace}/{row.get('name')}")
        except MalformedError:
            continue
        if row.get("kind", _IMAGES) == _IMAGES:
            at = row.get("last_modified")
            yield Listed(
                repository,
                None if at is None else moment(at, about),
                row.get("is_public") is True,
                _state(row),
                _is_to_user(row),
            )


def _next_page(document: dict[str, Any], about: str) -> str:
    token = document.get("next_page") or ""
    if not isinstance(token, str) or len(token) > TOKEN_MAX_CHARS:
        raise MalformedError(f"{about}: what names the next page is no text")
    return token


def _state(document: dict[str, Any]) -> str:
    """Read NORMAL, READ_ONLY, MIRROR, …; Quays of former days name none."""
    return str(document.get("state") or NORMAL)[:STATE_MAX_CHARS]


def _span(seconds: object, about: str) -> timedelta | None:
    if seconds is None:
        return None
    if type(seconds) is not int or not 0 <= seconds <= EXPIRATION_MAX.total_seconds():
        raise MalformedError(f"{about}: {str(seconds)[:40]!r} is no span of time")
    return timedelta(seconds=seconds)
