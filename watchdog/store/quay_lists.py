"""What Quay's lists of repositories said last, namespace by namespace.

Reading is direct. Writing is composed here and carried out in the fenced transaction of the chore
that read a list, so that what is remembered and what it makes due stand together.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from pydantic import TypeAdapter

from watchdog.core.listing import Known
from watchdog.core.reference import Repository, Tag
from watchdog.store import keys
from watchdog.store.connection import store_errors
from watchdog.store.due import Write

SCAN_COUNT = 1000
_GLOB_CHARACTERS = re.compile(r"([*?\[\]\\^-])")


@dataclass(frozen=True, slots=True)
class QuayList:
    """How a namespace's list was read: `read_at` the last time that it was, None for never.

    `failing` says why it could not be read the last time it was tried. `owed`: the tags that relied
    on it are still to be made due earlier. `nobodys`: it was made for whoever asks, though we have
    a token.
    """

    read_at: datetime | None = None
    failing: str | None = None
    owed: bool = False
    nobodys: bool = False


_LIST = TypeAdapter(QuayList)
_KNOWN = TypeAdapter(Known)


class QuayLists:
    """Reads what the lists said; every method raises StoreError."""

    def __init__(self, client: redis.Redis) -> None:
        # Any: the library's types leave open whether replies are decoded; they are not.
        self._client: Any = client

    def state(self, namespace: str) -> QuayList | None:
        """Say how a namespace's list was read; None if that was never tried."""
        with store_errors(f"reading how {namespace} was listed"):
            packed = self._client.hget(keys.QUAY_LISTS, namespace)
        return _LIST.validate_json(packed) if packed else None

    def repositories(self, namespace: str) -> dict[Repository, Known]:
        """Read every repository that a namespace's lists had."""
        with store_errors(f"reading the repositories of {namespace}"):
            packed = self._client.hgetall(keys.quay_repositories(namespace))
        return {
            Repository.parse(name.decode()): _KNOWN.validate_json(known)
            for name, known in packed.items()
        }

    def listing(
        self, namespace: str, repository: Repository
    ) -> tuple[QuayList | None, Known | None]:
        """Read how a namespace was listed and what that said of one repository."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hget(keys.QUAY_LISTS, namespace)
        pipeline.hget(keys.quay_repositories(namespace), str(repository))
        with store_errors(f"reading how {repository} was listed"):
            state, known = pipeline.execute()
        return (
            _LIST.validate_json(state) if state else None,
            _KNOWN.validate_json(known) if known else None,
        )

    def tags_below(self, path: Repository) -> tuple[Tag, ...]:
        """Name every tag that was looked at in the repositories whose names begin so.

        Goes through the names of all tags, a thousand at a time.
        """
        pattern = _GLOB_CHARACTERS.sub(r"\\\1", f"{path}/") + "*"
        with store_errors(f"reading the tags of {path}"):
            found = self._client.hscan_iter(keys.MEMORIES, match=pattern, count=SCAN_COUNT)
            return tuple(dict.fromkeys(Tag.parse(name.decode()) for name, _ in found))


def list_writes(namespace: str, state: QuayList) -> list[Write]:
    """Write how a namespace's list was read."""
    return [("HSET", keys.QUAY_LISTS, namespace, _LIST.dump_json(state))]


def repository_writes(namespace: str, repository: Repository, known: Known) -> list[Write]:
    """Write what a list said of a repository."""
    key = keys.quay_repositories(namespace)
    return [("HSET", key, str(repository), _KNOWN.dump_json(known))]


def repository_forgotten_writes(namespace: str, repository: Repository) -> list[Write]:
    """Forget a repository that is not watched any more."""
    return [("HDEL", keys.quay_repositories(namespace), str(repository))]


def list_forgotten_writes(namespace: str) -> list[Write]:
    """Forget a namespace in which nothing is watched any more."""
    return [("HDEL", keys.QUAY_LISTS, namespace), ("DEL", keys.quay_repositories(namespace))]
